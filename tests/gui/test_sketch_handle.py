from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from metagui.gui.sketch_handle import SketchHandle


def test_a_drag_begins_where_the_pointer_has_gone_far_enough(qtbot: QtBot) -> None:
    handle = SketchHandle(56)
    qtbot.addWidget(handle)
    begun = []
    handle.drag_begun.connect(lambda: begun.append(True))
    start, far = QPoint(10, 10), QPoint(11 + QApplication.startDragDistance(), 10)
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
        QTest.mousePress(handle, button, pos=start)
        QTest.mouseMove(handle, start + QPoint(2, 2))
        assert not begun or button == Qt.MouseButton.RightButton
        QTest.mouseMove(handle, far)
        QTest.mouseMove(handle, far + QPoint(5, 5))
        QTest.mouseRelease(handle, button, pos=far)
    assert begun == [True]
    assert "Drag" in handle.toolTip()
