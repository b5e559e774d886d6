import errno
import io
from pathlib import Path

import pytest

from metagui.data.errors import InputError
from metagui.learn.history import History, HistoryReader, read_history


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


def test_what_did_fit_on_a_full_disk_is_not_there_twice(tmp_path, monkeypatch):
    path = tmp_path / "h.csv"
    history = History(path)
    history.add(1, 0.0, query_loss=1.0)
    history.flush()
    before = path.read_bytes()

    class Full(io.FileIO):
        def write(self, content):
            super().write(content[:3])
            raise OSError(errno.ENOSPC, "No space left on device")

    history.add(2, 0.0, query_loss=1.0)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda self, mode: Full(self, mode))
        with pytest.raises(InputError, match="No space left"):
            history.flush()
    assert path.read_bytes() == before
    history.flush()
    assert [row["iteration"] for row in read_history(path)] == [1, 2]


@pytest.mark.parametrize(
    "damage", [b"3,0.5,1.", b"3,0.5,x\n", b"\xff\x00\n", b"1,2,3,4,5,6,7,8,9,10,11,12,z\n", b"\n", b"nonsense\n"]
)
def test_damaged_rows_are_left_out(tmp_path, damage):
    path = tmp_path / "h.csv"
    history = History(path)
    for iteration in (1, 2):
        history.add(iteration, 0.0, query_loss=1.0)
    history.flush()
    path.write_bytes(path.read_bytes() + damage)
    History(path).rewind(2)
    assert path.read_text().splitlines()[1:] == ["1,0.0,1.0,,,,,,", "2,0.0,1.0,,,,,,"]


@pytest.mark.parametrize("content", [b"", b"hello\nworld\n", b"\xff\xfe\x00"])
def test_a_file_of_another_kind_has_no_rows(tmp_path, content):
    (tmp_path / "h.csv").write_bytes(content)
    assert read_history(tmp_path / "h.csv") == []


def test_a_file_that_cannot_be_read_is_a_message(tmp_path):
    (tmp_path / "h.csv").write_text('iteration\n"' + "x" * 200_000)
    with pytest.raises(InputError, match="take it away"):
        read_history(tmp_path / "h.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="take it away"):
        History(tmp_path / "folder.csv").rewind(3)


def rows(reader: HistoryReader) -> list[float] | None:
    """The iterations that one reading gives."""
    read = reader.read()
    return None if read is None else [row["iteration"] for row in read.rows]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "h.csv"


def add(path: Path, *iterations: int, loss: float = 1.0) -> None:
    history = History(path)
    for iteration in iterations:
        history.add(iteration, 0.5, query_loss=loss)
    history.flush()


def test_a_reader_gives_each_row_once(path):
    reader = HistoryReader(path)
    assert reader.read() is None  # there is no file yet
    add(path, 1, 2)
    read = reader.read()
    assert read.rows[1] == {"iteration": 2, "seconds": 0.5, "query_loss": 1.0}
    assert not read.anew
    assert reader.read() is None
    add(path, 3)
    assert rows(reader) == [3]
    assert reader.read() is None


def test_a_row_that_is_being_written_waits_for_its_end(path):
    add(path, 1)
    whole = path.read_bytes()
    add(path, 2)
    rest = path.read_bytes()[len(whole) :]
    reader = HistoryReader(path)
    for cut in (5, len(whole), len(whole) + len(rest) // 2, len(whole) + len(rest) - 1):
        path.write_bytes((whole + rest)[:cut])
        while reader.read():
            pass
    path.write_bytes(whole + rest)
    assert rows(reader) == [2]


def test_nothing_that_was_read_is_read_again(path, monkeypatch):
    add(path, *range(1, 20_000))
    reader = HistoryReader(path)
    found = []
    while read := reader.read():
        assert len(read.rows) < 5000  # large files come in pieces
        found += read.rows
    assert [row["iteration"] for row in found] == list(range(1, 20_000))
    add(path, 20_000)
    parsed = []
    parse = reader._parse
    monkeypatch.setattr(reader, "_parse", lambda lines: parsed.append(len(lines)) or parse(lines))
    assert rows(reader) == [20_000]
    assert parsed == [1]


@pytest.mark.parametrize("later", [(), (3,), (3, 4, 5), (3, 4, 5, 6, 7)])  # shorter, as long, and longer than it was
def test_a_history_that_was_rewound_is_read_anew(path, later):
    add(path, 1, 2, 3, 4, 5)
    reader = HistoryReader(path)
    assert rows(reader) == [1, 2, 3, 4, 5]
    History(path).rewind(2)
    add(path, *later, loss=2.0)  # made again, and otherwise
    first = reader.read()
    assert first.anew
    assert first.rows == []
    assert rows(reader) == [1, 2, *later]
    assert reader.read() is None


def test_a_history_that_is_gone_is_a_message_until_there_is_another(path):
    add(path, 1, 2)
    reader = HistoryReader(path)
    reader.read()
    path.unlink()
    with pytest.raises(InputError, match="is gone"):
        reader.read()
    add(path, 1)
    assert reader.read().anew
    assert rows(reader) == [1]


def test_no_reading_holds_the_file_open(path, monkeypatch):
    add(path, 1)
    opened = []
    real = Path.open

    def note(self, *arguments):
        opened.append(real(self, *arguments))
        return opened[-1]

    monkeypatch.setattr(Path, "open", note)
    reader = HistoryReader(path)
    reader.read()
    assert opened
    assert all(file.closed for file in opened)


def test_a_line_without_an_end_is_a_message(path):
    path.write_bytes(b"iteration\n" + b"1" * 200_000)
    with pytest.raises(InputError, match="take it away"):
        read_history(path)
