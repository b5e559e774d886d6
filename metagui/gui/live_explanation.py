"""Why the query on show is named as it is, computed off the GUI thread: never of another query or support."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from metagui.gui.newest_worker import NewestWorker
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.explanation import Explanation, explain
from metagui.learn.learner import Learner


@dataclass(frozen=True, eq=False)
class ExplanationRequest:
    """What to explain. Shapes: see `explain`."""

    checkpoint: Checkpoint
    support: NDArray[np.float32]
    labels: NDArray[np.int64]
    query: NDArray[np.float32]
    steps: int

    def is_like(self, other: "ExplanationRequest | None") -> bool:
        """The other has the same explanation."""
        return (
            other is not None
            and self.checkpoint is other.checkpoint
            and self.steps == other.steps
            and np.array_equal(self.labels, other.labels)
            and np.array_equal(self.support, other.support)
            and np.array_equal(self.query, other.query)
        )


@dataclass(frozen=True, eq=False)
class ExplanationAnswer:
    request: ExplanationRequest
    explanation: Explanation


class ExplanationWorker(NewestWorker):
    """Its requests are ExplanationRequests, its answers ExplanationAnswers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._checkpoint: Checkpoint | None = None
        self._learner: Learner | None = None

    def answers(self, request: ExplanationRequest) -> Generator[Callable[[], ExplanationAnswer], None, None]:
        if self._learner is None or request.checkpoint is not self._checkpoint:
            self._learner, self._checkpoint = request.checkpoint.learner(), request.checkpoint
        for explanation in explain(self._learner, request.support, request.labels, request.query, request.steps):
            yield partial(ExplanationAnswer, request, explanation)


class LiveExplanation(QObject):
    """Its thread begins with the first request: who never asks why pays nothing."""

    explained = Signal(object)  # Explanation so far, to the newest request
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: ExplanationRequest | None = None  # requests are told apart as objects
        self._is_waiting = False
        self._worker = ExplanationWorker(self)
        self._worker.answered.connect(self._on_answered)
        self._worker.failed.connect(self._on_failed)

    @property
    def is_settled(self) -> bool:
        """No explanation is on its way."""
        return not self._is_waiting

    def ask(self, request: ExplanationRequest) -> None:
        """Every explanation to an older request is stale from here on."""
        self._newest, self._is_waiting = request, True
        if not self._worker.isRunning():
            self._worker.start()
        self._worker.ask(request)

    def drop(self) -> None:
        """No explanation is wanted at present."""
        self._newest, self._is_waiting = None, False
        self._worker.ask(None)

    def shut_down(self) -> None:
        """End the thread; at most one inner step of a batch of variants is waited for."""
        self._worker.stop()
        self._worker.wait()

    @Slot(object)
    def _on_answered(self, answer: ExplanationAnswer) -> None:
        if answer.request is self._newest:
            self._is_waiting = not answer.explanation.is_complete
            self.explained.emit(answer.explanation)

    @Slot(object, object)
    def _on_failed(self, request: ExplanationRequest, error: Exception) -> None:
        if request is self._newest:
            self._is_waiting = False
            self.failed.emit(f"Why cannot be told: {error}")
