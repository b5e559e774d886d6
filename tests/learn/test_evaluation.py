import math

import numpy as np
import pytest
import torch

from metagui.data.episodes import EpisodeSampler
from metagui.learn.evaluation import Judgement, episode_accuracies, in_pairs, share_right, summarise
from tests.learn.conftest import make_maml, make_network


def test_the_interval_is_that_of_the_mean():
    values = [0.2, 0.4, 0.9, 1.0]
    evaluation = summarise(values)
    assert evaluation.accuracy == pytest.approx(0.625)
    assert evaluation.ci95 == pytest.approx(1.96 * np.std(values, ddof=1) / 2)
    assert evaluation.episodes == 4


def test_accuracies_are_those_of_the_episodes_one_by_one_however_judged(characters):
    learner = make_maml(make_network(), "support", 1, 0.1, first_order=False)
    sampler = EpisodeSampler(characters, 3, 1, 6, seed=9)
    judgements = [Judgement(), Judgement(transductive=True), Judgement(judge=lambda logits, labels: labels[:, 0] + 0.5)]
    groups = list(episode_accuracies(learner, sampler, 60, 1, judgements))
    # The sampler draws a group at once, and so other episodes than one by one: the first stands alone in both.
    first = EpisodeSampler(characters, 3, 1, 6, seed=9).sample(1)
    *_, classifier = learner.adapt(first.support, first.support_labels, 1)
    for transductive, (one,) in zip((False, True), groups[0][:2], strict=True):
        predicted = classifier.query_logits(first.query, transductive).argmax(-1)
        assert one == float((predicted == first.query_labels).double().mean())
    assert groups[0][2] == [float(first.query_labels[0, 0]) + 0.5]
    assert [sum(map(len, of_one)) for of_one in zip(*groups, strict=True)] == [60] * 3


def test_the_same_seed_gives_the_same_figure(characters):
    learner = make_maml(make_network(), "support", 1, 0.1, first_order=False)
    one, other, third = (
        [list(group) for (group,) in episode_accuracies(learner, EpisodeSampler(characters, 3, 1, 2, seed), 30, 1)]
        for seed in (1, 1, 2)
    )
    assert one == other != third


def test_before_adaptation_it_is_chance(characters):
    learner = make_maml(make_network(way=4), "support", 1, 0.1, first_order=False)
    groups = episode_accuracies(learner, EpisodeSampler(characters, 4, 1, 3, seed=0), 50, 0)
    assert math.isclose(summarise([accuracy for (group,) in groups for accuracy in group]).accuracy, 0.25)


def test_pairing_gives_each_class_to_one_query():
    # Both queries look like class 0, the second a little more: alone both are named 0, in pairs the first is 1.
    logits = torch.tensor([[[2.0, 1.0], [3.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
    labels = torch.tensor([[1, 0], [0, 1]])
    assert share_right(logits, labels).tolist() == [0.5, 0.5]
    assert in_pairs(logits, labels)[0] == 1


def test_pairing_takes_logits_without_bounds():
    logits = torch.tensor([[[0.0, -torch.inf], [0.0, torch.nan]]])
    assert in_pairs(logits, torch.tensor([[0, 1]])).shape == (1,)
