from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui.support_header import SupportHeader


def test_the_eraser_is_taken_and_laid_down_by_its_key_and_its_button(qtbot: QtBot) -> None:
    header = SupportHeader()
    qtbot.addWidget(header)
    with qtbot.waitActive(header):
        header.show()
        header.activateWindow()
    told: list[object] = []
    header.erasing_toggled.connect(told.append)
    QTest.keyClick(header, Qt.Key.Key_E)
    QTest.mouseClick(header.eraser_button, Qt.MouseButton.LeftButton)
    assert told == [True, False]


def test_folders_and_sheets_are_asked_for(qtbot: QtBot) -> None:
    header = SupportHeader()
    qtbot.addWidget(header)
    told: list[str] = []
    header.folder_clicked.connect(lambda: told.append("folder"))
    header.sheet_clicked.connect(lambda: told.append("sheet"))
    header.folder_action.trigger()
    header.sheet_action.trigger()
    assert told == ["folder", "sheet"]
