from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDrag
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import NONE_OF_THESE, DrawnClass, Query, Sketch, Task
from metagui.gui.drop_target import DropTarget, Offer
from metagui.gui.query_strip import QueryStrip
from metagui.gui.sketch_mime import Carried, carried_by, mime_of
from metagui.learn.adaptation import AdaptationStep
from tests.gui.hands import BAR, RING, drop_data

SETTINGS = GlyphSettings()
A_BAR, A_RING = (Sketch((np.array(points, np.float32),)) for points in (BAR, RING))
DRAWN = tuple(DrawnClass(name, (A_BAR,)) for name in ("bar", "ring"))
TASK = Task(DRAWN, (Query(A_BAR, 0), Query(A_RING, 1), Query(A_RING)))
# All three are taken for bars.
STEP = AdaptationStep(1, 0.5, 1.0, None, np.array([[0.9, 0.1]] * 3, np.float32))


@pytest.fixture
def strip(qtbot: QtBot) -> QueryStrip:
    strip = QueryStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 60)
    return strip


def test_it_is_there_for_several_queries_alone(strip: QueryStrip) -> None:
    strip.show_task(Task(DRAWN, TASK.queries[:1]), SETTINGS)
    assert strip.isHidden()
    strip.show_task(TASK, SETTINGS)
    assert not strip.isHidden()
    assert strip.count() == 3
    assert strip.currentRow() == 0


def test_each_query_tells_whether_it_was_named_right(strip: QueryStrip) -> None:
    strip.show_task(TASK, SETTINGS)
    strip.show_verdicts(TASK, STEP)
    assert strip.marks == [True, False, None]
    assert [strip.item(row).toolTip() for row in range(3)] == [
        "Query 1: bar (90 %), right",
        "Query 2: bar (90 %), wrong (it is ring)",
        "Query 3: bar (90 %)",
    ]


def test_marks_and_probabilities_are_those_of_the_step(strip: QueryStrip) -> None:
    strip.show_task(TASK, SETTINGS)
    strip.show_verdicts(TASK, STEP)
    right = strip.item(0).icon().pixmap(34, 34).toImage()
    strip.show_verdicts(TASK, AdaptationStep(2, 0.5, 1.0, None, STEP.query_probabilities[:, ::-1]))
    assert strip.item(0).toolTip() == "Query 1: ring (90 %), wrong (it is bar)"
    assert strip.item(0).icon().pixmap(34, 34).toImage() != right
    strip.show_verdicts(TASK, STEP)
    assert strip.item(0).icon().pixmap(34, 34).toImage() == right


def test_a_query_of_none_of_the_classes_is_marked_as_well(strip: QueryStrip) -> None:
    task = Task(DRAWN, tuple(Query(A_BAR, label) for label in (0, NONE_OF_THESE, NONE_OF_THESE)))
    strip.show_task(task, SETTINGS)
    strip.show_verdicts(task, replace(STEP, known=np.array([0.1, 0.1, 0.9], np.float32)))
    assert strip.marks == [False, True, False]
    assert strip.item(0).toolTip() == "Query 1: None of these (90 %), wrong (it is bar)"
    assert strip.item(2).toolTip() == "Query 3: bar (81 %), wrong (it is None of these)"


def test_marks_look_different(strip: QueryStrip) -> None:
    strip.show_task(Task(DRAWN, (Query(A_BAR, 0), Query(A_BAR, 1))), SETTINGS)
    strip.show_verdicts(Task(DRAWN, (Query(A_BAR, 0), Query(A_BAR, 1))), AdaptationStep(
        1, 0.5, 1.0, None, STEP.query_probabilities[:2]))  # fmt: skip
    first, second = (strip.item(row).icon().pixmap(34, 34).toImage() for row in (0, 1))
    assert first != second


def test_a_click_and_the_arrows_choose_a_query(strip: QueryStrip) -> None:
    chosen: list[int] = []
    strip.place_chosen.connect(chosen.append)
    strip.show_task(TASK, SETTINGS)
    assert not chosen
    strip.show()
    QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=strip.visualItemRect(strip.item(2)).center())
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert chosen == [2, 1]


def test_a_new_query_that_is_still_empty_leaves_none_chosen(strip: QueryStrip) -> None:
    strip.show_task(TASK.showing(3), SETTINGS)
    assert strip.currentRow() == -1


def test_a_picture_without_ink_has_a_place_all_the_same(strip: QueryStrip) -> None:
    blank = Query(Sketch(picture=np.full((40, 40), 255, np.uint8)))
    strip.show_task(Task(DRAWN, (*TASK.queries, blank)), SETTINGS)
    assert strip.count() == 4


def test_a_query_is_dragged_as_a_copy(strip: QueryStrip, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    strip.show_task(TASK, SETTINGS)
    target = QWidget()
    qtbot.addWidget(target)
    offers: list[Offer] = []
    DropTarget(target, moves=True).dropped.connect(offers.append)
    monkeypatch.setattr(QDrag, "exec", lambda drag, actions, _: drop_data(target, drag.mimeData(), actions))
    strip.setCurrentRow(1)
    strip.startDrag(Qt.DropAction.CopyAction)
    assert not offers[0].is_move
    carried = carried_by(offers[0].data)
    assert carried is not None
    np.testing.assert_array_equal(carried.sketches[0].strokes[0], A_RING.strokes[0])


def test_drawings_are_dropped_on_it(strip: QueryStrip) -> None:
    strip.show_task(TASK, SETTINGS)
    offers: list[Offer] = []
    strip.offered.connect(offers.append)
    drop_data(strip.viewport(), mime_of(Carried((A_BAR,))))
    assert len(offers) == 1


def test_thumbnails_of_queries_that_stay_are_not_made_anew(strip: QueryStrip, monkeypatch: pytest.MonkeyPatch) -> None:
    strip.show_task(TASK, SETTINGS)
    made: list[int] = []
    mark = strip._mark
    monkeypatch.setattr(strip, "_mark", lambda row: (made.append(row), mark(row)))
    strip.show_task(replace(TASK, queries=(TASK.queries[0], Query(A_BAR), TASK.queries[2])), SETTINGS)
    assert made == [1]
    strip.show_task(replace(TASK, queries=TASK.queries[1:]), SETTINGS)  # each moves up by one
    assert made == [1, 0, 1]
    strip.show_task(TASK, SETTINGS)
    assert made == [1, 0, 1, 0, 2]


def test_a_query_that_was_named_otherwise_is_told_so(strip: QueryStrip) -> None:
    strip.show_task(TASK, SETTINGS)
    strip.show_verdicts(TASK, STEP)
    assert strip.item(0).toolTip() == "Query 1: bar (90 %), right"
    strip.show_verdicts(TASK, replace(STEP, query_probabilities=np.array([[0.2, 0.8]] * 3, np.float32)))
    assert strip.item(0).toolTip() == "Query 1: ring (80 %), wrong (it is bar)"
