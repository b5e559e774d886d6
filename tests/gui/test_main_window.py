from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QProgressDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.characters import CharacterSet, save_characters
from metagui.data.files import cache_folder
from metagui.data.omniglot import omniglot_is_ready
from metagui.data.preparation import Preparation
from metagui.gui.main_window import MainWindow
from metagui.gui.settings import settings
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.training import LAST
from tests.gui.hands import BAR, RING, answering, draw

MakeWindow = Callable[[], MainWindow]


@pytest.fixture
def make_window(qtbot: QtBot) -> Iterator[MakeWindow]:
    windows = []

    def make() -> MainWindow:
        window = MainWindow()
        qtbot.addWidget(window, before_close_func=lambda _: window.sessions.shut_down())  # else it may ask
        window.show()
        windows.append(window)
        return window

    yield make
    for window in windows:
        window.close()


def test_it_opens_ready_to_draw_with_the_networks_figures_in_sight(make_window: MakeWindow) -> None:
    window = make_window()
    assert window.tabs.currentWidget() is window.adaptation_panel
    names = [part.accessibleName() for part in window.adaptation_panel.bar.findChildren(QWidget)]
    assert any(name.startswith("Network: maml-any. MAML++ conv4-stride") for name in names)
    assert window.adaptation_panel.message_bar.text == ""


def test_the_geometry_is_remembered(make_window: MakeWindow) -> None:
    window = make_window()
    window.resize(1000, 655)  # of which the offscreen platform's screen has room for the height
    window.close()
    assert settings().value("window/geometry") is not None
    assert make_window().height() == 655


@pytest.mark.parametrize("content", [b"[window]\ngeometry=hello", b"[window]\ngeometry=1, 2", b"\xff\x00"])
def test_damaged_settings_keep_no_window_from_opening(
    make_window: MakeWindow, metagui_home: Path, content: bytes
) -> None:
    (metagui_home / "window.ini").write_bytes(content)
    assert make_window().isVisible()


def test_the_panels_have_shortcuts(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.tabs.currentWidget() is window.training_panel
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.tabs.currentWidget() is window.adaptation_panel


def test_no_shortcut_stands_for_two_things(make_window: MakeWindow) -> None:
    window = make_window()
    shown = [action.shortcut().toString() for menu in window.menuBar().actions() for action in menu.menu().actions()]
    taken = [shortcut for shortcut in shown if shortcut]
    assert sorted(taken) == sorted(set(taken))


@pytest.mark.usefixtures("strokes_at_hand")
def test_closing_in_mid_training_saves(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    panel = window.training_panel
    panel.form.set_config(
        TrainingConfig(data="strokes", way=2, query=1, meta_batch=2, iterations=10_000, validation_episodes=5)
    )
    window.tabs.setCurrentWidget(panel)
    panel.start_action.trigger()
    qtbot.waitUntil(lambda: panel.loss_plot.points["query after"].columns.shape[1] >= 3, timeout=60_000)
    window.close()
    assert panel.folder is not None
    assert load_checkpoint(panel.folder / LAST).iteration >= 3


@pytest.mark.usefixtures("strokes_at_hand")
def test_a_run_that_cannot_be_saved_keeps_the_window_open_once(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    panel = window.training_panel
    panel.form.set_config(TrainingConfig(data="strokes", way=2, query=1, meta_batch=2, validate_every=10_000))
    panel.start_action.trigger()
    qtbot.waitUntil(lambda: panel.loss_plot.points["query after"].columns.shape[1] >= 1, timeout=60_000)
    panel.pause_action.trigger()
    qtbot.wait(300)
    assert panel.folder is not None
    (panel.folder / LAST).unlink(missing_ok=True)
    (panel.folder / LAST).mkdir()  # what cannot be replaced by a file stands for a disk that refuses
    assert not window.close()
    assert window.isVisible()
    assert "Could not write" in panel.message_bar.text
    assert window.close()


def test_omniglot_is_imported_with_its_progress_in_sight(
    make_window: MakeWindow, qtbot: QtBot, omniglot_archives: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(omniglot_archives))
    (action,) = (action for action in window.findChildren(type(window.training_panel.open_action))
                 if action.text() == "Import Omniglot from a &folder…")  # fmt: skip
    action.trigger()
    dialog = window.findChild(QProgressDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.maximum() > 1000 and dialog.value() > 0, timeout=30_000)
    (cancel,) = dialog.findChildren(QPushButton)
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window._import is None, timeout=10_000)
    assert not omniglot_is_ready()


def test_an_import_that_fails_is_told(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    from metagui.data.omniglot import import_omniglot

    window = make_window()
    window.import_omniglot(import_omniglot(tmp_path))
    qtbot.waitUntil(lambda: "images_background" in window.adaptation_panel.message_bar.text, timeout=10_000)
    qtbot.waitUntil(lambda: window._import is None, timeout=10_000)


def test_reference_handwriting_is_shown_by_the_menu_and_finds_what_has_been_imported(
    make_window: MakeWindow, qtbot: QtBot, omniglot: CharacterSet
) -> None:
    window = make_window()
    window.tabs.setCurrentWidget(window.training_panel)
    browser = window.adaptation_panel.reference
    assert not browser.isVisible()
    (view,) = (one for one in window.findChildren(QMenu) if one.title() == "&View")
    (action,) = (one for one in view.actions() if "Reference" in one.text())
    action.trigger()
    assert browser.isVisible()
    qtbot.waitUntil(browser.invent_button.isVisible, timeout=60_000)
    assert "has not been imported" in browser.message.text()

    def work() -> Iterator[Preparation]:
        yield Preparation(1, 2, "Importing Omniglot")
        save_characters(cache_folder() / "omniglot-1-lanczos.safetensors", omniglot)

    window.import_omniglot(work())
    qtbot.waitUntil(lambda: len(browser.shown) == 1623, timeout=60_000)
    action.trigger()
    assert not browser.isVisible()


def test_to_cancel_the_question_is_to_go_on_as_before(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window()
    window.sessions.guard()
    panel = window.adaptation_panel
    draw(panel.rows[0].cells[0].canvas, RING)
    with answering(QMessageBox.StandardButton.Cancel):
        assert not window.close()
    draw(panel.rows[1].cells[0].canvas, BAR)
    draw(panel.query_pad.canvas, BAR)
    qtbot.waitUntil(lambda: panel.is_settled and panel.winner is not None, timeout=30_000)


def test_drawings_that_were_not_wanted_are_still_there_where_a_run_keeps_the_window_open(
    make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    window.sessions.guard()
    draw(window.adaptation_panel.query_pad.canvas, RING)
    with monkeypatch.context() as patch, answering(QMessageBox.StandardButton.Discard):
        patch.setattr(window.training_panel, "shut_down", lambda: False)  # a run that could not be saved
        assert not window.close()
    assert window.isVisible()
    assert window.isWindowModified()
    with answering(QMessageBox.StandardButton.Discard) as asked:
        assert window.close()
    assert len(asked) == 1
