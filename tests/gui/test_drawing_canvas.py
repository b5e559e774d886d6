import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from metagui.data.task import EMPTY, Sketch
from metagui.gui.drawing_canvas import DrawingCanvas
from tests.gui.hands import BAR, RING, draw, place


@pytest.fixture
def canvas(qtbot: QtBot) -> DrawingCanvas:
    canvas = DrawingCanvas(210, "Canvas", "Draw")
    qtbot.addWidget(canvas)
    canvas.show()
    return canvas


def test_mouse_leaves_a_stroke_in_frame_coordinates(canvas: DrawingCanvas, qtbot: QtBot) -> None:
    with qtbot.waitSignals([canvas.stroke_finished, canvas.drawing_changed], order="strict"):
        draw(canvas, BAR)
    (stroke,) = canvas.sketch.strokes
    assert stroke.dtype == np.float32
    assert stroke.shape == (len(BAR), 4)
    np.testing.assert_allclose(stroke[:, :2], BAR, atol=0.5)  # the mouse knows whole pixels only
    assert (np.diff(stroke[:, 2]) >= 0).all()


def test_a_click_is_a_dot(canvas: DrawingCanvas) -> None:
    draw(canvas, [(50, 50)])
    assert canvas.sketch.strokes[0].shape == (1, 4)


def test_time_goes_on_from_stroke_to_stroke(canvas: DrawingCanvas, qtbot: QtBot) -> None:
    draw(canvas, BAR)
    qtbot.wait(20)
    draw(canvas, BAR)
    first, second = canvas.sketch.strokes
    assert second[0, 2] >= first[-1, 2] + 15


def test_beside_the_paper_the_pen_follows_its_border(canvas: DrawingCanvas) -> None:
    draw(canvas, [(50, 50), (400, 50)])
    assert canvas.sketch.strokes[0][-1, 0] == pytest.approx(104.5)


def test_escape_drops_the_stroke_in_work(canvas: DrawingCanvas, qtbot: QtBot) -> None:
    draw(canvas, BAR)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    QTest.mouseMove(canvas, QPoint(90, 90))
    assert canvas.is_drawing
    assert len(canvas.sketch_in_work.strokes) == 2
    with qtbot.waitSignal(canvas.stroke_dropped), qtbot.assertNotEmitted(canvas.drawing_changed):
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(90, 90))
    assert len(canvas.sketch.strokes) == 1


def test_delete_clears(canvas: DrawingCanvas, qtbot: QtBot) -> None:
    draw(canvas, RING)
    with qtbot.waitSignal(canvas.drawing_changed):
        QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert canvas.sketch.is_empty


def test_showing_a_sketch_is_no_change_by_the_user(canvas: DrawingCanvas, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(canvas.drawing_changed):
        canvas.show_sketch(Sketch((np.zeros((2, 4), np.float32),)))
        canvas.show_sketch(EMPTY)


def test_a_picture_is_not_drawn_on(canvas: DrawingCanvas) -> None:
    canvas.show_sketch(Sketch(given=np.zeros((1, 28, 28), np.float32)))
    draw(canvas, BAR)
    assert not canvas.sketch.strokes
    canvas.add_stroke(np.zeros((2, 4), np.float32))
    assert not canvas.sketch.strokes


def test_ink_appears_where_it_was_drawn(canvas: DrawingCanvas) -> None:
    draw(canvas, BAR)
    image = canvas.grab().toImage()
    assert image.pixelColor(place(canvas, (52, 50))).lightness() < 128
    assert image.pixelColor(place(canvas, (80, 50))).lightness() > 128


def _tablet(canvas: DrawingCanvas, kind: QEvent.Type, at: QPointF, pressure: float) -> None:
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else Qt.MouseButton.LeftButton
    device = QPointingDevice.primaryPointingDevice()
    event = QTabletEvent(
        kind, device, at, QPointF(canvas.mapToGlobal(at.toPoint())), pressure, 0, 0, 0, 0, 0,
        Qt.KeyboardModifier.NoModifier, button, held,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    assert event.isAccepted()  # else the mouse would draw the same stroke again


def test_a_pen_draws_and_its_pressure_changes_no_ink(canvas: DrawingCanvas) -> None:
    inks = []
    for pressure in (0.1, 0.9):
        canvas.clear()
        _tablet(canvas, QEvent.Type.TabletPress, QPointF(60, 60), pressure)
        _tablet(canvas, QEvent.Type.TabletMove, QPointF(150, 120.5), pressure)
        _tablet(canvas, QEvent.Type.TabletRelease, QPointF(150, 120.5), 0)
        (stroke,) = canvas.sketch.strokes
        np.testing.assert_allclose(stroke[:, 3], pressure)
        assert stroke[1, 1] == pytest.approx(120.5 / 2 - 0.5)  # a pen knows parts of pixels
        inks.append(canvas.grab().toImage())
    assert inks[0] == inks[1]


def test_a_finger_draws_and_a_second_one_does_not(canvas: DrawingCanvas) -> None:
    device = QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)
    QTest.touchEvent(canvas, device).press(0, QPoint(50, 50), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(80, 80), canvas).press(1, QPoint(10, 10), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(120, 80), canvas).release(1, QPoint(10, 10), canvas).commit()
    QTest.touchEvent(canvas, device).release(0, QPoint(120, 80), canvas).commit()
    (stroke,) = canvas.sketch.strokes
    np.testing.assert_allclose(stroke[:, :2], [[24.5, 24.5], [39.5, 39.5], [59.5, 39.5]], atol=0.5)
