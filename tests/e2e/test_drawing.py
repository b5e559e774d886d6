"""What a user does with drawings, on the real window: draw, rub out, undo, copy, drag, load, and cut a sheet."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog
from pytestqt.qtbot import QtBot

from metagui.data.glyph import Drawing
from metagui.data.omniglot_strokes import drawings_by_character
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.main_window import MainWindow
from metagui.gui.sheet_dialog import SheetDialog
from tests.data.sheets import render
from tests.gui.hands import carry, draw, drop, pen, rub

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CHARACTERS = ("Latin/character15", "Latin/character24", "Latin/character13")  # o, x and m


@pytest.fixture
def people(omniglot_archives: Path) -> list[list[Drawing]]:
    """Three characters, each by twenty people."""
    found = drawings_by_character(omniglot_archives / "strokes_background_small1.zip")
    return [found[name] for name in CHARACTERS]


def counts(panel: AdaptationPanel) -> list[int]:
    return [len(drawn.sketches) for drawn in panel.task.classes]


def likeliest(panel: AdaptationPanel) -> int:
    """The row of the class that the query on show is most like, be it taken for one of them or not."""
    step = panel.timeline.step
    assert step is not None
    return int(step.query_probabilities[panel.task.place].argmax())


def settle(panel: AdaptationPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.is_settled, timeout=60_000)


def test_draw_rub_out_copy_paste_and_drag(
    window: MainWindow, qtbot: QtBot, people: list[list[Drawing]], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, (o, x, m) = window.adaptation_panel, people
    for row, character in zip(panel.rows, (o, x, m), strict=True):
        draw(row.cells[0].canvas, *character[0])
    draw(panel.query_pad.canvas, *o[1])
    settle(panel, qtbot)
    assert likeliest(panel) == 0

    # An eraser splits the ring, and undo makes it whole.
    canvas = panel.rows[0].cells[0].canvas
    whole = panel.task.classes[0].sketches[0]
    left = whole.strokes[0][len(whole.strokes[0]) // 2, :2]
    rub(canvas, [(left[0] - 8, left[1] - 1), (left[0] + 8, left[1] + 1)])
    assert len(panel.task.classes[0].sketches[0].strokes) > len(whole.strokes)
    assert panel.undo_stack.undoText() == "erase in A"
    QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    assert panel.task.classes[0].sketches[0] is whole

    # Copied to the second class by keys, cut from there, and pasted among the queries.
    QTest.keyClick(canvas, Qt.Key.Key_C, CTRL)
    QTest.keyClick(panel.rows[1].cells[-1].canvas, Qt.Key.Key_V, CTRL)
    assert counts(panel) == [1, 2, 1]
    np.testing.assert_array_equal(panel.task.classes[1].sketches[1].strokes[0], whole.strokes[0])
    QTest.keyClick(panel.rows[1].cells[1].canvas, Qt.Key.Key_X, CTRL)
    assert counts(panel) == [1, 1, 1]
    QTest.keyClick(panel.query_pad.canvas, Qt.Key.Key_V, CTRL)
    assert len(panel.task.queries) == 2
    settle(panel, qtbot)
    assert likeliest(panel) == 0

    # Dragged from class to class, copied to the queries, and from the queries' strip to a class.
    carry(panel.rows[0].cells[0].glyph_view, panel.rows[1], monkeypatch)
    assert counts(panel) == [0, 2, 1]
    assert panel.undo_stack.undoText() == "move a drawing from A to B"
    carry(panel.rows[1].cells[1].glyph_view, panel.rows[0], monkeypatch, copy=True)
    assert counts(panel) == [1, 2, 1]
    carry(panel.rows[2].cells[0].glyph_view, panel.query_pad, monkeypatch)
    assert len(panel.task.queries) == 3
    carry(panel.query_pad.glyph_view, panel.rows[2], monkeypatch)
    assert counts(panel) == [1, 2, 2]
    for _ in range(panel.undo_stack.count()):
        QTest.keyClick(panel.query_pad.canvas, Qt.Key.Key_Z, CTRL)
    assert panel.task.is_blank


def test_an_image_of_another_program_and_a_folder_of_classes(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    panel = window.adaptation_panel
    gray = np.full((80, 80), 255, np.uint8)
    gray[10:70, 35:45] = 0
    QApplication.clipboard().setImage(QImage(gray.tobytes(), 80, 80, 80, QImage.Format.Format_Grayscale8).copy())
    QTest.keyClick(panel.rows[0].cells[0].canvas, Qt.Key.Key_V, CTRL)
    picture = panel.task.classes[0].sketches[0].picture
    assert picture is not None
    assert (picture[40, 40], picture[5, 5]) == (0, 255)

    for name in ("bar", "beam"):
        (tmp_path / "signs" / name).mkdir(parents=True)
        for number in range(2):
            Image.fromarray(np.roll(gray, 5 * number, axis=1)).save(tmp_path / "signs" / name / f"{number}.png")
    drop(panel.grid.viewport(), tmp_path / "signs")
    qtbot.waitUntil(lambda: len(panel.task.classes) == 3 and panel.task.classes[1].name == "bar", timeout=60_000)
    assert [(drawn.name, len(drawn.sketches)) for drawn in panel.task.classes] == [("A", 1), ("bar", 2), ("beam", 2)]
    assert not panel.message_bar.text  # how far it had come is no longer said
    QTest.keyClick(panel.query_pad.canvas, Qt.Key.Key_Z, CTRL)
    assert counts(panel) == [1, 0, 0]


def test_a_sheet_is_cut_put_right_and_taken_row_by_row(
    window: MainWindow, qtbot: QtBot, people: list[list[Drawing]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, (o, x, m) = window.adaptation_panel, people
    rendered = render([o[:5], x[:5], m[:5]], np.random.default_rng(0), angle=1)
    Image.fromarray(rendered.picture).save(tmp_path / "sheet.png")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "sheet.png"), ""))
    QTest.keyClick(panel.query_pad.canvas, Qt.Key.Key_D, CTRL | SHIFT)
    qtbot.waitUntil(lambda: bool(panel.findChildren(SheetDialog)), timeout=60_000)
    (dialog,) = panel.findChildren(SheetDialog)
    assert [len(row) for row in dialog.view.rows] == [5, 5, 5]
    last = dialog.view.rows[0][-1]
    QTest.mouseClick(dialog.view, Qt.MouseButton.LeftButton, pos=dialog.view.place_of(last).center())
    QTest.keyClick(dialog.view, Qt.Key.Key_Delete)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    QTest.mouseClick(ok, Qt.MouseButton.LeftButton)
    assert counts(panel) == [4, 5, 5]
    assert panel.undo_stack.count() == 1

    right = 0
    for row, character in enumerate((o, x, m)):
        for drawing in character[10:12]:
            QTest.keyClick(panel.query_pad.canvas, Qt.Key.Key_Delete)
            draw(panel.query_pad.canvas, *drawing)
            settle(panel, qtbot)
            right += likeliest(panel) == row
    assert right == 6  # what was cut from a sheet teaches as drawings do


def test_the_pens_other_end_and_the_eraser_in_hand(window: MainWindow) -> None:
    panel = window.adaptation_panel
    canvas = panel.query_pad.canvas
    pen(canvas, [(20, 50), (85, 50)], 0.3)
    pen(canvas, [(50, 30), (50, 70)], eraser=True)
    assert len(panel.task.query.sketch.strokes) == 2
    QTest.keyClick(canvas, Qt.Key.Key_E)
    draw(canvas, [(30, 40), (30, 60)])
    assert len(panel.task.query.sketch.strokes) == 3
    QTest.keyClick(canvas, Qt.Key.Key_E)
    draw(canvas, [(30, 40), (30, 60)])
    assert len(panel.task.query.sketch.strokes) == 4
    assert panel.undo_stack.undoText() == "stroke in the query"
