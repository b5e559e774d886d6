import os
import stat
from pathlib import Path

import platformdirs
import pytest

from metagui.data.errors import InputError
from metagui.data.files import cache_folder, exists, previous, user_folder, write_atomically, write_folder


def test_the_programs_folders_lie_in_its_home_where_one_is_set(metagui_home: Path) -> None:
    assert user_folder() == metagui_home
    assert cache_folder() == metagui_home / "cache"


def test_the_programs_folders_are_the_platforms_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METAGUI_HOME")
    assert user_folder() == platformdirs.user_data_path("metagui", appauthor=False)
    assert cache_folder() == platformdirs.user_cache_path("metagui", appauthor=False)


def test_what_cannot_be_looked_at_is_not_there(tmp_path: Path) -> None:
    assert exists(tmp_path)
    assert not exists(tmp_path / "none")
    assert not exists(tmp_path / ("x" * 300))  # for which pathlib raises, as it does without permission


def test_writes_into_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "first" / "run.json"
    write_atomically(path, b"{}")
    assert path.read_bytes() == b"{}"


def test_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    for content in b"one", b"two":
        write_atomically(path, content)
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_keeps_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    for content in b"one", b"two", b"three":
        write_atomically(path, content, keep_previous=True)
    assert path.read_bytes() == b"three"
    assert previous(path) == tmp_path / "run.previous.safetensors"
    assert previous(path).read_bytes() == b"two"
    assert len(list(tmp_path.iterdir())) == 2


def test_keeps_the_version_before_on_a_disk_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "run.json"
    for content in b"one", b"two":
        write_atomically(path, content, keep_previous=True)
    assert (path.read_bytes(), previous(path).read_bytes()) == (b"two", b"one")


def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / "run.json", b"{}")
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) & 0o444 == 0o444


@pytest.mark.parametrize("keep_previous", [False, True])
def test_a_write_that_fails_leaves_the_old_content_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep_previous: bool
) -> None:
    path = tmp_path / "run.json"
    write_atomically(path, b"old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match=r"Could not write .*run\.json: No space left on device\."):
        write_atomically(path, b"new", keep_previous)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_the_users_to_put_right(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="Could not write"):
        write_atomically(tmp_path / "file" / "run.json", b"{}")


def test_a_folder_is_written_whole_and_beside_what_is_there(tmp_path: Path) -> None:
    files = {"a.txt": b"a", "in/side/b.txt": b"b"}
    first = write_folder(tmp_path / "new", "things", files)
    assert first == tmp_path / "new" / "things"
    assert (first / "in" / "side" / "b.txt").read_bytes() == b"b"
    second = write_folder(tmp_path / "new", "things", {"a.txt": b"other"})
    assert second.name == "things 2"
    assert (first / "a.txt").read_bytes() == b"a"
    assert sorted(path.name for path in first.parent.iterdir()) == ["things", "things 2"]


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Could not write to"):
        write_folder(tmp_path, "things", {"a.txt": b"a", "a.txt/b.txt": b"b"})
    assert list(tmp_path.iterdir()) == []
