import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QInputDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import EMPTY, Sketch
from metagui.gui.drawing_canvas import CUT, ERASURE, REMOVAL, DrawingCanvas
from metagui.gui.drop_target import DropTarget
from metagui.gui.sketch_mime import carried_by, carries_sketches
from tests.gui.hands import BAR, RING, carry, draw, pen, place, rub

CTRL = Qt.KeyboardModifier.ControlModifier


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


def test_pressure_is_shown_and_changes_nothing_of_what_the_network_sees(canvas: DrawingCanvas) -> None:
    glyphs, pictures = [], []
    for pressure in (0.1, 0.9):
        canvas.clear()
        pen(canvas, [(30, 30), (75, 60.25)], pressure)
        (stroke,) = canvas.sketch.strokes
        np.testing.assert_allclose(stroke[:, 3], pressure)
        assert stroke[1, 1] == pytest.approx(60.25)  # a pen knows parts of pixels
        glyphs.append(canvas.sketch.glyph(GlyphSettings()))
        pictures.append(ink(canvas))
    np.testing.assert_array_equal(*glyphs)
    assert pictures[1] > 1.5 * pictures[0]
    canvas.clear()
    draw(canvas, [(30, 30), (75, 60)])
    assert ink(canvas) == pytest.approx(pictures[1], rel=0.1)  # the mouse presses fully


def ink(canvas: DrawingCanvas) -> int:
    """How many pixels are dark."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return int((pixels[6:-6, 6:-6] < 128).sum())


RUBBED = {
    "right button": lambda canvas, points: rub(canvas, points),
    "the pen's other end": lambda canvas, points: pen(canvas, points, eraser=True),
    "eraser in hand": lambda canvas, points: (canvas.set_erasing(True), draw(canvas, points)),
}


@pytest.mark.parametrize("way", RUBBED)
def test_an_eraser_splits_strokes_where_it_goes(canvas: DrawingCanvas, qtbot: QtBot, way: str) -> None:
    draw(canvas, BAR, [(10, 20), (10, 90)])
    other = canvas.sketch.strokes[1]
    with qtbot.waitSignal(canvas.drawing_changed) as changed:
        RUBBED[way](canvas, [(40, 50), (70, 50)])
    assert changed.args == [ERASURE]
    assert len(canvas.sketch.strokes) == 3
    assert any(stroke is other for stroke in canvas.sketch.strokes)
    assert canvas.grab().toImage().pixelColor(place(canvas, (52, 50))).lightness() > 128


def test_rubbing_is_seen_while_it_lasts_and_escape_brings_all_back(canvas: DrawingCanvas, qtbot: QtBot) -> None:
    draw(canvas, BAR)
    before = canvas.sketch
    with qtbot.assertNotEmitted(canvas.drawing_changed):
        pen(canvas, [(40, 50), (70, 50)], eraser=True, lift=False)
        assert len(canvas.sketch_in_work.strokes) == 2
        assert canvas.sketch is before
        with qtbot.waitSignal(canvas.stroke_dropped):
            QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.sketch_in_work is before


def test_an_eraser_that_touches_nothing_changes_nothing(canvas: DrawingCanvas, qtbot: QtBot) -> None:
    draw(canvas, BAR)
    with qtbot.assertNotEmitted(canvas.drawing_changed):
        rub(canvas, [(10, 10), (20, 20)])
        canvas.set_erasing(True)
        draw(canvas, [(90, 90)])
    canvas.set_erasing(False)
    draw(canvas, [(90, 90)])
    assert len(canvas.sketch.strokes) == 2


def test_the_eraser_is_seen_before_it_rubs_out(canvas: DrawingCanvas) -> None:
    canvas.set_erasing(True)
    before = canvas.grab().toImage()
    QTest.mouseMove(canvas, QPoint(20, 20))
    QTest.mouseMove(canvas, QPoint(100, 100))
    assert canvas.grab().toImage().pixelColor(100, 100) != before.pixelColor(100, 100)
    canvas.set_erasing(False)
    QTest.mouseMove(canvas, QPoint(101, 101))
    assert canvas.grab().toImage().pixelColor(100, 100) == before.pixelColor(100, 100)


def test_all_rubbed_out_is_empty(canvas: DrawingCanvas) -> None:
    draw(canvas, BAR)
    rub(canvas, [(52, 10), (52, 100)])
    assert canvas.sketch.is_empty


def test_keys_copy_and_cut_and_ask_for_pasting(canvas: DrawingCanvas, qtbot: QtBot) -> None:
    clipboard = QApplication.clipboard()
    clipboard.setText("nothing to paste")
    QTest.keyClick(canvas, Qt.Key.Key_C, CTRL)
    assert not carries_sketches(clipboard.mimeData())  # there is nothing to copy
    draw(canvas, BAR)
    sketch = canvas.sketch
    QTest.keyClick(canvas, Qt.Key.Key_C, CTRL)
    carried = carried_by(clipboard.mimeData())
    assert carried is not None
    np.testing.assert_array_equal(carried.sketches[0].strokes[0], sketch.strokes[0])
    assert clipboard.mimeData().hasImage()  # for other programs
    with qtbot.waitSignal(canvas.drawing_changed) as changed:
        QTest.keyClick(canvas, Qt.Key.Key_X, CTRL)
    assert changed.args == [CUT]
    assert canvas.sketch.is_empty
    with qtbot.waitSignal(canvas.paste_asked):
        QTest.keyClick(canvas, Qt.Key.Key_V, CTRL)


@pytest.mark.qt_log_ignore("does not support")  # the offscreen platform, of what a menu asks for
@pytest.mark.parametrize("by", ["right button", "key"])
def test_the_menu_has_the_same(canvas: DrawingCanvas, qtbot: QtBot, by: str) -> None:
    QApplication.clipboard().setText("nothing to paste")
    draw(canvas, BAR)
    if by == "key":
        reason = QContextMenuEvent.Reason.Keyboard
        QApplication.sendEvent(canvas, QContextMenuEvent(reason, QPoint(5, 5), canvas.mapToGlobal(QPoint(5, 5))))
    else:
        QTest.mouseClick(canvas, Qt.MouseButton.RightButton, pos=place(canvas, (52, 50)))
        assert len(canvas.sketch.strokes) == 1
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    actions = {action.text().partition("\t")[0].replace("&", ""): action for action in menu.actions()}
    assert list(actions) == ["Cut", "Copy", "Paste", "Delete"]
    assert not actions["Paste"].isEnabled()
    with qtbot.waitSignal(canvas.drawing_changed) as changed:
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(actions["Delete"]).center())
    assert changed.args == [REMOVAL]


def test_a_picture_is_dragged_where_a_drawing_is_drawn_on(
    canvas: DrawingCanvas, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = QLabel()
    qtbot.addWidget(target)
    drops = DropTarget(target)
    canvas.show_sketch(Sketch(given=np.zeros((1, 28, 28), np.float32)))
    with qtbot.waitSignal(drops.dropped) as dropped:
        carry(canvas, target, monkeypatch)
    assert dropped.args[0].source is canvas
    assert not dropped.args[0].is_move


def test_a_finger_draws_and_a_second_one_does_not(canvas: DrawingCanvas) -> None:
    device = QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)
    QTest.touchEvent(canvas, device).press(0, QPoint(50, 50), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(80, 80), canvas).press(1, QPoint(10, 10), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(120, 80), canvas).release(1, QPoint(10, 10), canvas).commit()
    QTest.touchEvent(canvas, device).release(0, QPoint(120, 80), canvas).commit()
    (stroke,) = canvas.sketch.strokes
    np.testing.assert_allclose(stroke[:, :2], [[24.5, 24.5], [39.5, 39.5], [59.5, 39.5]], atol=0.5)
