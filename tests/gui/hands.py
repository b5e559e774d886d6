"""Drawing, and dropping files, as a user's hand does it: by real events."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QDragEnterEvent, QDropEvent, QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from shiboken6 import isValid

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


def rub(canvas: DrawingCanvas, *strokes: Points) -> None:
    """Rub out with the mouse's right button."""
    for stroke in strokes:
        points = [place(canvas, point) for point in stroke]
        QTest.mousePress(canvas, Qt.MouseButton.RightButton, pos=points[0])
        for point in points[1:]:
            QTest.mouseMove(canvas, point)
        QTest.mouseRelease(canvas, Qt.MouseButton.RightButton, pos=points[-1])


def pen(canvas: DrawingCanvas, points: Points, pressure: float = 0.5, eraser: bool = False, lift: bool = True) -> None:
    """Draw with a tablet's pen, or rub out with its other end."""
    tip = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, tip, QInputDevice.Capability.Pressure, 1, 2
    )  # fmt: skip
    scale = canvas.width() / FRAME
    places = [QPointF((x + 0.5) * scale, (y + 0.5) * scale) for x, y in points]
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    steps = [(QEvent.Type.TabletPress, places[0], pressure, left, left)]
    steps += [(QEvent.Type.TabletMove, one, pressure, none, left) for one in places[1:]]
    steps += [(QEvent.Type.TabletRelease, places[-1], 0, left, none)] if lift else []
    for kind, at, force, button, held in steps:
        everywhere = QPointF(canvas.mapToGlobal(at.toPoint()))
        event = QTabletEvent(
            kind, device, at, everywhere, force, 0, 0, 0, 0, 0, Qt.KeyboardModifier.NoModifier, button, held
        )
        QApplication.sendEvent(canvas, event)
        assert event.isAccepted()  # else the mouse would draw the same stroke again


def carry(source: QWidget, target: QWidget, patch: pytest.MonkeyPatch, copy: bool = False) -> None:
    """Drag what is on `source` to `target` with the left button; `copy` with Ctrl.

    Where there is no screen Qt has no drag of its own: what it would do is done here.
    """
    carried: list[QDrag] = []

    def deliver(drag: QDrag, actions: Qt.DropAction, default: Qt.DropAction) -> Qt.DropAction:
        carried.append(drag)
        ctrl, none = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
        drop_data(
            target, drag.mimeData(), Qt.DropAction.CopyAction if copy else actions & default, ctrl if copy else none
        )
        return default

    patch.setattr(QDrag, "exec", deliver)
    middle = source.rect().center()
    QTest.mousePress(source, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(source, middle + QPoint(QApplication.startDragDistance(), 5))
    assert carried
    if isValid(source):
        QTest.mouseRelease(source, Qt.MouseButton.LeftButton, pos=middle)


def drop(widget: QWidget, *paths: Path) -> None:
    """Drop files on the widget."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    drop_data(widget, data)


def drop_data(
    widget: QWidget,
    data: QMimeData,
    action: Qt.DropAction = Qt.DropAction.CopyAction,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Drop what is dragged on the widget."""
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(5, 5), action, data, Qt.MouseButton.LeftButton, keys))
    QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), action, data, Qt.MouseButton.LeftButton, keys))


@contextmanager
def answering(button: QMessageBox.StandardButton | str) -> Iterator[list[str]]:
    """Click this button in each question that opens meanwhile; gives what was asked."""
    asked: list[str] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            known = {one.text().replace("&", ""): one for one in box.buttons()}
            chosen = known[button] if isinstance(button, str) else box.button(button)
            asked.append(f"{box.text()} {box.informativeText()}")
            QTest.mouseClick(chosen, Qt.MouseButton.LeftButton)

    timer = QTimer(interval=10)
    timer.timeout.connect(look)
    timer.start()
    yield asked
    timer.stop()
