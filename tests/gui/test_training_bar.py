from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.training_bar import TrainingBar


def enabled(bar: TrainingBar) -> set[str]:
    return {button.text() for button in bar.findChildren(QToolButton) if button.isEnabled()}


def test_buttons_offer_what_can_be_done(qtbot: QtBot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    bar = TrainingBar(panel)
    bar.show_state(running=False, paused=False, stopping=False, saved=False, written=False)
    assert enabled(bar) == {"Start", "Open run"}
    bar.show_state(running=True, paused=False, stopping=False, saved=False, written=False)
    assert enabled(bar) == {"Pause", "Stop"}
    bar.show_state(running=True, paused=True, stopping=False, saved=True, written=False)
    assert enabled(bar) == {"Go on", "Stop", "Show files", "Use in adaptation"}
    bar.show_state(running=True, paused=False, stopping=True, saved=True, written=False)
    assert enabled(bar) == {"Show files", "Use in adaptation"}
    bar.show_state(running=False, paused=False, stopping=False, saved=True, written=False)
    assert enabled(bar) == {"Start", "Resume", "Open run", "Show files", "Use in adaptation"}
    bar.show_state(running=False, paused=False, stopping=False, saved=True, written=True)
    assert enabled(bar) == {"Start", "Open run", "Show files", "Use in adaptation"}


def test_shortcuts_work_wherever_the_focus_is_in_the_panel(qtbot: QtBot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    bar = TrainingBar(panel)
    elsewhere = QWidget(panel)
    elsewhere.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    triggered = []
    bar.start_action.triggered.connect(lambda: triggered.append(True))
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=30_000)
    elsewhere.setFocus()
    qtbot.keyClick(elsewhere, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert triggered
