from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from metagui.data.animation import Frame
from metagui.data.glyph import GlyphSettings
from metagui.data.task import DrawnClass, Query, Sketch, Task, query_arrays, support_arrays
from metagui.gui.adaptation_worker import AdaptationAnswer, AdaptationRequest
from metagui.gui.step_film import WIDTH, StepFilm, frame_milliseconds
from metagui.learn.adaptation import AdaptationStep
from metagui.learn.checkpoint import Checkpoint
from tests.gui.hands import BAR, RING

A_BAR, A_RING = (Sketch((np.array(points, np.float32),)) for points in (BAR, RING))
CLASSES = (DrawnClass("bar", (A_BAR,)), DrawnClass("ring", (A_RING,)))
SETTINGS = GlyphSettings()

MakeFilm = Callable[[Task], list[Frame]]


@pytest.fixture
def make_film(qtbot: QtBot, checkpoint: Checkpoint) -> MakeFilm:
    def make(task: Task) -> list[Frame]:
        window = QWidget()
        qtbot.addWidget(window)
        sure = (0.5, 0.7, 0.99)
        tables = [np.array([[share, 1 - share]] * len(task.queries), np.float32).reshape(-1, 2) for share in sure]
        steps = tuple(AdaptationStep(number, 1 - share, share, None, table)
                      for number, (share, table) in enumerate(zip(sure, tables, strict=True)))  # fmt: skip
        arrays = (*support_arrays(task, SETTINGS), *query_arrays(task, SETTINGS))
        answer = AdaptationAnswer(AdaptationRequest(1, checkpoint, task, *arrays, 2), steps, True)
        drawn: list[list[Frame]] = []
        StepFilm(answer, SETTINGS, window).drawn.connect(drawn.append)
        assert not drawn  # a frame at a time: the window is to stay alive
        qtbot.waitUntil(lambda: bool(drawn), timeout=30_000)
        return drawn[0]

    return make


def test_each_step_has_a_frame_of_the_same_size(make_film: MakeFilm) -> None:
    first, second, last = make_film(Task(CLASSES, (Query(A_BAR),)))
    assert first.shape == second.shape == last.shape
    assert first.shape[1:] == (WIDTH, 3)
    assert (first != second).any()
    assert (second != last).any()
    left, right = slice(16, 16 + 176), slice(16 + 176 + 16, WIDTH - 16)
    assert (first[40:200, left] == last[40:200, left]).all()  # the drawing stands still
    assert (first[40:200, right] != last[40:200, right]).any()  # and the bars grow


def test_without_a_query_there_are_curves_alone(make_film: MakeFilm) -> None:
    with_query, without = make_film(Task(CLASSES, (Query(A_BAR),))), make_film(Task(CLASSES))
    assert without[0].shape[0] < with_query[0].shape[0] - 150
    assert (without[0] != without[2]).any()


@pytest.mark.parametrize("count", [2, 3, 6, 101])
def test_the_last_frame_is_shown_longest(count: int) -> None:
    milliseconds = frame_milliseconds(count)
    assert len(milliseconds) == count
    assert milliseconds[-1] == 3000
    assert milliseconds[-1] > max(milliseconds[:-1])
    assert all(time % 10 == 0 and time >= 40 for time in milliseconds)
    assert sum(milliseconds) < 10_000
