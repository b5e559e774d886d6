import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputDevice
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui.pointer_area import Pointer, PointerArea

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
HERE, THERE = QPoint(20, 20), QPoint(60, 40)


class Area(PointerArea):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def _on_pressed(self, pointer: Pointer) -> None:
        self.told.append("right" if pointer.is_right else "pressed")

    def _on_moved(self, pointer: Pointer) -> None:
        if pointer.position.toPoint() == THERE:
            self.told.append("moved")

    def _on_lifted(self) -> None:
        self.told.append("lifted")

    def _on_cancelled(self) -> None:
        self.told.append("cancelled")

    def _on_menu_asked(self, where: QPoint) -> None:
        self.told.append("menu")


@pytest.fixture
def area(qtbot: QtBot) -> Area:
    area = Area()
    qtbot.addWidget(area)
    area.resize(100, 100)
    area.show()
    return area


def test_one_button_at_a_time(area: Area) -> None:
    QTest.mousePress(area, LEFT, pos=HERE)
    QTest.mousePress(area, RIGHT, pos=HERE)
    QTest.mouseRelease(area, RIGHT, pos=HERE)
    QTest.mouseMove(area, THERE)
    QTest.mouseRelease(area, LEFT, pos=HERE)
    assert area.told == ["pressed", "moved", "lifted"]


def test_the_right_button_is_for_the_menu_where_it_is_not_moved(area: Area) -> None:
    QTest.mouseClick(area, RIGHT, pos=HERE)
    assert area.told == ["right", "lifted", "menu"]
    area.told.clear()
    QTest.mousePress(area, RIGHT, pos=HERE)
    QTest.mouseMove(area, THERE)
    QTest.mouseRelease(area, RIGHT, pos=QPoint(61, 40))
    assert area.told == ["right", "moved", "lifted"]


def test_a_middle_button_is_nothing(area: Area) -> None:
    QTest.mouseClick(area, Qt.MouseButton.MiddleButton, pos=HERE)
    assert not area.told


def test_what_is_forgotten_is_not_lifted(area: Area) -> None:
    QTest.mousePress(area, LEFT, pos=HERE)
    area._forget_pointer()
    QTest.mouseRelease(area, LEFT, pos=HERE)
    QTest.mouseClick(area, LEFT, pos=HERE)
    assert area.told == ["pressed", "pressed", "lifted"]


def test_the_first_finger_counts(area: Area) -> None:
    device = QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)
    QTest.touchEvent(area, device).press(0, HERE, area).commit()
    QTest.touchEvent(area, device).stationary(0).press(1, THERE, area).commit()
    QTest.touchEvent(area, device).move(0, THERE, area).release(1, THERE, area).commit()
    QTest.touchEvent(area, device).release(0, QPoint(61, 40), area).commit()
    assert area.told == ["pressed", "moved", "lifted"]
