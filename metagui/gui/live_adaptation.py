"""The network's answer to what is drawn now: never to what was drawn before."""

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.task import FEWEST, Task, query_arrays, support_arrays
from metagui.gui.adaptation_worker import AdaptationAnswer, AdaptationRequest, AdaptationWorker
from metagui.learn.checkpoint import Checkpoint


def what_is_missing(task: Task, checkpoint: Checkpoint | None) -> str:
    """What the user still has to do before the network can adapt; "" where nothing is."""
    drawn = len(task.drawn_rows)
    if checkpoint is None:
        return "There is no network yet: open a checkpoint, or train one and choose “Use in adaptation”."
    if drawn < FEWEST <= sum(bool(one.sketches) for one in task.classes):
        return "Fewer than two classes have a drawing that is switched on (●): the network needs two to tell apart."
    if drawn < FEWEST:
        return "Draw an example of at least two classes, and then a query: the network will name it."
    if checkpoint.config.head == "fixed" and drawn != checkpoint.config.way:
        return (
            f"This network's head is fixed: it serves exactly {checkpoint.config.way} classes; {drawn} have a drawing."
        )
    return ""


class LiveAdaptation(QObject):
    answered = Signal(object)  # AdaptationAnswer to the newest request
    request_missed = Signal(str)  # why there is no answer to the newest request
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.checkpoint: Checkpoint | None = None
        self._generation = 0  # of the newest request
        self._is_waiting = False  # for its answer
        self._worker = AdaptationWorker(self)
        self._worker.answered.connect(self._on_answered)
        self._worker.failed.connect(self._on_failed)
        self._worker.start()

    @property
    def is_settled(self) -> bool:
        """No answer is on its way."""
        return not self._is_waiting

    def ask(self, task: Task, settings: GlyphSettings, steps: int) -> None:
        """Have the network adapt to the task; every answer to an older request is stale from here on."""
        self._generation += 1
        self._is_waiting = False
        missing = what_is_missing(task, self.checkpoint)
        if missing or self.checkpoint is None:
            self.request_missed.emit(missing)
            return
        try:
            arrays = *support_arrays(task, settings), *query_arrays(task, settings)
        except InputError as error:  # a picture without ink under these settings
            self.request_missed.emit(str(error))
            return
        self._is_waiting = True
        self._worker.ask(AdaptationRequest(self._generation, self.checkpoint, task, *arrays, steps))

    def shut_down(self) -> None:
        """End the thread; at most one piece of its work is waited for."""
        self._worker.stop()
        self._worker.wait()

    @Slot(object)
    def _on_answered(self, answer: AdaptationAnswer) -> None:
        if answer.request.generation != self._generation:
            return
        self._is_waiting = not answer.is_complete
        self.answered.emit(answer)
        if not np.isfinite([step.support_loss for step in answer.steps]).all():
            self.failed.emit("The adaptation diverged: its loss is no longer a number. Take fewer inner steps.")

    @Slot(object, object)
    def _on_failed(self, request: AdaptationRequest, error: Exception) -> None:
        if request.generation == self._generation:
            self._is_waiting = False
            self.request_missed.emit("There is no answer to this drawing: the network could not adapt.")
            self.failed.emit(f"The network could not adapt: {error}")
