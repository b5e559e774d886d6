import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.glyph_button import GlyphButton


def test_a_click_its_key_and_the_space_bar_choose_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QHBoxLayout(window)
    buttons = [GlyphButton(key, window) for key in "AB"]
    told: list[str] = []
    for button in buttons:
        layout.addWidget(button)
        button.show_glyph(np.zeros((1, 28, 28), np.float32), f"Korean, key {button.text()}")
        button.clicked.connect(lambda _=False, key=button: told.append(key.text()))
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    QTest.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    QTest.keyClick(window, Qt.Key.Key_A)
    buttons[0].setFocus()
    QTest.keyClick(buttons[0], Qt.Key.Key_B)
    QTest.keyClick(buttons[0], Qt.Key.Key_Space)
    assert told == ["B", "A", "B", "A"]
    assert buttons[1].accessibleName() == "Korean, key B"


def test_its_glyph_and_the_focus_are_seen(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    button = GlyphButton("A", window)
    button.move(200, 200)  # not beneath the mouse
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    button.clearFocus()  # a window's first widget has it
    empty = button.grab().toImage()
    button.show_glyph(np.eye(28, dtype=np.float32)[None], "Korean 1")
    drawn = button.grab().toImage()
    assert drawn != empty
    button.setFocus()
    assert button.grab().toImage() != drawn
