import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import DrawnClass, Query, Sketch, Task
from metagui.gui.adaptation_worker import AdaptationAnswer, AdaptationRequest
from metagui.gui.live_adaptation import LiveAdaptation, what_is_missing
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig

SETTINGS = GlyphSettings()
STEPS = 3


def sketch(seed: int) -> Sketch:
    points = np.random.default_rng(seed).uniform(10, 90, (6, 4))
    return Sketch((points.astype(np.float32),))


def drawn(classes: int, seed: int = 0) -> Task:
    """Three classes, of which so many are drawn, and a query."""
    return Task(
        tuple(DrawnClass("ABC"[row], (sketch(seed + row),) if row < classes else ()) for row in range(3)),
        (Query(sketch(seed + 9)),),
    )


class Live:
    """The adaptation of an untrained network, and what it has told."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.adaptation = LiveAdaptation()
        self.adaptation.checkpoint = checkpoint
        self.answers: list[AdaptationAnswer] = []
        self.missed: list[str] = []
        self.failures: list[str] = []
        self.adaptation.answered.connect(self.answers.append)
        self.adaptation.request_missed.connect(self.missed.append)
        self.adaptation.failed.connect(self.failures.append)

    def ask(self, task: Task, steps: int = STEPS) -> None:
        self.adaptation.ask(task, SETTINGS, steps)

    def ask_and_leave_the_answer_undelivered(self, task: Task) -> None:
        """The answer has been posted to this thread, which has handled no event since."""
        worker, posted = self.adaptation._worker, threading.Event()
        work = worker._work

        def work_and_note(request: AdaptationRequest) -> None:
            work(request)
            posted.set()

        worker._work = work_and_note  # type: ignore[method-assign]
        self.ask(task)
        assert posted.wait(60)
        assert not self.answers

    def wait(self, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: self.adaptation.is_settled, timeout=60_000)


@pytest.fixture
def live(qtbot: QtBot, checkpoint: Checkpoint) -> Iterator[Live]:
    live = Live(checkpoint)
    yield live
    live.adaptation.shut_down()


def test_what_is_missing_is_said_one_thing_at_a_time(checkpoint: Checkpoint) -> None:
    fixed = replace(checkpoint, config=TrainingConfig(head="fixed", way=3))
    assert "no network" in what_is_missing(drawn(0), None)
    assert "two classes" in what_is_missing(drawn(1), checkpoint)
    off = drawn(3).with_class(0, drawn(3).classes[0].toggled(0))
    assert what_is_missing(off, checkpoint) == ""
    assert "switched on" in what_is_missing(off.with_class(1, off.classes[1].toggled(0)), checkpoint)
    assert "exactly 3 classes; 2 have" in what_is_missing(drawn(2), fixed)
    assert what_is_missing(drawn(3), fixed) == what_is_missing(drawn(2), checkpoint) == ""


def test_the_answer_is_to_the_task_with_all_its_steps(live: Live, qtbot: QtBot) -> None:
    task = drawn(2)
    assert live.adaptation.is_settled
    live.ask(task)
    assert not live.adaptation.is_settled
    live.wait(qtbot)
    answer = live.answers[-1]
    assert answer.request.task is task
    assert [step.step for step in answer.steps] == [0, 1, 2, 3]
    assert answer.steps[0].query_probabilities.shape == (1, 2)
    assert not live.missed + live.failures


def test_an_answer_on_its_way_is_dropped_for_a_newer_request(live: Live, qtbot: QtBot) -> None:
    live.ask_and_leave_the_answer_undelivered(drawn(2, seed=1))
    newest = drawn(3, seed=2)
    live.ask(newest)
    live.wait(qtbot)
    assert {id(answer.request.task) for answer in live.answers} == {id(newest)}


def test_an_answer_on_its_way_is_dropped_when_too_little_is_left(live: Live, qtbot: QtBot) -> None:
    live.ask_and_leave_the_answer_undelivered(drawn(2))
    live.ask(drawn(1))
    assert live.adaptation.is_settled
    assert "two classes" in live.missed[-1]
    live.ask(drawn(3))
    live.wait(qtbot)
    assert {answer.request.task.drawn_rows for answer in live.answers} == {(0, 1, 2)}


def test_a_picture_without_ink_is_told_and_asks_nothing_of_the_network(live: Live) -> None:
    blank = Sketch(picture=np.full((40, 40), 255, np.uint8))
    live.ask(drawn(2).with_class(2, DrawnClass("C", (blank,))))
    assert live.adaptation.is_settled
    assert "ink" in live.missed[-1]


def test_a_loss_that_is_no_number_is_told(live: Live, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    weights = {
        name: weight * np.inf if weight.is_floating_point() else weight for name, weight in checkpoint.weights.items()
    }
    live.adaptation.checkpoint = replace(checkpoint, weights=weights)
    live.ask(drawn(2))
    live.wait(qtbot)
    assert "Take fewer inner steps" in live.failures[-1]


def test_a_failure_is_told_once_and_the_next_request_is_answered(
    live: Live, qtbot: QtBot, checkpoint: Checkpoint
) -> None:
    live.adaptation.checkpoint = replace(checkpoint, weights={})
    live.ask(drawn(2))
    live.wait(qtbot)
    assert len(live.missed) == len(live.failures) == 1
    live.adaptation.checkpoint = checkpoint
    live.ask(drawn(2))
    live.wait(qtbot)
    assert live.answers[-1].is_complete


def test_it_ends_in_mid_adaptation(live: Live, qtbot: QtBot) -> None:
    live.ask(drawn(3), steps=100_000)
    qtbot.waitUntil(lambda: bool(live.answers), timeout=60_000)  # it is shown as it goes
    assert not live.answers[-1].is_complete
    assert not live.adaptation.is_settled
    live.adaptation.shut_down()
    assert live.adaptation._worker.isFinished()
