from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import Sketch, Task
from metagui.gui.sketch_mime import Carried, carried_by, local_files, mime_of
from metagui.gui.support_grid import SupportGrid
from metagui.learn.adaptation import AdaptationStep, Inside
from tests.gui.hands import BAR, draw, drop_data

SETTINGS = GlyphSettings()


class Keeper:
    """Shows each task that the grid tells, as the panel does."""

    def __init__(self, grid: SupportGrid) -> None:
        self.grid = grid
        self.told: list[tuple[Task, str]] = []
        grid.task_changed.connect(self.take)
        grid.show_task(Task(), SETTINGS)

    def take(self, task: Task, what: str) -> None:
        self.told.append((task, what))
        self.grid.show_task(task, SETTINGS)


@pytest.fixture
def keeper(qtbot: QtBot) -> Keeper:
    grid = SupportGrid()
    qtbot.addWidget(grid)
    keeper = Keeper(grid)
    grid.resize(500, 600)
    with qtbot.waitActive(grid):
        grid.show()
        grid.activateWindow()
    return keeper


def names(grid: SupportGrid) -> list[str]:
    return [row.name_edit.text() for row in grid.rows]


def click(grid: SupportGrid, row: int, text: str) -> None:
    (button,) = (one for one in grid.rows[row].findChildren(QToolButton) if one.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_there_is_a_row_for_each_class_from_top_to_bottom(keeper: Keeper, qtbot: QtBot) -> None:
    grid = keeper.grid
    for count in (3, 5, 2, 4):
        grid.show_task(Task().with_class_count(count), SETTINGS)
        assert names(grid) == ["A", "B", "C", "D", "E"][:count]
        qtbot.waitUntil(lambda: len({row.y() for row in grid.rows}) == len(grid.rows), timeout=30_000)
        assert sorted(grid.rows, key=lambda row: row.y()) == grid.rows


def test_a_stroke_changes_its_own_class_alone(keeper: Keeper) -> None:
    before = Task()
    keeper.grid.show_task(before, SETTINGS)
    draw(keeper.grid.rows[1].cells[0].canvas, BAR)
    ((task, what),) = keeper.told
    assert what == "stroke in B"
    assert task.drawn_rows == (1,)
    assert task.classes[0] is before.classes[0]
    assert task.classes[2] is before.classes[2]


def test_a_class_is_removed_with_its_drawings(keeper: Keeper) -> None:
    draw(keeper.grid.rows[2].cells[0].canvas, BAR)
    kept = keeper.told[-1][0].classes[2]
    click(keeper.grid, 1, "Remove")
    task, what = keeper.told[-1]
    assert what == "remove class B"
    assert names(keeper.grid) == ["A", "C"]
    assert task.classes[1] is kept
    assert keeper.grid.rows[1].cells[0].canvas.sketch is kept.sketches[0]


def test_a_name_being_edited_goes_with_its_class(keeper: Keeper) -> None:
    edit = keeper.grid.rows[2].name_edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "ring")
    QTest.keyClick(edit, Qt.Key.Key_Delete, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert [what for _, what in keeper.told] == ["remove class C"]
    assert names(keeper.grid) == ["A", "B"]


def test_a_name_being_edited_is_settled_before_files_are_asked_for(keeper: Keeper) -> None:
    names_then = []
    keeper.grid.load_clicked.connect(lambda row: names_then.append(keeper.told[-1][0].classes[row].name))
    edit = keeper.grid.rows[1].name_edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "ring")
    QTest.keyClick(edit, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert names_then == ["ring"]


def test_files_are_for_the_row_that_they_were_asked_for_in(keeper: Keeper, tmp_path: Path) -> None:
    rows, drops = [], []
    keeper.grid.load_clicked.connect(rows.append)
    keeper.grid.offered.connect(lambda row, offer: drops.append((row, local_files(offer.data))))
    click(keeper.grid, 0, "Remove")  # the rows after it have moved up
    click(keeper.grid, 1, "Load images…")
    assert rows == [1]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png")), QUrl("https://example.org/b.png")])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(keeper.grid.rows[1], QDragEnterEvent(QPoint(5, 5), copy, data, left, none))
    QApplication.sendEvent(keeper.grid.rows[1], QDropEvent(QPointF(5, 5), copy, data, left, none))
    assert drops == [(1, [tmp_path / "a.png"])]


def test_drawings_are_dropped_on_a_class_or_beside_them(keeper: Keeper) -> None:
    told: list[tuple[int | None, str]] = []
    keeper.grid.offered.connect(lambda row, offer: told.append((row, carried_by(offer.data).name)))
    sketch = Sketch((np.array(BAR, np.float32),))
    drop_data(keeper.grid.rows[2], mime_of(Carried((sketch,), "on the third")))
    drop_data(keeper.grid.viewport(), mime_of(Carried((sketch,), "beside")))
    drop_data(keeper.grid.viewport(), QMimeData())
    assert told == [(2, "on the third"), (None, "beside")]


def test_a_drawing_is_switched_by_its_class_and_place(keeper: Keeper) -> None:
    draw(keeper.grid.rows[1].cells[0].canvas, BAR)
    draw(keeper.grid.rows[1].cells[1].canvas, BAR)
    keeper.grid.toggle(1, 1)
    task, what = keeper.told[-1]
    assert [sketch.is_active for sketch in task.classes[1].sketches] == [True, False]
    assert what == "switch a drawing of B off"


def test_each_drawing_has_the_verdict_of_the_step_until_it_is_another_one(keeper: Keeper) -> None:
    for row in (0, 1):
        draw(keeper.grid.rows[row].cells[0].canvas, BAR)
    task, _ = keeper.told[-1]
    inside = Inside(support_probabilities=np.array([[0.9, 0.1], [0.7, 0.3]], np.float32))
    step = AdaptationStep(1, 0.5, 0.5, None, np.empty((0, 2), np.float32), inside)
    keeper.grid.show_step(task, step)
    cells = [row.cells[0].own_probability for row in keeper.grid.rows]
    assert [cell.verdict and cell.verdict.is_right for cell in cells] == [True, False, None]
    assert "wrong: its own class has 30 %" in cells[1].toolTip()
    draw(keeper.grid.rows[0].cells[0].canvas, BAR[3:])
    assert [cell.verdict is None for cell in cells] == [True, False, True]
    keeper.grid.show_step(Task(), None)
    assert [cell.verdict for cell in cells] == [None] * 3
