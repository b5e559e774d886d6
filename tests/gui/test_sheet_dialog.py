import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from metagui.data.placing import AS_CLASSES, AS_QUERIES
from metagui.data.sheet import read_sheet
from metagui.data.task import Task
from metagui.gui.sheet_dialog import SheetDialog

OK = QDialogButtonBox.StandardButton.Ok


def page() -> np.ndarray:
    """Two rows: an i with its dot and an L; then a bar."""
    image = Image.new("L", (600, 400), 240)
    pen = ImageDraw.Draw(image)
    for line in ([(100, 100), (100, 180)], [(98, 70), (102, 70)], [(300, 100), (300, 180), (340, 180)],
                 [(100, 280), (180, 280)]):  # fmt: skip
        pen.line(line, fill=30, width=6)
    return np.asarray(image)


@pytest.fixture
def dialog(qtbot: QtBot) -> SheetDialog:
    dialog = SheetDialog(read_sheet(page()), "page.png", Task())
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_sheet_is_shown_as_it_would_be_cut(dialog: SheetDialog) -> None:
    assert [len(row) for row in dialog.view.rows] == [2, 1]
    assert dialog.count.text() == "3 characters in 2 rows"
    assert not dialog.undo.isEnabled()


def test_the_slider_joins_and_parts(dialog: SheetDialog) -> None:
    dialog.slider.setFocus()
    QTest.keyClick(dialog.slider, Qt.Key.Key_Home)
    assert dialog.count.text() == "4 characters in 3 rows"
    QTest.keyClick(dialog.slider, Qt.Key.Key_End)
    assert dialog.count.text() == "1 character in 1 row"


def test_corrections_are_undone_and_done_again(dialog: SheetDialog) -> None:
    (first, _), _ = dialog.view.rows
    QTest.mouseClick(dialog.view, Qt.MouseButton.LeftButton, pos=dialog.view.place_of(first).center())
    dialog.remove.trigger()
    assert dialog.count.text() == "2 characters in 2 rows"
    for _ in range(2):
        dialog.view._choose({box for row in dialog.view.rows for box in row})
        dialog.remove.trigger()
    assert dialog.count.text() == "No characters"
    assert not dialog.buttons.button(OK).isEnabled()
    dialog.undo.trigger()
    dialog.undo.trigger()
    assert dialog.count.text() == "3 characters in 2 rows"
    dialog.redo.trigger()
    assert dialog.count.text() == "2 characters in 2 rows"
    assert dialog.redo.isEnabled()


@pytest.mark.parametrize("destination", [AS_CLASSES, AS_QUERIES, 1])
def test_what_is_cut_is_told_with_its_place(dialog: SheetDialog, qtbot: QtBot, destination: int) -> None:
    dialog.place_box.setCurrentIndex(dialog.place_box.findData(destination))
    with qtbot.waitSignal(dialog.sketches_cut) as told:
        QTest.mouseClick(dialog.buttons.button(OK), Qt.MouseButton.LeftButton)
    rows, place = told.args
    assert place == destination
    assert [[sketch.origin for sketch in row] for row in rows] == [["page.png"] * 2, ["page.png"]]
    assert all((sketch.picture < 128).any() for row in rows for sketch in row)


def test_cancelling_tells_nothing(dialog: SheetDialog, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(dialog.sketches_cut):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isHidden()
