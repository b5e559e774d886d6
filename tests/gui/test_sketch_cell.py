from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import EMPTY, Sketch
from metagui.gui.sketch_cell import SketchCell
from tests.gui.hands import BAR, RING, draw, place

SETTINGS = GlyphSettings()


@pytest.fixture
def cell(qtbot: QtBot) -> SketchCell:
    cell = SketchCell()
    qtbot.addWidget(cell)
    cell.show_sketch(EMPTY, SETTINGS)
    cell.show()
    return cell


def test_a_drawing_is_told_and_its_glyph_is_seen_beneath(cell: SketchCell, qtbot: QtBot) -> None:
    with qtbot.waitSignal(cell.sketch_changed) as changed:
        draw(cell.canvas, RING)
    assert changed.args == [cell, "stroke"]
    cell.show_sketch(cell.canvas.sketch, SETTINGS)
    np.testing.assert_array_equal(cell.glyph_view.glyph, cell.canvas.sketch.glyph(SETTINGS))
    cell.show_sketch(cell.canvas.sketch, GlyphSettings(fitted=False))
    assert not np.array_equal(cell.glyph_view.glyph, cell.canvas.sketch.glyph(SETTINGS))


def test_only_a_drawing_can_be_removed_and_nothing_moves_for_it(cell: SketchCell, qtbot: QtBot) -> None:
    assert not cell.remove_button.isVisible()
    empty = cell.sizeHint(), cell.canvas.geometry()
    draw(cell.canvas, RING)
    cell.show_sketch(cell.canvas.sketch, SETTINGS)
    assert cell.remove_button.isVisible()
    assert (cell.sizeHint(), cell.canvas.geometry()) == empty
    with qtbot.waitSignal(cell.sketch_changed):
        QTest.mouseClick(cell.remove_button, Qt.MouseButton.LeftButton)
    assert cell.canvas.sketch.is_empty


def test_the_sketch_that_is_there_already_keeps_the_stroke_in_work(cell: SketchCell) -> None:
    draw(cell.canvas, RING)
    QTest.mousePress(cell.canvas, Qt.MouseButton.LeftButton, pos=place(cell.canvas, BAR[0]))
    cell.show_sketch(cell.canvas.sketch, SETTINGS)
    assert cell.canvas.is_drawing
    cell.show_sketch(EMPTY, SETTINGS)
    assert not cell.canvas.is_drawing


def test_a_picture_without_ink_has_no_glyph_and_can_be_removed(cell: SketchCell) -> None:
    draw(cell.canvas, RING)
    cell.show_sketch(cell.canvas.sketch, SETTINGS)
    cell.show_sketch(Sketch(picture=np.full((40, 40), 255, np.uint8)), SETTINGS)
    assert cell.glyph_view.glyph is None
    QTest.mouseClick(cell.remove_button, Qt.MouseButton.LeftButton)
    assert cell.canvas.sketch.is_empty


def test_a_drawing_is_switched_off_by_its_button_or_by_space(cell: SketchCell, qtbot: QtBot) -> None:
    assert not cell.toggle_button.isVisible()
    QTest.keyClick(cell.canvas, Qt.Key.Key_Space)  # there is nothing to switch
    draw(cell.canvas, RING)
    cell.show_sketch(cell.canvas.sketch, SETTINGS)
    with qtbot.waitSignal(cell.toggle_clicked) as clicked:
        QTest.mouseClick(cell.toggle_button, Qt.MouseButton.LeftButton)
    assert clicked.args == [cell]
    assert cell.toggle_button.focusPolicy() & Qt.FocusPolicy.TabFocus
    for widget in (cell.canvas, cell.toggle_button):
        with qtbot.waitSignal(cell.toggle_clicked):
            QTest.keyClick(widget, Qt.Key.Key_Space)


def test_a_drawing_that_is_off_is_grey_and_the_network_sees_nothing_of_it(cell: SketchCell) -> None:
    draw(cell.canvas, RING)
    on = cell.canvas.sketch
    cell.show_sketch(on, SETTINGS)
    darkest = cell.canvas.grab().toImage().pixelColor(place(cell.canvas, RING[0])).lightness()
    off = replace(on, is_active=False)
    cell.show_sketch(off, SETTINGS)
    assert cell.canvas.grab().toImage().pixelColor(place(cell.canvas, RING[0])).lightness() > darkest + 100
    assert cell.glyph_view.glyph is None
    assert cell.toggle_button.text() == "○"
    assert "switch it on" in cell.toggle_button.toolTip()
    cell.show_sketch(on, SETTINGS)
    assert cell.toggle_button.text() == "●"
    assert cell.glyph_view.glyph is not None
