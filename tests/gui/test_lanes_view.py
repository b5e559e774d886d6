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
    return [view.table.item(number, column).text() for column in range(3)]


def test_a_single_lane_asks_for_another(view: LanesView) -> None:
    view.show_lanes([OWN], is_full=False)
    assert not view.table.isVisible()
    assert view.add_button.isEnabled()


def test_each_lane_tells_what_it_names_and_how_many_are_right(view: LanesView) -> None:
    view.show_lanes([OWN, OTHER], is_full=False)
    view.show_step(2)
    assert row(view, 0) == ["own", "50 %", "✗ ring · 90 %"]
    assert row(view, 1) == ["other", "50 %", "✓ bar · 90 %"]
    view.show_step(0)
    assert row(view, 0)[2] == "✓ bar · 60 %"
    assert view.table.item(0, 0).toolTip() == "its summary"


def test_accuracy_over_the_steps_goes_on_where_a_lane_has_ended(view: LanesView) -> None:
    view.show_lanes([OWN, OTHER], is_full=False)
    x, y = view._curves[1].getData()
    assert x.tolist() == [0, 1, 2]
    assert y.tolist() == [0.5] * 3
    view.show_lanes([OWN], is_full=False)
    assert len(view._curves) == 1


def test_what_keeps_a_lane_from_answering_is_told(view: LanesView) -> None:
    view.show_lanes([OWN, LaneState("other", "", Task(), (), "It serves five classes.")], is_full=False)
    assert row(view, 1) == ["other", "–", "It serves five classes."]


def test_lanes_are_asked_for_and_removed(view: LanesView) -> None:
    told: list[object] = []
    view.worth_clicked.connect(lambda: told.append("worth"))
    view.remove_clicked.connect(told.append)
    view.show_lanes([OWN, OTHER, OTHER], is_full=False)
    QTest.mouseClick(view.worth_button, Qt.MouseButton.LeftButton)
    remove = view.table.cellWidget(2, 3)
    assert isinstance(remove, QToolButton)
    QTest.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert told == ["worth", 1]
    view.show_lanes([OWN, OTHER, OTHER, OTHER], is_full=True)
    assert not view.worth_button.isEnabled()
