"""Accuracy over fixed, seeded episodes."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from metagui.data.episodes import Episodes
from metagui.learn.learner import Learner
from metagui.learn.processes import ALONE, Group

# (tasks, queries, way) logits and (tasks, queries) labels → (tasks,) float64, the share of the queries named rightly.
Judge = Callable[[Tensor, Tensor], Tensor]

_CHUNK_IMAGES = 1000  # adapted together, to keep the memory of a wide episode in bounds


class EpisodeSource(Protocol):
    """What draws the episodes."""

    def sample(self, tasks: int) -> Episodes:
        """The next ones."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """Mean accuracy over episodes with the half width of its 95 % confidence interval, both in [0, 1]."""

    accuracy: float
    ci95: float
    episodes: int


def share_right(logits: Tensor, labels: Tensor) -> Tensor:
    """Each query is named by its own greatest logit."""
    return (logits.argmax(-1) == labels).double().mean(1)


def in_pairs(logits: Tensor, labels: Tensor) -> Tensor:
    """For as many queries as classes, each class once: the pairing of the greatest total log-probability."""
    from scipy.optimize import linear_sum_assignment  # a sixth of the program's start, and for one suite alone

    scores = logits.log_softmax(-1).cpu().double()
    named = [linear_sum_assignment(task.numpy(), maximize=True)[1] for task in scores.nan_to_num(-1e9, neginf=-1e9)]
    return (torch.stack([torch.from_numpy(one) for one in named]) == labels.cpu()).double().mean(1)


@dataclass(frozen=True)
class Judgement:
    """How adapted tasks are judged: whether a task's queries are normalised together, and what counts as right."""

    transductive: bool = False
    judge: Judge = share_right


INDUCTIVE = Judgement()


def episode_accuracies(
    learner: Learner,
    sampler: EpisodeSource,
    episodes: int,
    steps: int,
    judgements: Sequence[Judgement] = (INDUCTIVE,),
    group: Group = ALONE,
) -> Iterator[list[list[float]]]:
    """The accuracy of each of `episodes` episodes after `steps` inner steps, in small batches as they are done.

    Each task is adapted once and judged by each of the `judgements`, which have a list each. The processes of `group`
    draw the same episodes, do their share of each batch, and have the accuracies of all.
    """
    device = next(learner.network.parameters()).device
    done = 0
    tasks = 1  # how many fit is known once the first has been seen
    while done < episodes:
        batch = sampler.sample(min(tasks, episodes - done))
        accuracies = torch.zeros(len(judgements), len(batch), dtype=torch.float64)
        share = group.share(len(batch))
        if len(mine := batch[share].to(device)):
            # The last one alone: a list of all would keep the weights of every step.
            (classifier,) = deque(learner.adapt(mine.support, mine.support_labels, steps), maxlen=1)
            with torch.no_grad():
                for own, judgement in zip(accuracies, judgements, strict=True):
                    logits = classifier.query_logits(mine.query, judgement.transductive)
                    own[share] = judgement.judge(logits, mine.query_labels).cpu()
        done += len(batch)
        tasks = max(1, _CHUNK_IMAGES // (batch.support.shape[1] + batch.query.shape[1]))
        yield group.sum(accuracies.flatten()).view_as(accuracies).tolist()


def summarise(accuracies: Sequence[float]) -> Evaluation:
    """The mean of the episodes' accuracies with 1.96 standard errors of the mean (at least two episodes)."""
    values = torch.tensor(accuracies, dtype=torch.float64)
    return Evaluation(float(values.mean()), 1.96 * float(values.std()) / math.sqrt(len(values)), len(values))
