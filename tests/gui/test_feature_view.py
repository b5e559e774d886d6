import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui.feature_view import FeatureView
from metagui.learn.checkpoint import Checkpoint
from tests.gui.answers import answer_to, drawn_task


@pytest.fixture
def view(qtbot: QtBot, checkpoint: Checkpoint) -> FeatureView:
    view = FeatureView()
    qtbot.addWidget(view)
    view.resize(420, 220)
    view.show()
    view.show_answer(answer_to(drawn_task(), checkpoint, 3))
    view.show_step(0)
    return view


def at(view: FeatureView, index: int) -> QPoint:
    return view.place_of(index).toPoint()


def apart(view: FeatureView) -> int:
    """The query that is farthest from all other points: a mouse can be on no other."""
    points = np.array([view.place_of(index).toTuple() for index in range(7)])
    distances = np.linalg.norm(points[:, None] - points, axis=2) + np.eye(7) * 1e3
    return 4 + int(distances[4:].min(axis=1).argmax())


def test_points_move_with_the_steps_and_stay_inside(view: FeatureView) -> None:
    before = [view.place_of(index) for index in range(7)]
    first = view.grab().toImage()
    view.show_step(3)
    after = [view.place_of(index) for index in range(7)]
    assert before != after
    assert all(view.rect().contains(place.toPoint()) for place in (*before, *after))
    assert view.grab().toImage() != first


def test_the_means_have_the_names_of_their_classes(qtbot: QtBot, view: FeatureView, checkpoint: Checkpoint) -> None:
    before, task = view.grab().toImage(), drawn_task()
    for row, drawn in enumerate(task.classes):
        task = task.with_class(row, dataclasses.replace(drawn, name=f"{drawn.name} by another name"))
    view.show_answer(answer_to(task, checkpoint, 3))
    view.show_step(0)
    assert view.grab().toImage() != before


def test_hovering_shows_the_drawing_and_its_name(view: FeatureView) -> None:
    empty = view.grab().toImage()
    index = apart(view)
    QTest.mouseMove(view, at(view, index))
    assert view.current == index
    assert view.text.startswith(f"query {index - 3}")
    assert "named " in view.text
    assert "%" in view.accessibleDescription()
    assert view.grab().toImage() != empty
    QTest.mouseMove(view, QPoint(2, 2))
    assert view.current is None


def test_a_query_is_shown_by_a_click_and_a_drawing_of_the_support_is_not(view: FeatureView, qtbot: QtBot) -> None:
    index = apart(view)
    with qtbot.waitSignal(view.place_chosen) as chosen:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, index))
    assert chosen.args == [index - 4]
    with qtbot.assertNotEmitted(view.place_chosen):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
        QTest.keyClick(view, Qt.Key.Key_Right)
        QTest.keyClick(view, Qt.Key.Key_Return)


def test_keys_go_through_the_drawings(view: FeatureView, qtbot: QtBot) -> None:
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.text.startswith("ring, drawing 1")
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.text.startswith("ring, drawing 2")
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.current is None
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.text.startswith("query 3, bar")
    with qtbot.waitSignal(view.place_chosen) as chosen:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen.args == [2]


def test_the_current_point_goes_where_there_are_fewer(view: FeatureView, checkpoint: Checkpoint) -> None:
    QTest.keyClick(view, Qt.Key.Key_Left)
    task = dataclasses.replace(drawn_task(), queries=(), place=0)
    view.show_answer(answer_to(task, checkpoint, 0))
    view.show_step(0)
    assert view.current is None
    assert not view.grab().isNull()


def test_it_is_empty_until_there_is_an_answer(qtbot: QtBot) -> None:
    view = FeatureView()
    qtbot.addWidget(view)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.mouseMove(view, QPoint(20, 20))
    assert view.current is None
    assert not view.grab().isNull()
