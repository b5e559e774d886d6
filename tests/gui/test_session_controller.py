import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox
from pytestqt.qtbot import QtBot

from metagui.gui import autosave
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.session_controller import SessionController
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.session_file import read_session, write_session
from tests.gui.hands import BAR, RING, answering, draw

Button = QMessageBox.StandardButton
Make = Callable[[], SessionController]


@pytest.fixture
def make(qtbot: QtBot, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes windows with a panel and what belongs to its file, guarded as the program's own is."""
    monkeypatch.setattr(autosave, "_DELAY", 1)
    made: list[SessionController] = []

    def make() -> SessionController:
        window = QMainWindow()
        panel = AdaptationPanel(window)
        panel.set_checkpoint(checkpoint)
        window.setCentralWidget(panel)
        controller = SessionController(panel, window)
        controller.add_actions(window.menuBar().addMenu("File"))
        qtbot.addWidget(window)
        window.show()
        controller.guard()
        made.append(controller)
        return controller

    yield make
    for controller in made:
        controller.shut_down()
        controller._panel.shut_down()


@pytest.fixture
def sessions(make: Make) -> SessionController:
    return make()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the user chooses in each dialog."""
    path = tmp_path / "a.metagui"
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), ""))
    return path


def act(sessions: SessionController, text: str) -> None:
    (action,) = (one for one in sessions._window.actions() if one.text().replace("&", "") == text)
    action.trigger()


def draw_query(sessions: SessionController) -> None:
    draw(sessions._panel.query_pad.canvas, RING)


def dead(sessions: SessionController, qtbot: QtBot) -> Path:
    """The program is killed: its autosave stays, and the system gives back the lock."""
    qtbot.waitUntil(lambda: sessions._autosave.is_idle, timeout=30_000)
    place = sessions._autosave._place
    assert place is not None
    place.release()
    sessions._autosave._place = None
    sessions._is_guarded = False
    return place.path


def test_what_changes_is_marked_and_what_is_undone_is_not(sessions: SessionController) -> None:
    window, panel = sessions._window, sessions._panel
    assert window.windowTitle() == "Untitled session[*] – metagui"
    assert not window.isWindowModified()
    draw_query(sessions)
    assert window.isWindowModified()
    panel.undo_stack.undo()
    assert not window.isWindowModified()
    panel.bar.fitted_box.click()
    assert window.isWindowModified()
    panel.bar.fitted_box.click()
    assert not window.isWindowModified()


@pytest.mark.parametrize("what", ["network", "steps", "lane", "class"])
def test_settings_and_networks_are_changes_too(sessions: SessionController, checkpoint: Checkpoint, what: str) -> None:
    panel = sessions._panel
    match what:
        case "network":
            panel.set_checkpoint(replace(checkpoint))
        case "steps":
            panel.bar.set_steps(9)
        case "lane":
            panel._lanes.add(checkpoint)
        case "class":
            panel.set_class_count(4)
    assert sessions._window.isWindowModified()


def test_to_look_at_another_query_is_no_change(sessions: SessionController) -> None:
    draw_query(sessions)
    sessions._saved = sessions._panel.session
    sessions._panel.query_pad.new_button.click()
    assert sessions._panel.task.place == 1
    assert not sessions._window.isWindowModified()


def test_saving_names_the_window_and_clears_the_mark(sessions: SessionController, file: Path, qtbot: QtBot) -> None:
    draw_query(sessions)
    qtbot.waitUntil(lambda: sessions._autosave.is_idle and sessions._autosave.path is not None, timeout=30_000)
    act(sessions, "Save")
    assert sessions._window.windowTitle() == "a.metagui[*] – metagui"
    assert not sessions._window.isWindowModified()
    assert len(read_session(file).task.queries) == 1
    assert sessions.recent.paths == [file]
    assert not sessions._autosave.path.exists()  # there is nothing to recover
    draw_query(sessions)
    act(sessions, "Save")  # without a dialog
    assert len(read_session(file).task.query.sketch.strokes) == 2


def test_a_disk_that_refuses_leaves_the_session_dirty(sessions: SessionController, file: Path) -> None:
    draw_query(sessions)
    file.mkdir()  # what cannot be replaced by a file
    act(sessions, "Save")
    assert "The session is not saved. Could not write" in sessions.message_bar.text
    assert sessions._window.isWindowModified()
    with answering(Button.Save):
        assert not sessions.may_leave()
    file.rmdir()
    act(sessions, "Save")
    assert sessions.message_bar.text == ""


def test_cancel_stays_discard_goes_and_save_saves(sessions: SessionController, file: Path) -> None:
    draw_query(sessions)
    with answering(Button.Cancel) as asked:
        act(sessions, "New session")
    assert len(asked) == 1
    assert len(sessions._panel.task.queries) == 1
    with answering(Button.Save):
        act(sessions, "New session")
    assert sessions._panel.task.is_blank
    assert sessions.name == "Untitled session"
    assert file.is_file()
    draw_query(sessions)
    with answering(Button.Discard):
        act(sessions, "Open session…")
    assert len(sessions._panel.task.queries) == 1
    assert sessions.name == "a.metagui"
    assert not sessions._panel.undo_stack.canUndo()  # what was before is gone
    with answering(Button.Save) as asked:
        act(sessions, "New session")
    assert asked == []


def test_a_network_chosen_for_drawings_to_come_is_not_asked_about(
    sessions: SessionController, checkpoint: Checkpoint
) -> None:
    sessions._panel.set_checkpoint(replace(checkpoint))
    with answering(Button.Cancel) as asked:
        assert sessions.may_leave()
    assert asked == []
    edit = sessions._panel.rows[0].name_edit
    edit.setText("a name that took thought")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    with answering(Button.Cancel):
        assert not sessions.may_leave()


def test_what_cannot_be_opened_leaves_what_is_on_show(sessions: SessionController, file: Path) -> None:
    file.write_bytes(b"damaged")
    draw_query(sessions)
    with answering(Button.Discard):
        act(sessions, "Open session…")
    assert str(file) in sessions.message_bar.text
    assert len(sessions._panel.task.queries) == 1
    assert sessions._window.isWindowModified()  # and it is asked about again
    assert sessions.recent.paths == []


def test_a_recent_file_that_is_gone_is_taken_off_with_a_word(sessions: SessionController, tmp_path: Path) -> None:
    write_session(tmp_path / "here.metagui", sessions._panel.session)
    for name in ("here", "gone"):
        sessions.recent.add(tmp_path / f"{name}.metagui")
    gone, here, *_ = sessions.recent.actions()
    gone.trigger()
    assert "no longer there" in sessions.message_bar.text
    assert sessions.recent.paths == [tmp_path / "here.metagui"]
    here = sessions.recent.actions()[0]
    here.trigger()
    assert sessions.name == "here.metagui"


def test_a_name_with_qts_own_mark_is_shown_as_it_is(sessions: SessionController, tmp_path: Path) -> None:
    write_session(tmp_path / "a[*].metagui", sessions._panel.session)
    sessions.open_file(tmp_path / "a[*].metagui")
    assert sessions._window.windowTitle() == "a[*][*].metagui[*] – metagui"


def test_what_a_crash_left_is_offered_and_recovered(make: Make, qtbot: QtBot, file: Path) -> None:
    first = make()
    write_session(file, first._panel.session)
    first.open_file(file)
    draw_query(first)
    path = dead(first, qtbot)
    second = make()
    assert second.recovery_bar.text.startswith("The program ended without saving “a.metagui” of ")
    assert second.recovery_bar.text.endswith("with 1 drawing.")
    assert make().recovery_bar.text == ""  # it is the second's
    second.recovery_bar.recover_button.click()
    assert len(second._panel.task.queries) == 1
    assert second.name == "a.metagui"
    assert second._window.isWindowModified()
    assert second.recovery_bar.text == ""
    assert path.is_file()  # until it is saved
    assert read_session(file).task.queries == ()
    act(second, "Save")
    assert len(read_session(file).task.queries) == 1
    assert not path.exists()


def test_what_is_put_off_is_offered_again_and_what_is_discarded_is_not(make: Make, qtbot: QtBot) -> None:
    first = make()
    draw_query(first)
    older = dead(first, qtbot)
    second = make()
    second.recovery_bar.close_button.click()
    draw_query(second)  # which goes to a place of its own
    newer = dead(second, qtbot)
    assert older != newer
    os.utime(older, (1000, 1000))
    third = make()
    assert third.recovery_bar.text.endswith("1 drawing. Another one is offered after it.")
    with answering(Button.Cancel):
        third.recovery_bar.discard_button.click()
    assert newer.is_file()
    with answering(Button.Discard) as asked:
        third.recovery_bar.discard_button.click()
    assert "1 drawing" in asked[0]
    assert (older.is_file(), newer.is_file()) == (True, False)
    assert "1970" in third.recovery_bar.text
    third.shut_down()
    assert older.is_file()
    assert "1970" in make().recovery_bar.text


def test_what_cannot_be_recovered_is_said_and_kept(make: Make, qtbot: QtBot) -> None:
    first = make()
    draw_query(first)
    path = dead(first, qtbot)
    path.write_bytes(path.read_bytes()[:100])
    second = make()
    assert "cannot be read" in second.recovery_bar.text
    second.recovery_bar.recover_button.click()
    assert str(path) in second.message_bar.text
    assert path.is_file()


def test_drawings_on_show_are_asked_about_before_others_are_recovered(make: Make, qtbot: QtBot) -> None:
    first = make()
    draw_query(first)
    dead(first, qtbot)
    second = make()
    draw(second._panel.rows[0].cells[0].canvas, BAR)
    with answering(Button.Cancel):
        second.recovery_bar.recover_button.click()
    assert second._panel.task.queries == ()
    assert second.recovery_bar.isVisible()


def test_nothing_is_asked_and_kept_where_nobody_guards(qtbot: QtBot, checkpoint: Checkpoint, make: Make) -> None:
    sessions = make()
    sessions._is_guarded = False
    draw_query(sessions)
    assert sessions.may_leave()
    assert sessions._autosave.path is None
    assert sessions._autosave.is_idle
