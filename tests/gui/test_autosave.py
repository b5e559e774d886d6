from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from metagui.data.task import Query, Sketch, Task
from metagui.gui import autosave as module
from metagui.gui.autosave import Autosave, folder, left_behind
from metagui.learn.session import Session
from metagui.learn.session_file import read_session
from tests.data.test_task_file import STROKE

SESSION = Session(Task().with_query(Query(Sketch((STROKE,)))))


@pytest.fixture
def autosave(qapp: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Autosave]:
    monkeypatch.setattr(module, "_DELAY", 1)
    autosave = Autosave()
    yield autosave
    autosave.shut_down()


def test_the_newest_is_written_where_another_start_finds_it_only_later(autosave: Autosave, qtbot: QtBot) -> None:
    assert autosave.path is None
    autosave.keep(SESSION)
    autosave.keep(replace(SESSION, steps=7))
    qtbot.waitUntil(lambda: autosave.is_idle, timeout=30_000)
    assert autosave.path is not None
    assert read_session(autosave.path).steps == 7
    assert left_behind() == []


def test_what_is_saved_or_not_wanted_is_forgotten(autosave: Autosave, qtbot: QtBot) -> None:
    autosave.keep(SESSION)
    qtbot.waitUntil(lambda: autosave.is_idle, timeout=30_000)
    autosave.keep(SESSION)  # on its way
    autosave.forget()
    assert autosave.is_idle
    assert list(folder().glob("*.metagui")) == []


def test_what_is_recovered_stays_where_it_is_until_it_is_replaced(autosave: Autosave, qtbot: QtBot) -> None:
    dead = Autosave()
    dead.keep(SESSION)
    qtbot.waitUntil(lambda: dead.is_idle, timeout=30_000)
    assert dead._place is not None
    dead._place.release()  # as the system does when a process ends
    (place,) = left_behind()
    autosave.adopt(place)
    assert autosave.path == place.path
    assert place.path.is_file()
    autosave.keep(replace(SESSION, steps=9))
    qtbot.waitUntil(lambda: autosave.is_idle, timeout=30_000)
    assert read_session(place.path).steps == 9
    assert len(list(folder().glob("*.metagui"))) == 1


def test_a_disk_that_refuses_is_told_and_tried_again(autosave: Autosave, qtbot: QtBot, metagui_home: Path) -> None:
    (metagui_home / "autosave").write_bytes(b"")  # where the folder is to be
    told: list[str] = []
    autosave.failed.connect(told.append)
    autosave.keep(SESSION)
    qtbot.waitUntil(lambda: bool(told), timeout=30_000)
    assert "not kept" in told[0]
    (metagui_home / "autosave").unlink()
    autosave.keep(SESSION)
    qtbot.waitUntil(lambda: autosave.is_idle, timeout=30_000)
    assert autosave.path is not None
    assert autosave.path.is_file()
