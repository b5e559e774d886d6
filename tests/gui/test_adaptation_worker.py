from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from metagui.data.task import Task
from metagui.gui.adaptation_worker import AdaptationAnswer, AdaptationRequest, AdaptationWorker
from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import Checkpoint

IMAGES = np.random.default_rng(0).random((6, 1, 28, 28), dtype=np.float32)
LABELS = np.array([0, 0, 1, 1])


def request(checkpoint: Checkpoint, generation: int = 0, query: int = 4, support: int = 0) -> AdaptationRequest:
    images = np.roll(IMAGES[:4], support, axis=0).copy()
    return AdaptationRequest(generation, checkpoint, Task(), images, LABELS, IMAGES[query : query + 1], None, 3)


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.answers: list[AdaptationAnswer] = []
        self.errors: list[Exception] = []

    @Slot(object)
    def take(self, answer: AdaptationAnswer) -> None:
        if answer.is_complete:
            self.answers.append(answer)

    @Slot(object, object)
    def take_error(self, _: AdaptationRequest, error: Exception) -> None:
        self.errors.append(error)


@pytest.fixture
def listener(qtbot: QtBot) -> Listener:
    return Listener()


@pytest.fixture
def worker(listener: Listener) -> Iterator[AdaptationWorker]:
    worker = AdaptationWorker()
    worker.answered.connect(listener.take)
    worker.failed.connect(listener.take_error)
    worker.start()
    yield worker
    worker.stop()
    assert worker.wait(60_000)


@pytest.mark.parametrize("change", [{}, {"query": 5}, {"support": 1}])
def test_what_is_remembered_changes_no_answer(
    worker: AdaptationWorker, listener: Listener, qtbot: QtBot, checkpoint: Checkpoint, change: dict[str, int]
) -> None:
    worker.ask(request(checkpoint))
    qtbot.waitUntil(lambda: len(listener.answers) == 1, timeout=60_000)
    wanted = request(checkpoint, **change)
    worker.ask(wanted)
    qtbot.waitUntil(lambda: len(listener.answers) == 2, timeout=60_000)
    expected = adapt_steps(checkpoint.learner(), wanted.support, wanted.labels, wanted.query, None, 3)
    for got, step in zip(listener.answers[1].steps, expected, strict=True):
        assert got.support_loss == pytest.approx(step.support_loss, abs=1e-5)
        np.testing.assert_allclose(got.query_probabilities, step.query_probabilities, atol=1e-5)


def test_the_newest_request_takes_the_place_of_one_that_waits(
    worker: AdaptationWorker, listener: Listener, qtbot: QtBot, checkpoint: Checkpoint
) -> None:
    for generation in range(10):
        worker.ask(request(checkpoint, generation, support=generation % 4))
    qtbot.waitUntil(lambda: any(one.request.generation == 9 for one in listener.answers), timeout=60_000)
    assert len(listener.answers) < 5


def test_after_a_failure_it_goes_on(
    worker: AdaptationWorker, listener: Listener, qtbot: QtBot, checkpoint: Checkpoint
) -> None:
    worker.ask(AdaptationRequest(0, checkpoint, Task(), IMAGES[:4, :, :8], LABELS, IMAGES[:1], None, 3))
    qtbot.waitUntil(lambda: len(listener.errors) == 1, timeout=60_000)
    worker.ask(request(checkpoint))
    qtbot.waitUntil(lambda: len(listener.answers) == 1, timeout=60_000)
