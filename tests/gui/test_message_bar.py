from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from metagui.gui.message_bar import MessageBar


def test_it_is_there_only_while_there_is_something_to_say(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    assert bar.text == ""
    bar.show_problem("Something is wrong.")
    assert bar.text == "Something is wrong."
    bar.show_news("All is well.")
    assert bar.text == "All is well."
    bar.findChild(QToolButton).click()
    assert bar.text == ""


def test_a_files_name_is_no_markup(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_problem("There is no picture <h1>x</h1>.")
    assert bar._label.textFormat() == Qt.TextFormat.PlainText
