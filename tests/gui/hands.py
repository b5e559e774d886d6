"""Drawing, and dropping files, as a user's hand does it: by real events."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from metagui.data.glyph import FRAME, Stroke
from metagui.gui.drawing_canvas import DrawingCanvas

Points = Sequence[tuple[float, float]]  # in frame pixels

RING: Points = [(52 + 30 * np.cos(turn), 52 + 30 * np.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 24)]
BAR: Points = [(52, y) for y in range(20, 90, 5)]
ZIGZAG: Points = [(20, 20), (85, 20), (20, 85), (85, 85)]


def place(canvas: DrawingCanvas, point: tuple[float, float]) -> QPoint:
    scale = canvas.width() / FRAME
    return QPoint(round((point[0] + 0.5) * scale), round((point[1] + 0.5) * scale))


def draw(canvas: DrawingCanvas, *strokes: Points | Stroke) -> None:
    """Draw with the mouse; strokes are sequences of (x, y, …) in frame pixels."""
    for stroke in strokes:
        points = [place(canvas, (float(point[0]), float(point[1]))) for point in stroke]
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
        for point in points[1:]:
            QTest.mouseMove(canvas, point)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])


def drop(widget: QWidget, *paths: Path) -> None:
    """Drop files on the widget."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop_data(widget, data)


def drop_data(widget: QWidget, data: QMimeData) -> None:
    """Drop what is dragged on the widget."""
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(5, 5), copy, data, left, none))
    QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), copy, data, left, none))
