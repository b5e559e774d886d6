"""Adaptation off the GUI thread: one thread for the life of the panel, which always works on the newest request."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal
from torch import Tensor

from metagui.data.task import Task
from metagui.learn.adaptation import AdaptationStep, adapt_steps
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.learner import Classifier, Learner

_REPORT_SECONDS = 0.3  # a long adaptation is shown as it goes; one of ordinary length in one piece


@dataclass(frozen=True, eq=False)
class AdaptationRequest:
    """What to adapt to. Shapes: see `adapt_steps`."""

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


class _Remembering:
    """Adapts once to a support, however many queries follow, and goes on where an abandoned adaptation ended."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._support, self._labels, self._steps = torch.empty(0), torch.empty(0), 0
        self._classifiers: list[Classifier] = []
        self._rest: Iterator[Classifier] = iter(())

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator[Classifier]:
        if steps != self._steps or not torch.equal(support, self._support) or not torch.equal(labels, self._labels):
            self._support, self._labels, self._steps = support, labels, steps
            self._classifiers = []
            self._rest = self._learner.adapt(support, labels, steps)
        yield from self._classifiers
        for classifier in self._rest:
            self._classifiers.append(classifier)
            yield classifier


class AdaptationWorker(QThread):
    """Takes requests for as long as it lives, since a thread's first use of torch is slow.

    A request waits in a box for one, so that a newer one takes its place.
    """

    answered = Signal(object)  # AdaptationAnswer
    failed = Signal(object, object)  # AdaptationRequest, the exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changed = threading.Condition()
        self._newest: AdaptationRequest | None = None
        self._is_stopping = False
        self._checkpoint: Checkpoint | None = None
        self._learner: _Remembering | None = None

    def ask(self, request: AdaptationRequest) -> None:
        """Work on this next; what is in work is given up after its present step."""
        with self._changed:
            self._newest = request
            self._changed.notify()

    def stop(self) -> None:
        """End after the step in work. Qt's `finished` follows."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()

    def run(self) -> None:
        # A task is small: more threads gain little where cores are free, and where training or another program keeps
        # them busy they wait for one another at each operation (five times slower on two busy cores).
        torch.set_num_threads(1)
        while request := self._next_request():
            try:
                self._adapt(request)
            except Exception as error:
                self._learner = None  # what it remembers ends where it failed
                self.failed.emit(request, error)

    def _next_request(self) -> AdaptationRequest | None:
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._is_stopping)
            request, self._newest = self._newest, None
            return None if self._is_stopping else request

    def _adapt(self, request: AdaptationRequest) -> None:
        if self._learner is None or request.checkpoint is not self._checkpoint:
            self._learner = _Remembering(request.checkpoint.learner())
            self._checkpoint = request.checkpoint
        reported, steps = time.monotonic(), []
        learner = cast(Learner, self._learner)  # `adapt` is all that is asked of it
        for step in adapt_steps(
            learner, request.support, request.labels, request.query, request.query_labels, request.steps
        ):
            if self._newest or self._is_stopping:
                return
            steps.append(step)
            if time.monotonic() - reported > _REPORT_SECONDS:
                self.answered.emit(AdaptationAnswer(request, tuple(steps), is_complete=False))
                reported = time.monotonic()
        self.answered.emit(AdaptationAnswer(request, tuple(steps), is_complete=True))
