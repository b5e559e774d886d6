import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.name_edit import LONGEST, NameEdit


def why_not(name: str) -> str | None:
    return "Another class has this name." if name == "taken" else None if name else "A class needs a name."


class Host(QWidget):
    """The field, somewhere else to go, and what has been told."""

    def __init__(self) -> None:
        super().__init__()
        self.edit, self.elsewhere = NameEdit(self), QLineEdit(self)
        layout = QVBoxLayout(self)
        layout.addWidget(self.edit)
        layout.addWidget(self.elsewhere)
        self.chosen: list[str] = []
        self.problems: list[str] = []
        self.refused: list[str] = []
        self.edit.name_chosen.connect(self.chosen.append)
        self.edit.problem_changed.connect(self.problems.append)
        self.edit.name_refused.connect(self.refused.append)
        self.edit.show_name("A", why_not)

    def type(self, text: str) -> None:
        """In place of what the field holds."""
        self.edit.setFocus()
        self.edit.selectAll()
        QTest.keyClick(self.edit, Qt.Key.Key_Backspace)
        QTest.keyClicks(self.edit, text)


@pytest.fixture
def host(qtbot: QtBot) -> Host:
    host = Host()
    qtbot.addWidget(host)
    with qtbot.waitActive(host):
        host.show()
        host.activateWindow()
    return host


def test_a_name_is_chosen_by_enter_or_by_leaving_and_only_once(host: Host) -> None:
    host.type("  ring ")
    assert not host.chosen
    QTest.keyClick(host.edit, Qt.Key.Key_Return)
    assert host.chosen == ["ring"]
    host.edit.show_name("ring", why_not)
    host.elsewhere.setFocus()
    host.type("bar")
    QTest.keyClick(host.edit, Qt.Key.Key_Tab)
    assert host.chosen == ["ring", "bar"]


def test_spaces_alone_make_no_other_name(host: Host) -> None:
    host.type(" A ")
    host.elsewhere.setFocus()
    assert not host.chosen
    assert host.edit.text() == "A"


def test_a_problem_is_told_at_each_key_until_it_is_mended(host: Host) -> None:
    host.type("taken")
    assert host.problems[0] == "A class needs a name."
    assert host.problems[-2:] == ["", "Another class has this name."]
    QTest.keyClicks(host.edit, "2")
    assert host.problems[-1] == ""


def test_enter_leaves_a_wrong_name_to_be_mended_and_leaving_takes_it_back(host: Host) -> None:
    host.type("taken")
    QTest.keyClick(host.edit, Qt.Key.Key_Return)
    assert host.edit.text() == "taken"
    assert not host.refused
    host.elsewhere.setFocus()
    assert host.edit.text() == "A"
    assert host.refused == ["Another class has this name. The class is still called “A”."]
    assert host.problems[-1] == ""
    assert not host.chosen


def test_escape_takes_back_what_was_typed(host: Host) -> None:
    host.type("taken")
    QTest.keyClick(host.edit, Qt.Key.Key_Escape)
    assert host.edit.text() == "A"
    assert host.problems[-1] == ""
    host.elsewhere.setFocus()
    assert not host.chosen + host.refused


@pytest.mark.qt_log_ignore("does not support")  # the offscreen platform, of what a menu asks for
def test_the_fields_own_menu_finds_the_text_as_it_is(host: Host, qtbot: QtBot) -> None:
    host.type("")
    shown = []

    def close() -> None:
        menu = QApplication.activePopupWidget()
        shown.append(menu is not None)
        if menu is not None:
            menu.close()

    QTimer.singleShot(0, close)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(3, 3), host.edit.mapToGlobal(QPoint(3, 3)))
    QApplication.sendEvent(host.edit, event)
    qtbot.waitUntil(lambda: bool(shown), timeout=30_000)
    assert shown == [True]
    assert host.edit.text() == ""
    assert not host.refused


def test_of_a_long_name_the_beginning_is_seen(host: Host) -> None:
    host.type("x" * (LONGEST + 5))
    assert host.edit.text() == "x" * LONGEST
    host.edit.show_name("y" * LONGEST, why_not)
    assert host.edit.cursorPosition() == 0
