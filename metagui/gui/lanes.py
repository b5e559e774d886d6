"""The same drawings adapted side by side: other learners beside the one that the panel is about."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from metagui.data.characters import SPLIT_SEED
from metagui.data.glyph import GlyphSettings
from metagui.data.task import Task
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.live_adaptation import LiveAdaptation
from metagui.learn.adaptation import AdaptationStep
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.presets import PRESETS

MOST = 4  # lanes, the panel's own network among them


def untrained() -> Checkpoint:
    """A network of random weights, which is adapted as the others are: what is learned in a lifetime alone."""
    config = PRESETS["random"]
    weights = make_learner(config).network.state_dict()
    return Checkpoint(config, weights, iteration=0, characters=0, split_seed=SPLIT_SEED, name="random initialization")


def accuracies(task: Task, steps: Sequence[AdaptationStep]) -> list[float]:
    """The share of `class_labels` that is the likeliest class at each step; empty where there are none."""
    labels = class_labels(task)
    places, own = list(labels), np.array(list(labels.values()))
    return [float(np.mean(step.query_probabilities[places].argmax(1) == own)) for step in steps] if labels else []


def class_labels(task: Task) -> dict[int, int]:
    """What lanes are compared by: of each query whose class takes part its place, and the number of its class.

    "None of these" is left out, as an answer and as a label: not every network can say so, and one that can would be
    beaten for it by one that cannot.
    """
    numbers = {row: number for number, row in enumerate(task.drawn_rows)}
    return {place: numbers[query.label] for place, query in enumerate(task.queries) if query.label in numbers}


class Lane(QObject):
    """One learner, with its newest answer or why there is none."""

    changed = Signal()

    def __init__(self, checkpoint: Checkpoint, parent: QObject) -> None:
        super().__init__(parent)
        self.checkpoint = checkpoint
        self.answer: AdaptationAnswer | None = None
        self.missing = ""
        self._adaptation = LiveAdaptation(self)
        self._adaptation.checkpoint = checkpoint
        self._adaptation.answered.connect(self._on_answered)
        self._adaptation.request_missed.connect(self._on_request_missed)

    @property
    def is_settled(self) -> bool:
        return self._adaptation.is_settled

    def ask(self, task: Task, settings: GlyphSettings, steps: int) -> None:
        """Adapt to the task by its own inner loop, in at least as many steps as it was made for."""
        config = self.checkpoint.config
        own = replace(self.checkpoint.settings, fitted=settings.fitted)  # each network sees ink as it was trained to
        self._adaptation.ask(task, own, max(steps, config.steps_to_adapt) if config.has_inner_loop else 0)

    def shut_down(self) -> None:
        self._adaptation.shut_down()

    @Slot(object)
    def _on_answered(self, answer: AdaptationAnswer) -> None:
        self.answer, self.missing = answer, ""
        self.changed.emit()

    @Slot(str)
    def _on_request_missed(self, missing: str) -> None:
        self.answer, self.missing = None, missing
        self.changed.emit()


class Lanes(QObject):
    """The further lanes, each with a thread of its own."""

    changed = Signal()  # a lane came or went, or has news

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lanes: list[Lane] = []
        self._asked: tuple[Task, GlyphSettings, int] | None = None

    @property
    def is_full(self) -> bool:
        return len(self.lanes) + 1 >= MOST

    @property
    def is_settled(self) -> bool:
        return all(lane.is_settled for lane in self.lanes)

    def add(self, checkpoint: Checkpoint) -> None:
        """A further lane, which adapts to what the others were last asked about."""
        lane = Lane(checkpoint, self)
        lane.changed.connect(self.changed)
        self.lanes.append(lane)
        if self._asked:
            lane.ask(*self._asked)
        self.changed.emit()

    def remove(self, index: int) -> None:
        lane = self.lanes.pop(index)
        lane.changed.disconnect(self.changed)
        lane.shut_down()
        lane.deleteLater()
        self.changed.emit()

    def clear(self) -> None:
        """Remove all; further ones wait until they are asked."""
        self._asked = None
        while self.lanes:
            self.remove(0)

    def ask(self, task: Task, settings: GlyphSettings, steps: int) -> None:
        self._asked = task, settings, steps
        for lane in self.lanes:
            lane.ask(task, settings, steps)

    def shut_down(self) -> None:
        for lane in self.lanes:
            lane.shut_down()
