import pytest

from metagui.data.errors import InputError
from metagui.learn.history import History, read_history


def test_rows_wait_until_they_are_flushed(tmp_path):
    history = History(tmp_path / "h.csv")
    history.add(1, 0.5, query_loss=2.0)
    assert read_history(tmp_path / "h.csv") == []
    history.flush()
    history.add(2, 1.0, validation_accuracy=0.25)
    history.flush()
    assert read_history(tmp_path / "h.csv") == [
        {"iteration": 1, "seconds": 0.5, "query_loss": 2.0},
        {"iteration": 2, "seconds": 1.0, "validation_accuracy": 0.25},
    ]


def test_rewinding_drops_what_will_be_made_again(tmp_path):
    history = History(tmp_path / "h.csv")
    for iteration in (1, 2, 3):
        history.add(iteration, 0.0, query_loss=1.0)
    history.flush()
    History(tmp_path / "h.csv").rewind(2)
    assert [row["iteration"] for row in read_history(tmp_path / "h.csv")] == [1, 2]


def test_a_disk_that_refuses_is_a_message_and_nothing_is_lost(tmp_path):
    history = History(tmp_path / "missing" / "h.csv")
    history.add(1, 0.0, query_loss=1.0)
    with pytest.raises(InputError, match="Could not write"):
        history.flush()
    (tmp_path / "missing").mkdir()
    history.flush()
    assert len(read_history(tmp_path / "missing" / "h.csv")) == 1
