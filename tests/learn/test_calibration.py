from dataclasses import replace

import numpy as np
import pytest

from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.learn import calibration
from metagui.learn.algorithms import make_learner
from metagui.learn.calibration import QUERIES, OpenEpisode, calibration_of, figures, open_episodes
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.novelty import SCALARS, Calibration
from metagui.learn.shipped import shipped


def untrained(**options: object) -> Checkpoint:
    config = TrainingConfig(**{"learner": "protonet", "network": "conv4-stride"} | options)
    return Checkpoint(config, make_learner(config).network.state_dict(), 0, 10, 0)


@pytest.fixture(autouse=True)
def few_episodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "_EPISODES", 5)


def test_half_of_an_episodes_queries_are_of_absent_classes(characters: CharacterSet):
    learner = untrained().learner()
    episode = next(open_episodes(learner, characters, 4, 2, 0, seed=3))
    assert episode.labels.tolist() == np.repeat([0, 1, 2, 3, *[4] * 4], QUERIES).tolist()
    assert episode.known.tolist() == [True] * 4 * QUERIES + [False] * 4 * QUERIES
    assert episode.probabilities.shape == (8 * QUERIES, 4)
    assert episode.scalars.shape == (8 * QUERIES, SCALARS)
    again = next(open_episodes(learner, characters, 4, 2, 0, seed=3))
    assert np.array_equal(episode.scalars, again.scalars)


def test_a_calibration_tells_strokes_of_absent_classes(characters: CharacterSet):
    """The network in the box was trained on other characters, and by other hands."""
    checkpoint = load_checkpoint(next(card.path for card in shipped() if card.name == "protonet-any"))
    half = len(characters) // 2
    fitted = calibration_of(checkpoint, characters.select(range(half)))
    source = open_episodes(checkpoint.learner(), characters.select(range(half, 2 * half)), 5, 2, 0, seed=1)
    found = figures(fitted, [next(source) for _ in range(10)])
    assert found.auroc > 0.85
    assert found.ece < 0.15
    assert found.queries == 10 * 10 * QUERIES


def test_too_few_characters_are_refused_and_a_fixed_head_has_its_own_way(characters: CharacterSet):
    with pytest.raises(InputError):
        calibration_of(untrained(), characters.select(range(4)))
    fixed = untrained(learner="maml", head="fixed", way=4)
    assert calibration_of(fixed, characters)


def test_figures_of_answers_that_are_known():
    episode = OpenEpisode(
        np.zeros((4, SCALARS)), np.array([[1, 0]] * 4, np.float32), np.array([0, 1, 2, 2])
    )  # of two classes, and none
    of_a_class = figures(Calibration((0.0,) * SCALARS, 4.0), [episode])
    assert (of_a_class.known_right, of_a_class.unknown_told, of_a_class.auroc) == (0.5, 0.0, 0.5)
    assert of_a_class.ece == pytest.approx(1 / (1 + np.exp(-4)) - 0.5)
    assert of_a_class.ece_answers == pytest.approx(1 / (1 + np.exp(-4)) - 0.25)
    of_none = figures(Calibration((0.0,) * SCALARS, -4.0), [replace(episode)])
    assert (of_none.known_right, of_none.unknown_told) == (0.0, 1.0)
