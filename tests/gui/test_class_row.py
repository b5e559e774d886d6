import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import DrawnClass, Sketch, Task
from metagui.gui.class_row import ClassRow
from tests.gui.hands import BAR, draw


def make_row(qtbot: QtBot) -> ClassRow:
    row = ClassRow(0)
    qtbot.addWidget(row)
    row.show_class(Task(), GlyphSettings())
    row.show()
    return row


def test_a_stroke_is_told_as_the_class_from_now_on(qtbot: QtBot) -> None:
    row = make_row(qtbot)
    with qtbot.waitSignal(row.class_changed) as changed:
        draw(row.cells[0].canvas, BAR)
    assert changed.args[0] is row
    assert len(changed.args[1].sketches) == 1
    assert changed.args[2] == "stroke in A"


def test_a_name_is_told_when_enter_is_pressed_and_the_pen_is_next(qtbot: QtBot) -> None:
    row = make_row(qtbot)
    with qtbot.waitActive(row):
        row.activateWindow()
    row.name_edit.setFocus()
    row.name_edit.selectAll()
    QTest.keyClicks(row.name_edit, "  ring ")
    with qtbot.waitSignal(row.class_changed) as changed:
        QTest.keyClick(row.name_edit, Qt.Key.Key_Return)
    assert changed.args[1].name == "ring"
    assert row.cells[-1].canvas.hasFocus()


def test_escape_brings_the_name_back(qtbot: QtBot) -> None:
    row = make_row(qtbot)
    QTest.keyClicks(row.name_edit, "B")
    QTest.keyClick(row.name_edit, Qt.Key.Key_Escape)
    assert row.name_edit.text() == "A"


def test_a_narrow_row_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    row = make_row(qtbot)
    row._set_cell_count(6)
    qtbot.waitUntil(lambda: row.heightForWidth(1000) < row.heightForWidth(400), timeout=30_000)


def test_a_switched_drawing_is_told_and_the_note_says_what_takes_part(qtbot: QtBot) -> None:
    row = make_row(qtbot)
    told: list[str] = []

    def show(_: ClassRow, drawn: DrawnClass, what: str) -> None:
        told.append(what)
        row.show_class(Task().with_class(0, drawn), GlyphSettings())

    row.class_changed.connect(show)
    draw(row.cells[0].canvas, BAR)
    draw(row.cells[1].canvas, BAR)
    assert row.note.text() == "2 drawings"
    QTest.mouseClick(row.cells[1].toggle_button, Qt.MouseButton.LeftButton)
    assert [cell.canvas.sketch.is_active for cell in row.cells] == [True, False, True]
    assert row.note.text() == "2 drawings, 1 off"
    QTest.mouseClick(row.cells[0].toggle_button, Qt.MouseButton.LeftButton)
    assert row.note.text() == "2 drawings, off: it takes no part"
    QTest.mouseClick(row.cells[0].toggle_button, Qt.MouseButton.LeftButton)
    assert told[2:] == ["switch a drawing of A off", "switch a drawing of A off", "switch a drawing of A on"]


def test_a_class_that_stays_is_not_shown_anew_and_one_that_changes_is(qtbot: QtBot) -> None:
    row = make_row(qtbot)
    drawn = Task().with_class(0, DrawnClass("A", (Sketch((np.array(BAR, np.float32),)),)))
    row.show_class(drawn, GlyphSettings())
    assert len(row.cells) == 2
    row._set_cell_count = lambda count: pytest.fail("shown anew")  # type: ignore[method-assign]
    row.show_class(drawn.with_class(1, DrawnClass("another")), GlyphSettings())
    assert row.name_edit._why_not("another") == "Another class has this name."
    del row._set_cell_count
    fitted = row.cells[0].glyph_view.glyph
    row.show_class(drawn, GlyphSettings(fitted=False))
    assert not np.array_equal(row.cells[0].glyph_view.glyph, fitted)
    row.show_class(drawn.with_class_count(2), GlyphSettings(fitted=False))
    assert not row._remove.isEnabled()
    row.show_class(Task(), GlyphSettings())
    assert len(row.cells) == 1
