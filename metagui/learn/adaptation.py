"""One task adapted step by step, as the adaptation panel and the command line show it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from metagui.data.errors import InputError
from metagui.data.task import NONE_OF_THESE
from metagui.learn.learner import Classifier, Learner, Movement
from metagui.learn.novelty import Calibration, with_none
from metagui.learn.query_features import QueryFeatures


@dataclass(frozen=True)
class LayerMovement:
    """How far a layer's parameters, taken as one vector θ, are from θ₀, before the first inner step.

    Of a block those are its kernel and its batch norm's scale and shift; what the inner steps leave as it is does not
    count.
    """

    distance: float  # ‖θ − θ₀‖
    start: float  # ‖θ₀‖

    @property
    def relative(self) -> float | None:
        """‖θ − θ₀‖ / ‖θ₀‖.

        None for a layer that starts from zero, as the shared head does: what it has moved is all that it is, and there
        is nothing to compare that with. Its `distance` tells one step from another.
        """
        return self.distance / self.start if self.start else None


@dataclass(frozen=True, eq=False)
class Inside:
    """What is to be seen inside the network, besides its answer. Features are what the head sees, f of them."""

    support_probabilities: NDArray[np.float32] = field(default_factory=lambda: _none(2))  # (support, way)
    support_features: NDArray[np.float32] = field(default_factory=lambda: _none(2))  # (support, f)
    query_features: NDArray[np.float32] = field(default_factory=lambda: _none(2))  # (queries, f)
    # Of each layer from the first to the head, by its name; None where the learner does not adapt it.
    movements: dict[str, LayerMovement | None] = field(default_factory=dict)
    filters: NDArray[np.float32] = field(default_factory=lambda: _none(3))  # (channels, 3, 3), of the first layer


def _none(axes: int) -> NDArray[np.float32]:
    return np.empty((0,) * axes, np.float32)


@dataclass(frozen=True)
class AdaptationStep:
    """A task after `step` inner steps. Losses are means in nats; `query_loss` is None where no query has a label."""

    step: int
    support_loss: float
    support_accuracy: float
    query_loss: float | None
    query_probabilities: NDArray[np.float32]  # (queries, way); each query is classified on its own (inductively)
    inside: Inside = field(default_factory=Inside)
    # (queries,), the probability of each of being of one of the classes: one before the first inner step, when the
    # network has seen none of them. None where the network is not calibrated to tell.
    known: NDArray[np.float32] | None = None

    @property
    def answers(self) -> NDArray[np.float32]:
        """What each query's probabilities are in all: (queries, way), or (queries, way + 1) with "none of these" last.

        Those of the classes are then scaled by the probability that it is one of them.
        """
        return self.query_probabilities if self.known is None else with_none(self.query_probabilities, self.known)

    @property
    def named(self) -> NDArray[np.int64]:
        """(queries,): the most probable answer to each, a class's number or NONE_OF_THESE."""
        named = self.answers.argmax(1)
        return np.where(named == self.query_probabilities.shape[1], NONE_OF_THESE, named)


@dataclass(frozen=True, eq=False)
class _Stage:
    """What a step's classifier tells without a query."""

    classifier: Classifier
    support_loss: float
    support_accuracy: float
    inside: Inside


class Adaptation:
    """One support that a learner adapts to, once for however many queries follow."""

    def __init__(
        self,
        learner: Learner,
        support: NDArray[np.float32],
        labels: NDArray[np.int64],
        steps: int,
        calibration: Calibration | None = None,
    ) -> None:
        """With a `calibration`, queries may be of none of the classes.

        Shapes: `support` (support, 1, 28, 28) with `labels` (support,) in [0, way), every class present and at least
        two. InputError where a class has no support.
        """
        classes = np.unique(labels)
        if len(classes) < 2 or classes[-1] != len(classes) - 1:
            raise InputError("At least two classes are needed, each with a drawing to adapt on.")
        self._support, self._labels, self._steps, self._calibration = support, labels, steps, calibration
        self._stages: list[_Stage] = []
        self._rest = learner.adapt(_task(support), _task(labels), steps)
        self._queries = QueryFeatures()

    def is_to(self, support: NDArray[np.float32], labels: NDArray[np.int64], steps: int) -> bool:
        """It is the adaptation to these, in so many steps."""
        return self._steps == steps and np.array_equal(self._labels, labels) and np.array_equal(self._support, support)

    def advance(self, query: NDArray[np.float32]) -> Iterator[None]:
        """Take the inner steps that are still to be taken, from wherever it was left; None after each piece of work.

        All that `steps` needs of these queries is then at hand.
        """
        for classifier in self._rest:
            self._stages.append(_stage(classifier, _task(self._labels)[0]))
            self._queries.add(classifier)
            yield
            if self._queries.is_much(query):
                yield from self._queries.work(query)
        yield from self._queries.work(query)

    def steps(self, query: NDArray[np.float32], query_labels: NDArray[np.int64] | None) -> tuple[AdaptationStep, ...]:
        """The task after 0, 1, … inner steps, of those that have been taken.

        Shapes: `query` (queries, 1, 28, 28), perhaps none, with `query_labels` (queries,), −1 where unknown, or None
        where all are.
        """
        targets = torch.full((len(query),), -1) if query_labels is None else torch.from_numpy(query_labels)
        is_labelled = bool((targets >= 0).any())
        steps = []
        for step, (stage, features) in enumerate(zip(self._stages, self._queries.of(query), strict=True)):
            with torch.no_grad():
                logits = stage.classifier.classify(features[None])[0]
            inside = replace(stage.inside, query_features=features.numpy())
            steps.append(
                AdaptationStep(
                    step,
                    stage.support_loss,
                    stage.support_accuracy,
                    float(cross_entropy(logits, targets, ignore_index=-1)) if is_labelled else None,
                    logits.softmax(-1).numpy(),
                    inside,
                    self._known(inside, is_adapted=step > 0 or self._steps == 0),
                )
            )
        return tuple(steps)

    def _known(self, inside: Inside, is_adapted: bool) -> NDArray[np.float32] | None:
        if self._calibration is None:
            return None
        if not is_adapted:
            return np.ones(len(inside.query_features), np.float32)
        return self._calibration.known(inside.support_features, self._labels, inside.query_features)


def adapt_steps(
    learner: Learner,
    support: NDArray[np.float32],
    labels: NDArray[np.int64],
    query: NDArray[np.float32],
    query_labels: NDArray[np.int64] | None,
    steps: int,
    calibration: Calibration | None = None,
) -> tuple[AdaptationStep, ...]:
    """The task after 0, 1, … `steps` inner steps: see `Adaptation`, as for shapes and errors."""
    adaptation = Adaptation(learner, support, labels, steps, calibration)
    for _ in adaptation.advance(query):
        pass
    return adaptation.steps(query, query_labels)


@torch.no_grad()
def _stage(classifier: Classifier, labels: Tensor) -> _Stage:
    logits = classifier.support_logits()[0]
    inside = Inside(
        logits.softmax(-1).numpy(),
        classifier.support_features()[0].numpy(),
        movements={layer: _of_one_task(movement) for layer, movement in classifier.movements().items()},
        filters=classifier.filters()[0].numpy(),
    )
    right = (logits.argmax(-1) == labels).float().mean()
    return _Stage(classifier, float(cross_entropy(logits, labels)), float(right), inside)


def _of_one_task(movement: Movement | None) -> LayerMovement | None:
    return None if movement is None else LayerMovement(float(movement.distance), float(movement.start))


def _task(array: NDArray[np.float32] | NDArray[np.int64]) -> Tensor:
    """The array with a leading axis of one task."""
    return torch.from_numpy(array)[None]
