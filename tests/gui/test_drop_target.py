from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.task import Sketch
from metagui.gui.drop_target import DropTarget, Offer
from metagui.gui.sketch_mime import Carried, DraggedSketch, local_files, mime_of
from tests.gui.hands import BAR, drop_data

SKETCH = Sketch((np.array(BAR, np.float32),))
COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction


class Place(QWidget):
    def __init__(self, moves: bool = True) -> None:
        super().__init__()
        self.drops = DropTarget(self, moves)
        self.offers: list[Offer] = []
        self.drops.dropped.connect(self.offers.append)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.drops.paint(QPainter(self))


@pytest.fixture
def place(qtbot: QtBot) -> Place:
    place = Place()
    qtbot.addWidget(place)
    return place


def files(*names: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(name) for name in names])
    return data


def image() -> QMimeData:
    data = QMimeData()
    data.setImageData(QImage(4, 4, QImage.Format.Format_RGB32))
    return data


def test_drawings_images_and_files_can_be_dropped(place: Place) -> None:
    for data in (mime_of(Carried((SKETCH,))), image(), files("file:///a.png", "https://example.org/b.png")):
        drop_data(place, data)
    assert len(place.offers) == 3
    assert local_files(place.offers[2].data) == [Path("/a.png")]
    for data in (QMimeData(), files("https://example.org/b.png")):
        drop_data(place, data)
    assert len(place.offers) == 3


def test_a_sketch_of_this_program_may_move_and_nothing_else_may(place: Place, qtbot: QtBot) -> None:
    source, fixed = QWidget(), Place(moves=False)
    for widget in (source, fixed):
        qtbot.addWidget(widget)
    drop_data(place, DraggedSketch(SKETCH, source), MOVE)
    drop_data(place, DraggedSketch(SKETCH, source), COPY)
    drop_data(place, files("file:///a.png"), COPY | MOVE)
    drop_data(fixed, DraggedSketch(SKETCH, source), MOVE)
    assert [(offer.is_move, offer.source is source) for offer in (*place.offers, *fixed.offers)] == [
        (True, True), (False, True), (False, False), (False, True),
    ]  # fmt: skip


def test_a_file_is_never_moved_here(place: Place) -> None:
    """A file manager that is told so deletes it."""
    data, keys = files("file:///a.png"), Qt.KeyboardModifier.ShiftModifier
    QApplication.sendEvent(place, QDragEnterEvent(QPoint(5, 5), COPY | MOVE, data, Qt.MouseButton.LeftButton, keys))
    event = QDropEvent(QPointF(5, 5), COPY | MOVE, data, Qt.MouseButton.LeftButton, keys)
    assert event.dropAction() == MOVE
    QApplication.sendEvent(place, event)
    assert place.offers
    assert event.dropAction() == COPY


def test_it_is_seen_where_a_drawing_would_fall(place: Place) -> None:
    place.resize(40, 40)
    before = place.grab().toImage()
    data, none = mime_of(Carried((SKETCH,))), Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(place, QDragEnterEvent(QPoint(5, 5), COPY, data, Qt.MouseButton.LeftButton, none))
    assert place.grab().toImage() != before
    QApplication.sendEvent(place, QDragLeaveEvent())
    assert place.grab().toImage() == before
