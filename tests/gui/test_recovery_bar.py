from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui.recovery_bar import RecoveryBar


def test_each_button_says_what_was_decided(qtbot: QtBot) -> None:
    bar = RecoveryBar()
    qtbot.addWidget(bar)
    assert bar.isHidden()
    told: list[str] = []
    bar.recover_clicked.connect(lambda: told.append("recover"))
    bar.discard_clicked.connect(lambda: told.append("discard"))
    bar.put_off.connect(lambda: told.append("not now"))
    bar.offer("Three drawings.")
    assert bar.text == "Three drawings."
    for button in (bar.recover_button, bar.discard_button):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bar.isVisible()
    QTest.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    assert told == ["recover", "discard", "not now"]
    assert bar.isHidden()
