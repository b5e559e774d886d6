"""Episodes whose queries are of absent classes too: on them a network's calibration is fitted, and measured."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from metagui.data.characters import CharacterSet
from metagui.data.episodes import EpisodeSampler
from metagui.data.errors import InputError
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.learner import Learner
from metagui.learn.novelty import Calibration, auroc, calibration_error, scalars, with_none

QUERIES = 3  # a class; as many queries are of absent classes as of those of the task
# (way, shot): so spread that the calibration holds for those between.
_FITTED_ON = ((3, 2), (5, 1), (5, 5), (10, 3), (20, 1), (20, 5))
_EPISODES = 50  # of each
_SEED = 11
_CHUNK_IMAGES = 1000  # adapted together, to keep the memory of a wide episode in bounds


@dataclass(frozen=True, eq=False)
class OpenEpisode:
    """An adapted task with queries of its classes, and as many of others.

    Shapes: `scalars` (queries, scalars); `probabilities` (queries, way), as if each were of one of the classes;
    `labels` (queries,), `way` where a query is of no class of the task.
    """

    scalars: NDArray[np.float64]
    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = self.labels < self.probabilities.shape[1]
        return known


@dataclass(frozen=True)
class OpenFigures:
    """How well queries of absent classes are told from others, all in [0, 1]."""

    auroc: float  # of P(a query is of one of the classes)
    ece: float  # of the same probability
    ece_answers: float  # of the most probable answer's, be it a class or none of them
    known_right: float  # the share of the classes' queries that is named right, and not called unknown
    unknown_told: float  # the share of the others that is said to be of none
    queries: int


def open_episodes(
    learner: Learner, characters: CharacterSet, way: int, shot: int, steps: int, seed: int
) -> Iterator[OpenEpisode]:
    """Endless. InputError where the characters, twice `way` of them, cannot give such episodes."""
    sampler = EpisodeSampler(characters, 2 * way, shot, QUERIES, seed)
    together = max(1, _CHUNK_IMAGES // (way * (shot + 2 * QUERIES)))
    while True:
        drawn = sampler.sample(together)
        support, labels = drawn.support[:, : way * shot], drawn.support_labels[:, : way * shot]
        # The last one alone: a list of all would keep the weights of every step.
        (classifier,) = deque(learner.adapt(support, labels, steps), maxlen=1)
        with torch.no_grad():
            features = classifier.query_features(drawn.query)
            probabilities = classifier.classify(features).softmax(-1)
        for task in range(together):
            yield OpenEpisode(
                scalars(classifier.support_features()[task].numpy(), labels[task].numpy(), features[task].numpy()),
                probabilities[task].numpy(),
                drawn.query_labels[task].clamp(max=way).numpy(),
            )


def calibration_of(checkpoint: Checkpoint, validation: CharacterSet) -> Calibration:
    """Fitted on characters that the network was not trained on. InputError where they are too few."""
    episodes: list[OpenEpisode] = []
    learner, config = checkpoint.learner(), checkpoint.config
    problem = InputError("A network with a fixed head is calibrated by tasks of its own way.")
    tasks = _FITTED_ON if config.head != "fixed" else ((config.way, 1), (config.way, 5))
    for way, shot in tasks:
        try:
            source = open_episodes(learner, validation, way, shot, config.steps_to_adapt, _SEED)
            episodes += [next(source) for _ in range(_EPISODES)]
        except InputError as error:
            problem = error
    if not episodes:
        raise problem
    return Calibration.fitted(
        np.concatenate([episode.scalars for episode in episodes]),
        np.concatenate([episode.known for episode in episodes]),
    )


def figures(calibration: Calibration, episodes: list[OpenEpisode]) -> OpenFigures:
    """Over the queries of all episodes, which are of one way."""
    labels, known = (np.concatenate([getattr(one, name) for one in episodes]) for name in ("labels", "known"))
    probability = calibration.probabilities(np.concatenate([one.scalars for one in episodes]))
    answers = with_none(np.concatenate([one.probabilities for one in episodes]), probability.astype(np.float32)).astype(
        np.float64
    )
    right = answers.argmax(1) == labels
    return OpenFigures(
        auroc=auroc(probability, known),
        ece=calibration_error(probability, known),
        ece_answers=calibration_error(answers.max(1), right),
        known_right=float(right[known].mean()),
        unknown_told=float(right[~known].mean()),
        queries=len(labels),
    )
