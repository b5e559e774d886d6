import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from metagui.data.task import DrawnClass, Query, Sketch, Task
from metagui.gui.lanes_view import LaneState, LanesView
from metagui.learn.adaptation import AdaptationStep
from tests.gui.hands import BAR, RING

A_BAR, A_RING = (Sketch((np.array(points, np.float32),)) for points in (BAR, RING))
CLASSES = (DrawnClass("bar", (A_BAR,)), DrawnClass("ring", (A_RING,)))
TASK = Task(CLASSES, (Query(A_BAR, 0), Query(A_RING, 1)))


def step(number: int, sure: float) -> AdaptationStep:
    table = np.array([[sure, 1 - sure], [sure, 1 - sure]], np.float32)
    return AdaptationStep(number, 1.0, 1.0, None, table)


def right(number: int) -> AdaptationStep:
    return AdaptationStep(number, 1.0, 1.0, None, np.array([[0.7, 0.3], [0.3, 0.7]], np.float32))


# The first learns that the queries are rings, half of which is wrong; the second takes no step.
OWN = LaneState("own", "its summary", TASK, (step(0, 0.6), step(1, 0.4), step(2, 0.1)))
OTHER = LaneState("other", "", TASK, (step(0, 0.9),))


@pytest.fixture
def view(qtbot: QtBot) -> LanesView:
    view = LanesView()
    qtbot.addWidget(view)
    view.resize(420, 260)
    view.show()
    return view


def row(view: LanesView, number: int) -> list[str]:
    return [view.table.item(number, column).text() for column in range(4)]


def test_a_single_lane_asks_for_another(view: LanesView) -> None:
    view.show_lanes([OWN], is_full=False)
    assert not view.table.isVisible()
    assert view.add_button.isEnabled()


def test_each_lane_tells_what_it_names_and_how_many_are_right(view: LanesView) -> None:
    view.show_lanes([OWN, OTHER], is_full=False)
    view.show_step(2)
    assert row(view, 0) == ["● own", "50 %", "50 % after 0", "✗ ring · 90 %"]
    assert row(view, 1) == ["● other", "50 %", "50 %", "✓ bar · 90 %"]
    view.show_step(0)
    assert row(view, 0)[3] == "✓ bar · 60 %"
    assert view.table.item(0, 0).toolTip() == "own: its summary"


def test_a_lane_that_takes_more_steps_is_shown_after_its_last_where_the_own_network_is(view: LanesView) -> None:
    rising = (step(0, 0.6), step(1, 0.5), right(2))
    view.show_lanes([OTHER, LaneState("slow", "", TASK, rising)], is_full=False)
    view.show_step(0)  # the only one of the panel's network
    assert row(view, 1) == ["● slow", "100 %", "100 % after 2", "✓ bar · 70 %"]
    view.show_lanes([OWN, LaneState("slow", "", TASK, (*rising, right(3)))], is_full=False)
    view.show_step(1)
    assert row(view, 1)[1] == "50 %"
    assert view._marker.value() == 1
    view.show_step(2)
    assert view._marker.value() == 3


def test_where_no_query_is_labelled_an_episode_is_offered(view: LanesView) -> None:
    unlabelled = Task(CLASSES, (Query(A_BAR), Query(A_RING)))
    told: list[str] = []
    view.deal_clicked.connect(lambda: told.append("deal"))
    view.show_lanes([LaneState("a", "", unlabelled, OWN.steps), LaneState("b", "", unlabelled, OTHER.steps)], False)
    assert "nothing can be counted" in view.note.text()
    assert not view.plot.isVisible()
    QTest.mouseClick(view.deal_button, Qt.MouseButton.LeftButton)
    assert told == ["deal"]
    view.show_lanes([OWN, OTHER], is_full=False)
    assert "Of the 2 queries of a known class" in view.note.text()
    assert view.plot.isVisible()
    assert not view.deal_button.isVisible()


def test_a_lane_that_diverged_says_so(view: LanesView) -> None:
    view.show_lanes([OWN, LaneState("wild", "", TASK, (step(0, 0.5), step(1, float("nan"))))], is_full=False)
    view.show_step(2)
    assert row(view, 1)[3] == "diverged: take fewer inner steps"


def test_accuracy_over_the_steps_goes_on_where_a_lane_has_ended(view: LanesView) -> None:
    view.show_lanes([OWN, OTHER], is_full=False)
    x, y = view._curves[1].points
    assert x.tolist() == [0, 1, 2]
    assert y.tolist() == [0.5] * 3
    view.show_lanes([OWN], is_full=False)
    assert len(view._curves) == 1


def test_what_keeps_a_lane_from_answering_is_told(view: LanesView) -> None:
    view.show_lanes([OWN, LaneState("other", "", Task(), (), "It serves five classes.")], is_full=False)
    assert row(view, 1) == ["● other", "–", "–", "It serves five classes."]


def test_lanes_are_asked_for_and_removed(view: LanesView) -> None:
    told: list[object] = []
    view.worth_clicked.connect(lambda: told.append("worth"))
    view.remove_clicked.connect(told.append)
    view.show_lanes([OWN, OTHER, OTHER], is_full=False)
    QTest.mouseClick(view.worth_button, Qt.MouseButton.LeftButton)
    remove = view.table.cellWidget(2, 4)
    assert isinstance(remove, QToolButton)
    QTest.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert told == ["worth", 1]
    view.show_lanes([OWN, OTHER, OTHER, OTHER], is_full=True)
    assert not view.worth_button.isEnabled()
