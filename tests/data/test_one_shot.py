from collections import Counter

import pytest
import torch

from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.data.one_shot import OneShotRuns
from tests.data.test_episodes import characters_of, identity


def alphabets(sizes: dict[str, int], drawers: int = 4) -> CharacterSet:
    made = characters_of([drawers] * sum(sizes.values()))
    names = tuple(f"{alphabet}/character{number:02}" for alphabet, size in sizes.items() for number in range(size))
    return CharacterSet(made.images, made.counts, names)


def test_a_run_is_one_alphabet_one_drawer_to_learn_from_and_another_to_name():
    characters = alphabets({"Angelic": 5, "Tiny": 2, "Oriya": 4})
    episodes = OneShotRuns(characters, seed=3, way=4).sample(20)
    for task in range(20):
        support, learned = identity(episodes.support[task])
        query, named = identity(episodes.query[task])
        assert support.tolist() == query.tolist() == episodes.classes[task].tolist()
        assert len(set(support.tolist())) == 4
        assert len({characters.names[index].split("/")[0] for index in support.tolist()}) == 1
        assert len(set(learned.tolist())) == len(set(named.tolist())) == 1
        assert learned[0] != named[0]
        assert episodes.support_labels[task].tolist() == episodes.query_labels[task].tolist() == [0, 1, 2, 3]


def test_the_alphabets_that_are_large_enough_take_turns():
    characters = alphabets({"Angelic": 5, "Tiny": 2, "Oriya": 4})
    runs = OneShotRuns(characters, seed=0, way=4)
    classes = torch.cat([runs.sample(3).classes, runs.sample(3).classes])
    assert Counter(characters.names[int(one[0])].split("/")[0] for one in classes) == {"Angelic": 3, "Oriya": 3}


def test_a_seed_gives_the_same_runs():
    characters = alphabets({"Angelic": 6})
    one, other, third = (OneShotRuns(characters, seed, way=4).sample(5) for seed in (1, 1, 2))
    assert torch.equal(one.support, other.support)
    assert not torch.equal(one.support, third.support)


@pytest.mark.parametrize("characters", [alphabets({"Tiny": 3}), alphabets({"Lone": 5}, drawers=1)])
def test_alphabets_too_small_or_by_one_person_are_refused(characters):
    with pytest.raises(InputError, match="at least 4 characters by two people"):
        OneShotRuns(characters, seed=0, way=4)


def test_omniglots_evaluation_alphabets_serve(omniglot: CharacterSet):
    evaluation = omniglot.select(range(964, 1623))
    episodes = OneShotRuns(evaluation, seed=0).sample(40)
    assert episodes.support.shape == episodes.query.shape == (40, 20, 1, 28, 28)
    assert len({evaluation.names[int(one[0])].split("/")[0] for one in episodes.classes}) == 20
