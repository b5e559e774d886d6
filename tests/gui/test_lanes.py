"""Lanes by real networks on a task that is drawn."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import NONE_OF_THESE, DrawnClass, Query, Sketch, Task
from metagui.gui.lanes import MOST, Lanes, accuracies, class_labels, untrained
from metagui.learn.adaptation import AdaptationStep, adapt_steps
from metagui.learn.checkpoint import Checkpoint
from tests.gui.hands import BAR, RING

SETTINGS = GlyphSettings()
A_BAR, A_RING = (Sketch((np.array(points, np.float32),)) for points in (BAR, RING))
CLASSES = (DrawnClass("bar", (A_BAR,)), DrawnClass("none"), DrawnClass("ring", (A_RING,)))
TASK = Task(CLASSES, (Query(A_BAR, 0), Query(A_RING, 0), Query(A_RING), Query(A_RING, 1)))


@pytest.fixture
def lanes(qtbot: QtBot) -> Iterator[Lanes]:
    lanes = Lanes()
    yield lanes
    lanes.shut_down()


def test_accuracy_is_of_the_queries_whose_class_takes_part() -> None:
    table = np.eye(2, dtype=np.float32)
    steps = [
        AdaptationStep(0, 1.0, 0.5, None, table[[1, 1, 1, 1]]),
        AdaptationStep(1, 1.0, 0.5, None, table[[0, 1, 0, 0]]),
    ]
    assert accuracies(TASK, steps) == [0.0, 0.5]
    assert accuracies(Task(CLASSES, TASK.queries[2:]), [AdaptationStep(0, 1.0, 0.5, None, table)]) == []


def test_none_of_these_is_neither_asked_nor_held_against_a_network_that_says_so() -> None:
    task = Task(CLASSES, (Query(A_BAR, 0), Query(A_RING, 2), Query(A_RING, NONE_OF_THESE)))
    assert class_labels(task) == {0: 0, 1: 1}
    closed = AdaptationStep(0, 1.0, 0.5, None, np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]], np.float32))
    doubting = replace(closed, known=np.zeros(3, np.float32))
    assert set(doubting.named) == {NONE_OF_THESE}
    assert accuracies(task, [closed, doubting]) == [1.0, 1.0]


def test_each_lane_answers_as_its_learner_does(lanes: Lanes, checkpoint: Checkpoint, qtbot: QtBot) -> None:
    for other in (checkpoint, untrained()):
        lanes.add(other)
    lanes.ask(TASK, SETTINGS, 3)
    qtbot.waitUntil(lambda: lanes.is_settled, timeout=30_000)
    support = np.stack([A_BAR.glyph(SETTINGS), A_RING.glyph(SETTINGS)])
    query = np.stack([one.sketch.glyph(SETTINGS) for one in TASK.queries])
    for lane in lanes.lanes:
        assert lane.answer is not None
        steps = max(3, lane.checkpoint.config.steps_to_adapt)  # its own inner loop is not cut short
        expected = adapt_steps(lane.checkpoint.learner(), support, np.array([0, 1]), query, None, steps)
        for step, wanted in zip(lane.answer.steps, expected, strict=True):
            np.testing.assert_allclose(step.query_probabilities, wanted.query_probabilities, atol=1e-6)


def test_a_lane_without_enough_drawings_says_so(lanes: Lanes, checkpoint: Checkpoint) -> None:
    lanes.add(checkpoint)
    lanes.ask(Task(CLASSES[:2]), SETTINGS, 3)
    (lane,) = lanes.lanes
    assert "Draw an example" in lane.missing
    assert lane.answer is None


def test_a_lane_that_comes_later_answers_what_the_others_did(
    lanes: Lanes, checkpoint: Checkpoint, qtbot: QtBot
) -> None:
    lanes.ask(TASK, SETTINGS, 3)
    lanes.add(checkpoint)
    qtbot.waitUntil(lambda: lanes.is_settled, timeout=30_000)
    answer = lanes.lanes[0].answer
    assert answer is not None
    assert answer.request.task is TASK
    lanes.clear()
    lanes.add(checkpoint)
    assert lanes.is_settled  # of another session nothing has been asked yet
    assert lanes.lanes[0].answer is None


def test_there_are_four_at_most_and_one_can_go(lanes: Lanes, checkpoint: Checkpoint) -> None:
    told: list[int] = []
    lanes.changed.connect(lambda: told.append(len(lanes.lanes)))
    while not lanes.is_full:
        lanes.add(checkpoint)
    assert len(lanes.lanes) == MOST - 1  # the panel's own network is the fourth
    second = lanes.lanes[1]
    lanes.remove(0)
    assert lanes.lanes[0] is second
    assert told == [1, 2, 3, 2]


def test_all_can_go(lanes: Lanes, checkpoint: Checkpoint) -> None:
    for _ in range(2):
        lanes.add(checkpoint)
    lanes.clear()
    assert lanes.lanes == []
