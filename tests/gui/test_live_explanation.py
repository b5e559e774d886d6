import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from metagui.gui.live_explanation import ExplanationRequest, LiveExplanation
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.explanation import Explanation, explain

IMAGES = (np.random.default_rng(0).random((6, 1, 28, 28)) > 0.9).astype(np.float32)
LABELS = np.array([0, 0, 1, 1])


def request(checkpoint: Checkpoint, query: int = 4, steps: int = 1) -> ExplanationRequest:
    return ExplanationRequest(checkpoint, IMAGES[:4], LABELS, IMAGES[query], steps)


class Live:
    """Explanations of an untrained network, as they are told."""

    def __init__(self) -> None:
        self.live = LiveExplanation()
        self.told: list[Explanation] = []
        self.failures: list[str] = []
        self.live.explained.connect(self.told.append)
        self.live.failed.connect(self.failures.append)

    def wait(self, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: self.live.is_settled, timeout=60_000)


@pytest.fixture
def live(qtbot: QtBot) -> Iterator[Live]:
    live = Live()
    yield live
    live.live.shut_down()
    assert not live.live._worker.isRunning()


def test_no_thread_runs_before_someone_asks_why(live: Live) -> None:
    assert not live.live._worker.isRunning()
    assert live.live.is_settled


def test_the_last_word_is_the_complete_explanation(live: Live, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    live.live.ask(request(checkpoint))
    assert not live.live.is_settled
    live.wait(qtbot)
    *_, expected = explain(checkpoint.learner(), IMAGES[:4], LABELS, IMAGES[4], 1)
    assert live.told[-1].is_complete
    np.testing.assert_allclose(live.told[-1].influence, expected.influence, atol=1e-4)
    np.testing.assert_allclose(live.told[-1].evidence, expected.evidence, atol=1e-4)


def test_an_explanation_on_its_way_is_dropped_for_a_newer_request(
    live: Live, qtbot: QtBot, checkpoint: Checkpoint
) -> None:
    posted = threading.Event()
    work = live.live._worker._work

    def work_and_note(request: ExplanationRequest) -> None:
        work(request)
        posted.set()

    live.live._worker._work = work_and_note  # type: ignore[method-assign]
    live.live.ask(request(checkpoint))
    assert posted.wait(60)
    live.live.ask(request(checkpoint, query=5, steps=0))
    live.wait(qtbot)
    assert {len(one.winners) for one in live.told} == {1}  # none of the first request's two steps


def test_what_is_dropped_is_never_told(live: Live, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    live.live.ask(request(checkpoint, steps=100_000))
    live.live.drop()
    assert live.live.is_settled
    live.live.ask(request(checkpoint, query=5, steps=0))
    live.wait(qtbot)
    assert {len(one.winners) for one in live.told} == {1}


def test_a_failure_is_told_and_the_next_request_is_answered(live: Live, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    live.live.ask(request(replace(checkpoint, weights={})))
    live.wait(qtbot)
    assert "Why cannot be told" in live.failures[0]
    live.live.ask(request(checkpoint, steps=0))
    live.wait(qtbot)
    assert live.told[-1].is_complete


def test_requests_are_alike_where_nothing_that_matters_differs(checkpoint: Checkpoint) -> None:
    one = request(checkpoint)
    assert one.is_like(replace(one, support=one.support.copy(), query=one.query.copy()))
    assert not one.is_like(None)
    for other in (
        replace(one, steps=2),
        replace(one, query=IMAGES[5]),
        replace(one, support=IMAGES[1:5]),
        replace(one, labels=LABELS[::-1]),
        replace(one, checkpoint=replace(checkpoint)),
    ):
        assert not one.is_like(other)
