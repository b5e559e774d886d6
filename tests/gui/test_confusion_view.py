from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import NONE_OF_THESE, DrawnClass, Query, Sketch, Task
from metagui.gui.confusion_view import ConfusionView
from metagui.learn.adaptation import AdaptationStep
from tests.gui.hands import BAR, RING

SETTINGS = GlyphSettings()
A_BAR, A_RING = (Sketch((np.array(points, np.float32),)) for points in (BAR, RING))
# The class in the middle has no drawing, and takes no part.
CLASSES = (DrawnClass("bar", (A_BAR,)), DrawnClass("none"), DrawnClass("ring", (A_RING,)))
TASK = Task(CLASSES, tuple(Query(A_BAR, label) for label in (0, 0, 2, 2, None, 1)))


def step(*winners: int) -> AdaptationStep:
    return AdaptationStep(1, 0.5, 1.0, None, np.eye(2, dtype=np.float32)[list(winners)])


@pytest.fixture
def view(qtbot: QtBot) -> ConfusionView:
    view = ConfusionView()
    qtbot.addWidget(view)
    view.resize(400, 260)
    view.show()
    return view


def click(view: ConfusionView, row: int, column: int) -> None:
    place = view.table.visualItemRect(view.table.item(row, column)).center()
    QTest.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_labelled_queries_are_counted(view: ConfusionView) -> None:
    view.show_answer(TASK, step(0, 1, 1, 1, 0, 0), SETTINGS)
    assert view.counts.tolist() == [[1, 1], [0, 2]]
    assert "3 of 4 right (75 %)" in view.heading.text()
    assert view.table.verticalHeaderItem(1).text() == "ring"
    assert view.table.item(0, 1).text() == "1"
    assert view.table.item(1, 0).text() == ""


def test_a_cell_opens_the_drawings_behind_it_and_they_lead_to_the_query(view: ConfusionView) -> None:
    view.show_answer(TASK, step(0, 1, 1, 1, 0, 0), SETTINGS)
    assert not view.drawings.isVisible()
    chosen: list[int] = []
    view.place_chosen.connect(chosen.append)
    click(view, 1, 1)
    assert view.drawings.isVisible()
    assert view.drawings.count() == 2
    place = view.drawings.visualItemRect(view.drawings.item(1)).center()
    QTest.mouseClick(view.drawings.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [3]
    view.show_answer(TASK, step(0, 1, 1, 0, 0, 0), SETTINGS)  # at another step
    assert view.drawings.count() == 1


def test_where_none_of_these_can_be_said_it_has_a_row_and_a_column(view: ConfusionView) -> None:
    task = replace(TASK, queries=tuple(Query(A_BAR, label) for label in (0, 0, 2, NONE_OF_THESE, NONE_OF_THESE, None)))
    known = np.array([0.9, 0.1, 0.9, 0.2, 0.8, 0.1], np.float32)
    view.show_answer(task, replace(step(0, 0, 1, 0, 1, 0), known=known), SETTINGS)
    assert view.counts.tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 1]]
    assert "3 of 5 right (60 %)" in view.heading.text()
    assert view.table.verticalHeaderItem(2).text() == "none"
    assert view.table.item(2, 1).toolTip() == "1 of 2 queries of None of these taken for ring"
    click(view, 2, 2)
    assert [view.drawings.item(0).data(Qt.ItemDataRole.UserRole)] == [3]
    view.show_answer(TASK, replace(step(0, 1, 1, 1, 0, 0), known=np.full(6, 0.9, np.float32)), SETTINGS)
    assert view.counts.tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]  # it could be said
    view.show_answer(task, step(0, 0, 1, 0, 1, 0), SETTINGS)  # by a network that can't say so
    assert view.counts.tolist() == [[2, 0, 0], [0, 1, 0], [1, 1, 0]]


def test_without_a_label_it_says_what_to_do(view: ConfusionView) -> None:
    view.show_answer(TASK, step(0, 1, 1, 1, 0, 0), SETTINGS)
    view.show_answer(Task(CLASSES, (Query(A_BAR),)), step(0), SETTINGS)
    assert not view.table.isVisible()
    view.show_answer(Task(CLASSES), step(), SETTINGS)
    assert not view.table.isVisible()


def test_other_classes_make_another_matrix(view: ConfusionView) -> None:
    view.show_answer(TASK, step(0, 1, 1, 1, 0, 0), SETTINGS)
    click(view, 0, 0)
    three = Task(tuple(DrawnClass(name, (A_BAR,)) for name in "abc"), (Query(A_BAR, 2),))
    view.show_answer(three, AdaptationStep(1, 0.5, 1.0, None, np.eye(3, dtype=np.float32)[[2]]), SETTINGS)
    assert view.counts.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert view.drawings.count() == 0
