"""Adaptation off the GUI thread: one thread for the life of the panel."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from torch import Tensor

from metagui.data.task import Task
from metagui.gui.newest_worker import NewestWorker
from metagui.learn.adaptation import AdaptationStep, adapt_steps
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.learner import Classifier, Learner


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


class AdaptationWorker(NewestWorker):
    """Its requests are AdaptationRequests, its answers AdaptationAnswers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._checkpoint: Checkpoint | None = None
        self._learner: _Remembering | None = None

    def answers(self, request: AdaptationRequest) -> Generator[AdaptationAnswer, None, None]:
        if self._learner is None or request.checkpoint is not self._checkpoint:
            self._learner = _Remembering(request.checkpoint.learner())
            self._checkpoint = request.checkpoint
        steps: list[AdaptationStep] = []
        learner = cast(Learner, self._learner)  # `adapt` is all that is asked of it
        try:
            for step in adapt_steps(
                learner, request.support, request.labels, request.query, request.query_labels, request.steps,
                request.checkpoint.calibration,
            ):  # fmt: skip
                steps.append(step)
                yield AdaptationAnswer(request, tuple(steps), is_complete=False)
        except Exception:
            self._learner = None  # what it remembers ends where it failed
            raise
        yield AdaptationAnswer(request, tuple(steps), is_complete=True)
