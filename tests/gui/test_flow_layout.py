import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.flow_layout import FlowLayout


class Box(QWidget):
    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.setFixedSize(width, height)


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    host = QWidget()
    qtbot.addWidget(host)
    return host


def fill(host: QWidget, *sizes: tuple[int, int]) -> tuple[FlowLayout, list[Box]]:
    layout, boxes = FlowLayout(host, spacing=5), [Box(*size) for size in sizes]
    for box in boxes:
        layout.addWidget(box)
    host.show()
    return layout, boxes


def places(host: QWidget, boxes: list[Box], width: int) -> list[tuple[int, int]]:
    host.resize(width, 200)
    return [box.pos().toTuple() for box in boxes]


def test_a_line_is_filled_to_its_last_pixel_and_then_the_next_begins(host: QWidget) -> None:
    _, boxes = fill(host, (100, 20), (100, 40), (100, 20))
    assert places(host, boxes, 310) == [(0, 0), (105, 0), (210, 0)]
    assert places(host, boxes, 309) == [(0, 0), (105, 0), (0, 45)]  # below the tallest of the line
    assert places(host, boxes, 150) == [(0, 0), (0, 25), (0, 70)]


def test_what_is_wider_than_the_room_stands_alone(host: QWidget) -> None:
    layout, boxes = fill(host, (200, 20), (50, 20))
    layout.setGeometry(layout.geometry().adjusted(0, 0, 100 - layout.geometry().width(), 0))
    assert [box.pos() for box in boxes] == [QPoint(0, 0), QPoint(0, 25)]  # no empty line comes first


def test_the_height_for_a_width_is_that_of_the_lines(host: QWidget) -> None:
    layout, boxes = fill(host, (100, 20), (100, 40), (100, 20))
    for width in (400, 309, 150):
        places(host, boxes, width)
        assert layout.heightForWidth(width) == max(box.geometry().bottom() + 1 for box in boxes)
    assert [layout.heightForWidth(width) for width in (400, 309, 150)] == [40, 65, 90]


def test_it_needs_room_for_the_largest_in_each_direction(host: QWidget) -> None:
    layout, _ = fill(host, (100, 20), (30, 40))
    assert layout.minimumSize() == QSize(100, 40)


def test_the_others_move_up_when_one_goes(host: QWidget) -> None:
    layout, boxes = fill(host, (100, 20), (100, 20), (100, 20))
    layout.removeWidget(boxes[0])
    boxes.pop(0).deleteLater()
    layout.activate()
    assert places(host, boxes, 400) == [(0, 0), (105, 0)]
    assert layout.count() == 2
    assert layout.itemAt(2) is None
    assert layout.takeAt(2) is None
