import multiprocessing
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from time import sleep

import pytest

from metagui.data.errors import InputError
from metagui.learn.run_lock import LOCK, is_locked, only_writer


def hold(folder: Path, pipe: Connection) -> None:
    with only_writer(folder):
        pipe.send("held")
        pipe.recv()


def test_another_processs_lock_is_seen_until_it_ends(tmp_path):
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=hold, args=(tmp_path, theirs))
    process.start()
    assert ours.recv() == "held"
    assert is_locked(tmp_path)
    with pytest.raises(InputError, match="Another training run"), only_writer(tmp_path):
        pass
    process.kill()
    process.join()
    assert not is_locked(tmp_path)


def test_looking_leaves_nothing_behind(tmp_path):
    assert not is_locked(tmp_path)
    assert not is_locked(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []
    with only_writer(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)


def test_a_look_at_that_very_moment_keeps_no_run_from_beginning(tmp_path):
    with only_writer(tmp_path):
        looked = threading.Event()
        writer = only_writer(tmp_path)
        begun = []

        def begin():
            looked.set()
            with writer:
                begun.append(True)

        thread = threading.Thread(target=begin)
        thread.start()
        looked.wait()
        sleep(0.2)  # while the other tries
    thread.join()
    assert begun


def test_a_folder_that_may_only_be_read_shows_no_lock(tmp_path, monkeypatch):
    (tmp_path / LOCK).touch()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock._acquire", refuse)
    assert not is_locked(tmp_path)
