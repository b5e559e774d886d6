"""One task adapted step by step, as the adaptation panel and the command line show it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from metagui.data.errors import InputError
from metagui.learn.learner import Learner


@dataclass(frozen=True)
class AdaptationStep:
    """A task after `step` inner steps. Losses are means in nats; `query_loss` is None where no query has a label."""

    step: int
    support_loss: float
    support_accuracy: float
    query_loss: float | None
    query_probabilities: NDArray[np.float32]  # (queries, way); each query is classified on its own (inductively)


def adapt_steps(
    learner: Learner,
    support: NDArray[np.float32],
    labels: NDArray[np.int64],
    query: NDArray[np.float32],
    query_labels: NDArray[np.int64] | None,
    steps: int,
) -> Iterator[AdaptationStep]:
    """The task after 0, 1, … `steps` inner steps.

    Shapes: `support` (support, 1, 28, 28) with `labels` (support,) in [0, way), every class present and at least two;
    `query` (queries, 1, 28, 28), perhaps none, with `query_labels` (queries,), −1 where unknown, or None where all are.
    InputError where a class has no support.
    """
    classes = np.unique(labels)
    if len(classes) < 2 or classes[-1] != len(classes) - 1:
        raise InputError("At least two classes are needed, each with a drawing to adapt on.")
    targets = torch.full((len(query),), -1) if query_labels is None else torch.from_numpy(query_labels)
    is_labelled = bool((targets >= 0).any())
    for step, classifier in enumerate(learner.adapt(_task(support), _task(labels), steps)):
        with torch.no_grad():
            support_logits = classifier.support_logits()[0]
            query_logits = classifier.query_logits(_task(query))[0] if len(query) else support_logits[:0]
        yield AdaptationStep(
            step,
            float(cross_entropy(support_logits, _task(labels)[0])),
            float((support_logits.argmax(-1) == _task(labels)[0]).float().mean()),
            float(cross_entropy(query_logits, targets, ignore_index=-1)) if is_labelled else None,
            query_logits.softmax(-1).numpy(),
        )


def _task(array: NDArray[np.float32] | NDArray[np.int64]) -> Tensor:
    """The array with a leading axis of one task."""
    return torch.from_numpy(array)[None]
