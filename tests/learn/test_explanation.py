from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from metagui.learn.explanation import PATCH, STRIDE, Explanation, explain
from metagui.learn.learner import Learner
from metagui.learn.protonet import ProtoNet
from tests.learn.conftest import in_double, make_maml, make_network

STEPS = 2


def learner_of(name: str) -> Learner:
    if name == "protonet":
        return ProtoNet(make_network("conv4-stride", "prototype").double(), "support")
    norm = "batch" if name == "batch" else "support"
    return make_maml(make_network("conv4-stride").double(), norm, 1, 0.1, first_order=False)


def last(explanations: Iterator[Explanation]) -> Explanation:
    *_, complete = explanations
    assert complete.is_complete
    return complete


def logits(learner: Learner, support: np.ndarray, labels: np.ndarray, query: np.ndarray) -> list[np.ndarray]:
    """After each step, by one adaptation of one task."""
    task = torch.from_numpy(support)[None], torch.from_numpy(labels)[None]
    view = torch.from_numpy(query)[None, None]
    with torch.no_grad():
        return [one.query_logits(view)[0, 0].numpy() for one in learner.adapt(*task, STEPS)]


def log_odds(of_classes: np.ndarray, winner: int) -> float:
    return float(of_classes[winner] - np.logaddexp.reduce(np.delete(of_classes, winner)))


@pytest.fixture(scope="module")
def task(episodes):
    """Three classes of one, two and two drawings, and a query of the middle one, which moves up when the first goes."""
    doubled = in_double(episodes)
    keep = np.flatnonzero(np.arange(6) != np.flatnonzero(episodes.support_labels[0].numpy() == 0)[0])
    query = doubled.query[0, int(np.flatnonzero(episodes.query_labels[0].numpy() == 1)[0])].numpy()
    return doubled.support[0].numpy()[keep], episodes.support_labels[0].numpy()[keep], query


@pytest.mark.parametrize("name", ["maml", "batch", "protonet"])
def test_influence_is_what_adapting_without_the_drawing_gives(task, name):
    learner, (support, labels, query) = learner_of(name), task
    explanation = last(explain(learner, support, labels, query, STEPS))
    whole = logits(learner, support, labels, query)
    assert len(whole) == len(explanation.winners) == (1 if name == "protonet" else STEPS + 1)
    for step, of_classes in enumerate(whole):
        winner = int(of_classes.argmax())
        assert explanation.winners[step] == winner
        assert explanation.log_odds[step] == pytest.approx(log_odds(of_classes, winner), rel=1e-5)
    for index, label in enumerate(labels):
        others = np.arange(len(labels)) != index
        kept = [one for one in range(3) if (labels[others] == one).any()]
        renumbered = np.array([kept.index(one) for one in labels[others]])
        without = logits(learner, support[others], renumbered, query)
        for step, winner in enumerate(explanation.winners):
            expected = np.inf  # the winner's own only drawing
            if winner in kept:
                expected = log_odds(whole[step], winner) - log_odds(without[step], kept.index(winner))
            assert explanation.influence[step, index] == pytest.approx(expected, rel=1e-4, abs=1e-6), label


@pytest.mark.parametrize("name", ["maml", "protonet"])
def test_evidence_is_what_erasing_patches_gives(task, name):
    learner, (support, labels, query) = learner_of(name), task
    explanation = last(explain(learner, support, labels, query, STEPS))
    *_, adapted = learner.adapt(torch.from_numpy(support)[None], torch.from_numpy(labels)[None], STEPS)
    falls, cover = np.zeros((28, 28)), np.zeros((28, 28))
    whole = adapted.query_logits(torch.from_numpy(query)[None, None])[0, 0].detach().numpy()
    winner = int(whole.argmax())
    for top in range(STRIDE - PATCH, 28, STRIDE):
        for left in range(STRIDE - PATCH, 28, STRIDE):
            patch = slice(max(top, 0), top + PATCH), slice(max(left, 0), left + PATCH)
            erased = query.copy()
            erased[0][patch] = 0
            without = adapted.query_logits(torch.from_numpy(erased)[None, None])[0, 0].detach().numpy()
            falls[patch] += log_odds(whole, winner) - log_odds(without, winner)
            cover[patch] += 1
    np.testing.assert_allclose(explanation.evidence[-1], falls / cover, rtol=1e-3, atol=1e-6)


def test_a_prototype_without_the_query_s_own_copy_speaks_for_it_less(task):
    """One of the winner's drawings is the query itself, and a rival's is drawn much like it."""
    support, _, query = task
    drawings = np.stack([query, support[0], np.clip(query + np.roll(query, 1, 2), 0, 1), support[1]])
    explanation = last(explain(learner_of("protonet"), drawings, np.array([0, 0, 1, 1]), query, 0))
    assert explanation.winners.tolist() == [0]
    assert explanation.influence[0].argmax() == 0
    assert explanation.influence[0, 0] > 0 > explanation.influence[0, 2]


class Halves(Learner):
    """Class 0 is as probable as there is ink above the middle, class 1 as there is below; nothing is adapted."""

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator["Halves"]:
        yield self

    def query_logits(self, query: Tensor, transductive: bool = False) -> Tensor:
        return torch.stack([query[..., 0, :14, :].sum((-2, -1)), query[..., 0, 14:, :].sum((-2, -1))], dim=-1)


def test_ink_of_the_winner_s_half_speaks_for_it_and_the_other_half_s_against():
    query = np.zeros((1, 28, 28), np.float32)
    query[0, 3:8, 5:10] = 1  # 25 above
    query[0, 20:24, 18:22] = 1  # 16 below
    explanation = last(explain(Halves(), np.zeros((2, 1, 28, 28), np.float32), np.array([0, 1]), query, 0))
    evidence = explanation.evidence[0]
    assert explanation.log_odds.tolist() == [9]
    assert query[0].flat[evidence.argmax()] == query[0].flat[evidence.argmin()] == 1
    assert np.unravel_index(evidence.argmax(), evidence.shape)[0] < 8
    assert np.unravel_index(evidence.argmin(), evidence.shape)[0] >= 20
    assert (evidence[:12] >= 0).all()
    assert (evidence[16:] <= 0).all()
    assert not evidence[:, 26:].any()  # no patch there holds ink


def test_of_two_classes_with_a_drawing_each_one_is_left_without_the_other(task):
    support, _, query = task
    explanation = last(explain(learner_of("maml"), support[[0, 1]], np.array([0, 1]), query, STEPS))
    for winner, influence in zip(explanation.winners, explanation.influence, strict=True):
        assert influence[winner] == np.inf
        assert influence[1 - winner] == -np.inf


def test_a_fixed_head_cannot_do_without_a_class_s_only_drawing(task):
    support, labels, query = task
    learner = make_maml(make_network(head="fixed").double(), "support", 1, 0.1, first_order=False)
    explanation = last(explain(learner, support, labels, query, STEPS))
    np.testing.assert_array_equal(np.isnan(explanation.influence), np.tile(labels == 0, (STEPS + 1, 1)))


def test_it_grows_step_by_step_and_then_drawing_by_drawing(task):
    support, labels, query = task
    so_far = list(explain(learner_of("maml"), support, labels, query, STEPS))
    assert [len(one.winners) for one in so_far[:3]] == [1, 2, 3]
    unknown = [int(np.isnan(one.influence).sum()) for one in so_far]
    assert unknown[2:] == [15, 11, 7, 3, 2, 1, 0, 0]
    np.testing.assert_array_equal(so_far[2].evidence, so_far[-1].evidence)
    assert [one.is_complete for one in so_far] == [False] * 9 + [True]


def test_an_adaptation_that_diverged_has_no_finite_log_odds(task):
    support, labels, query = task
    learner = make_maml(make_network().double(), "support", 1, float("inf"), first_order=False)
    assert np.isnan(last(explain(learner, support, labels, query, STEPS)).log_odds[-1])
