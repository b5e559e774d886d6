import torch

from metagui.learn.algorithms import ALGORITHMS, make_learner
from metagui.learn.config import TrainingConfig, options


def test_every_learner_on_offer_can_be_made_and_no_other():
    assert tuple(ALGORITHMS) == options()["learner"].choices
    for name in ALGORITHMS:
        make_learner(TrainingConfig(learner=name))


def test_the_configurations_values_reach_the_learner():
    learner = make_learner(TrainingConfig(inner_steps=3, inner_lr=0.25, first_order=True, norm="batch", seed=8))
    assert (learner.inner_steps, learner.inner_lr, learner.first_order, learner.norm) == (3, 0.25, True, "batch")
    same = make_learner(TrainingConfig(seed=8)).network.state_dict()
    assert all(torch.equal(same[name], value) for name, value in learner.network.state_dict().items())
