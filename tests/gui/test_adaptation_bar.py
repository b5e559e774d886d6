from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QUndoCommand, QUndoStack
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.task import FEWEST, MOST
from metagui.gui.adaptation_bar import AdaptationBar
from metagui.learn.shipped import shipped

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Bar(AdaptationBar):
    """The bar with its undo stack and what it has told."""

    def __init__(self) -> None:
        self.stack = QUndoStack()
        super().__init__(self.stack)
        self.counts: list[int] = []
        self.fills: list[tuple[str, int, int]] = []
        self.class_count_chosen.connect(self.counts.append)
        self.fill_chosen.connect(lambda *chosen: self.fills.append(chosen))
        self.show_class_count(3)

    def button(self, text: str) -> QToolButton:
        (found,) = (one for one in self.findChildren(QToolButton) if one.text() == text)
        return found

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        QTest.keyClick(self.focusWidget() or self, key, modifiers)


@pytest.fixture
def bar(qtbot: QtBot) -> Bar:
    bar = Bar()
    qtbot.addWidget(bar)
    with qtbot.waitActive(bar):
        bar.show()
        bar.activateWindow()
    return bar


def type_in(spin_box: QWidget, text: str) -> None:
    spin_box.setFocus()
    QTest.keyClick(spin_box, Qt.Key.Key_A, CTRL)
    QTest.keyClicks(spin_box, text)


def test_classes_are_added_up_to_the_most(bar: Bar) -> None:
    assert not bar.counts  # what is shown is not told
    bar.press(Qt.Key.Key_N, CTRL | SHIFT)
    assert bar.counts == [4]
    bar.show_class_count(MOST)
    bar.press(Qt.Key.Key_N, CTRL | SHIFT)
    assert bar.counts == [4]
    assert not bar.button("Add class").isEnabled()
    bar.show_class_count(MOST - 1)
    QTest.mouseClick(bar.button("Add class"), Qt.MouseButton.LeftButton)
    assert bar.counts == [4, MOST]


def test_a_number_being_typed_takes_no_class_away(bar: Bar) -> None:
    type_in(bar._class_count, "20")  # on the way there it reads 2
    assert not bar.counts
    QTest.keyClick(bar._class_count, Qt.Key.Key_Return)
    assert set(bar.counts) == {20}
    type_in(bar._class_count, "1")
    QTest.keyClick(bar._class_count, Qt.Key.Key_Return)
    assert min(bar.counts) >= FEWEST


def test_an_episode_has_the_data_set_the_shot_and_the_queries_of_the_menu(bar: Bar) -> None:
    bar.press(Qt.Key.Key_E, CTRL)
    menu = bar.button("Fill with an episode").menu()
    shot, query = (action for action in menu.actions() if action.text() == "5")
    shot.trigger()
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["5", "1"]
    bar.press(Qt.Key.Key_E, CTRL | SHIFT)
    query.trigger()
    bar.press(Qt.Key.Key_E, CTRL)
    assert bar.fills == [("omniglot", 1, 1), ("strokes", 5, 1), ("omniglot", 5, 5)]


def test_while_something_is_loaded_no_episode_can_be_asked_for(bar: Bar) -> None:
    bar.set_busy(True)
    bar.press(Qt.Key.Key_E, CTRL)  # whose shortcut is not the button's
    assert not bar.fills
    bar.set_busy(False)
    bar.press(Qt.Key.Key_E, CTRL)
    assert len(bar.fills) == 1


def test_undo_and_redo_follow_the_stack(bar: Bar) -> None:
    undo, redo = bar.button("Undo"), bar.button("Redo")
    assert not undo.isEnabled()
    bar.stack.push(QUndoCommand("one"))
    bar.stack.push(QUndoCommand("two"))
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    bar.setFocus()
    bar.press(Qt.Key.Key_Z, CTRL)
    assert (bar.stack.index(), undo.isEnabled(), redo.isEnabled()) == (0, False, True)
    bar.press(Qt.Key.Key_Y, CTRL)
    bar.press(Qt.Key.Key_Z, CTRL | SHIFT)
    assert (bar.stack.index(), undo.isEnabled(), redo.isEnabled()) == (2, True, False)


def test_a_network_has_its_steps_at_least_and_the_next_one_those_that_the_user_wants(bar: Bar) -> None:
    told: list[int] = []
    bar.steps_chosen.connect(told.append)
    bar.ensure_steps(3, adapts=True)
    assert bar.steps == 5
    bar.ensure_steps(50, adapts=True)
    bar.ensure_steps(3, adapts=True)
    assert (bar.steps, told) == (5, [50, 5])
    QTest.keyClick(bar._steps, Qt.Key.Key_Up)
    bar.ensure_steps(50, adapts=True)
    bar.ensure_steps(3, adapts=True)
    assert bar.steps == 6


def test_a_network_that_does_not_adapt_takes_no_steps_and_the_number_comes_back(bar: Bar) -> None:
    bar.ensure_steps(1, adapts=False)
    assert bar.steps == 0
    assert not bar._steps.isEnabled()
    bar.ensure_steps(1, adapts=True)
    assert bar.steps == 5


def test_the_network_in_use_is_named_and_its_summary_can_be_read_in_full(bar: Bar) -> None:
    before = bar.grab().toImage()
    summary = "5-way 1-shot, " * 40
    bar.show_checkpoint("net", summary)
    assert bar._summary.accessibleName() == f"Network: net. {summary}"
    assert bar._summary.toolTip() == summary
    assert bar.grab().toImage() != before
    assert bar.minimumSizeHint().width() < 1000  # the summary is cut off, and does not widen the window


def test_a_network_that_comes_with_the_program_or_a_file_is_chosen(bar: Bar) -> None:
    chosen: list[Path] = []
    opened: list[None] = []
    bar.shipped_chosen.connect(chosen.append)
    bar.open_clicked.connect(lambda: opened.append(None))
    menu = bar.button("Network").menu()
    first, default = menu.actions()[0], shipped()[0]
    assert first.text() == f"{default.name}: {default.title}"
    first.trigger()
    assert [path.name for path in chosen] == ["maml-any.safetensors"]
    menu.actions()[-1].trigger()
    assert opened == [None]
    assert len(chosen) == 1


def test_reference_handwriting_is_shown_and_hidden(bar: Bar) -> None:
    told: list[bool] = []
    bar.reference_toggled.connect(told.append)
    bar.press(Qt.Key.Key_B, CTRL)
    QTest.mouseClick(bar.button("Reference"), Qt.MouseButton.LeftButton)
    assert told == [True, False]


def test_the_steps_are_kept_while_a_network_takes_none(bar: Bar) -> None:
    bar.set_steps(7)
    bar.ensure_steps(1, adapts=False)
    assert (bar.steps, bar.chosen_steps) == (0, 7)


def test_undo_and_redo_tell_what_they_would_do(qtbot: QtBot) -> None:
    stack = QUndoStack()
    bar = AdaptationBar(stack)
    qtbot.addWidget(bar)
    undo, redo = (next(action for action in bar.actions() if action.text() == text) for text in ("Undo", "Redo"))
    stack.push(QUndoCommand("stroke in A"))
    assert undo.toolTip().endswith(": stroke in A")
    stack.undo()
    assert redo.toolTip().endswith(": stroke in A")
    assert ":" not in undo.toolTip()


def test_what_can_be_undone_lays_no_window_out(bar: Bar, qtbot: QtBot) -> None:
    class Layouts(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.LayoutRequest
            return False

    bar.show()
    qtbot.waitExposed(bar)
    QCoreApplication.sendPostedEvents(None, 0)
    layouts = Layouts()
    bar.installEventFilter(layouts)
    bar.stack.push(QUndoCommand("stroke in A"))
    bar.stack.undo()
    bar.stack.push(QUndoCommand("stroke in B"))
    QCoreApplication.sendPostedEvents(None, 0)
    assert layouts.count == 0


def test_undo_and_redo_have_room_for_a_larger_font(bar: Bar) -> None:
    buttons = [button for button in bar.findChildren(QToolButton) if button.text() in ("Undo", "Redo")]
    font = bar.font()
    font.setPointSizeF(2 * font.pointSizeF())
    bar.setFont(font)
    assert len(buttons) == 2
    assert all(button.size() == button.sizeHint() for button in buttons)
