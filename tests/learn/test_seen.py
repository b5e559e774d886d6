from dataclasses import replace

import pytest

from metagui.data.characters import CharacterSet, split
from metagui.data.omniglot import BACKGROUND_CHARACTERS
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.seen import trained_on
from tests.data.test_episodes import characters_of


def checkpoint(**config: str) -> Checkpoint:
    made = TrainingConfig(**config)
    return Checkpoint(made, make_learner(made).network.state_dict(), 100, 0, split_seed=5)


@pytest.mark.parametrize("name", ["1028", "1200"])
def test_the_training_part_of_its_own_split_and_seed_was_seen(name: str) -> None:
    characters = characters_of([2] * 40)
    seen = trained_on(checkpoint(split=name), "omniglot", characters)
    parts = split(characters, name, seed=5)
    assert {characters.names[index] for index in seen} == set(parts.train.names)
    assert len(seen) < 40


def test_by_lakes_split_the_background_was_seen(omniglot: CharacterSet) -> None:
    assert trained_on(checkpoint(split="lake"), "omniglot", omniglot) == frozenset(range(BACKGROUND_CHARACTERS))


def test_another_source_or_no_training_leaves_all_unseen() -> None:
    characters = characters_of([2] * 40)
    assert not trained_on(checkpoint(data="strokes"), "omniglot", characters)
    assert trained_on(checkpoint(data="strokes"), "strokes", characters)
    assert not trained_on(replace(checkpoint(), iteration=0), "omniglot", characters)
