import pytest

from metagui.data.errors import InputError
from metagui.data.omniglot import BACKGROUND_CHARACTERS
from metagui.data.preparation import result
from metagui.data.sources import load_data, load_split
from metagui.data.strokes import CHARACTERS


@pytest.mark.usefixtures("strokes_at_hand")
def test_strokes_are_there_without_a_download():
    assert len(result(load_data("strokes"))) == CHARACTERS
    parts = result(load_split("strokes", "1028"))
    assert len(parts.train) + len(parts.validation) + len(parts.test) == CHARACTERS


def test_omniglot_that_is_not_there_is_a_message():
    with pytest.raises(InputError, match="not been imported"):
        result(load_data("omniglot"))


def test_another_name_is_a_folder(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        result(load_data(str(tmp_path / "nowhere")))


@pytest.mark.usefixtures("strokes_at_hand")
def test_lake_divides_omniglot_alone(omniglot, omniglot_archives, monkeypatch):
    monkeypatch.setattr("metagui.data.sources.load_omniglot", lambda: omniglot)
    parts = result(load_split("omniglot", "lake"))
    assert len(parts.train) == BACKGROUND_CHARACTERS
    assert {name.split("/")[0] for name in parts.train.names}.isdisjoint(
        name.split("/")[0] for name in parts.test.names
    )
    with pytest.raises(InputError, match="1028 or 1200"):
        result(load_split("strokes", "lake"))
