"""Accuracy over fixed, seeded episodes."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from metagui.data.episodes import EpisodeSampler
from metagui.learn.learner import Learner
from metagui.learn.processes import ALONE, Group

_CHUNK_IMAGES = 1000  # adapted together, to keep the memory of a wide episode in bounds


@dataclass(frozen=True)
class Evaluation:
    """Mean accuracy over episodes with the half width of its 95 % confidence interval, both in [0, 1]."""

    accuracy: float
    ci95: float
    episodes: int


def episode_accuracies(
    learner: Learner,
    sampler: EpisodeSampler,
    episodes: int,
    steps: int,
    transductive: bool = False,
    group: Group = ALONE,
) -> Iterator[list[float]]:
    """The accuracy of each of `episodes` episodes after `steps` inner steps, in small batches as they are done.

    The processes of `group` draw the same episodes, do their share of each batch, and have the accuracies of all.
    """
    device = next(learner.network.parameters()).device
    done = 0
    tasks = 1  # how many fit is known once the first has been seen
    while done < episodes:
        batch = sampler.sample(min(tasks, episodes - done))
        accuracies = torch.zeros(len(batch), dtype=torch.float64)
        share = group.share(len(batch))
        if len(mine := batch[share].to(device)):
            # The last one alone: a list of all would keep the weights of every step.
            (classifier,) = deque(learner.adapt(mine.support, mine.support_labels, steps), maxlen=1)
            with torch.no_grad():
                predicted = classifier.query_logits(mine.query, transductive).argmax(-1)
            accuracies[share] = (predicted == mine.query_labels).double().mean(1).cpu()
        done += len(batch)
        tasks = max(1, _CHUNK_IMAGES // (batch.support.shape[1] + batch.query.shape[1]))
        yield group.sum(accuracies).tolist()


def summarise(accuracies: Sequence[float]) -> Evaluation:
    """The mean of the episodes' accuracies with 1.96 standard errors of the mean (at least two episodes)."""
    values = torch.tensor(accuracies, dtype=torch.float64)
    return Evaluation(float(values.mean()), 1.96 * float(values.std()) / math.sqrt(len(values)), len(values))
