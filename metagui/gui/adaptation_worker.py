"""Adaptation off the GUI thread: one thread for the life of the panel."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from metagui.data.task import Task
from metagui.gui.newest_worker import NewestWorker
from metagui.learn.adaptation import Adaptation, AdaptationStep
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.learner import Learner


@dataclass(frozen=True, eq=False)
class AdaptationRequest:
    """What to adapt to. Shapes: see `Adaptation`."""

    generation: int
    checkpoint: Checkpoint
    task: Task  # whose classes and query the arrays are
    support: NDArray[np.float32]
    labels: NDArray[np.int64]
    query: NDArray[np.float32]
    query_labels: NDArray[np.int64]
    steps: int


@dataclass(frozen=True, eq=False)
class AdaptationAnswer:
    """The steps so far."""

    request: AdaptationRequest
    steps: tuple[AdaptationStep, ...]
    is_complete: bool


class AdaptationWorker(NewestWorker):
    """Its requests are AdaptationRequests, its answers AdaptationAnswers.

    It adapts once to a support, however many queries follow, and goes on where an abandoned adaptation ended.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._checkpoint: Checkpoint | None = None
        self._learner: Learner | None = None
        self._adaptation: Adaptation | None = None

    def answers(self, request: AdaptationRequest) -> Generator[Callable[[], AdaptationAnswer], None, None]:
        adaptation = self._adaptation_to(request)
        try:
            for _ in adaptation.advance(request.query):
                yield partial(_answer, request, adaptation, is_complete=False)
        except Exception:
            self._adaptation = None  # what it remembers ends where it failed
            raise
        yield partial(_answer, request, adaptation, is_complete=True)

    def _adaptation_to(self, request: AdaptationRequest) -> Adaptation:
        if self._learner is None or request.checkpoint is not self._checkpoint:
            self._checkpoint, self._learner, self._adaptation = request.checkpoint, request.checkpoint.learner(), None
        task = request.support, request.labels, request.steps
        if self._adaptation is None or not self._adaptation.is_to(*task):
            self._adaptation = Adaptation(self._learner, *task, request.checkpoint.calibration)
        return self._adaptation


def _answer(request: AdaptationRequest, adaptation: Adaptation, is_complete: bool) -> AdaptationAnswer:
    return AdaptationAnswer(request, adaptation.steps(request.query, request.query_labels), is_complete)
