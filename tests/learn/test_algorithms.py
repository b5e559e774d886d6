"""Each learner against an independent plain loop over tasks, and what the options of MAML++ come to."""

import copy
from dataclasses import replace

import pytest
import torch

from metagui.data.episodes import Episodes
from metagui.learn.algorithms import ALGORITHMS, make_learner
from metagui.learn.config import LEARNERS, TrainingConfig
from metagui.learn.learner import Learner
from metagui.learn.presets import PRESETS
from tests.learn import plain_maml
from tests.learn.conftest import flat, in_double, relative_error

SMALL = TrainingConfig(way=3, shot=2, query=2, inner_steps=3, inner_lr=0.2, head="fixed")
# A learner, the options of the configuration, and those of the plain loop.
FAMILY = {
    "maml": ({}, {}),
    "fomaml": ({}, {"first_order": True}),
    "anil": ({}, {"head_only": True}),
    "anil-shared": ({"learner": "anil", "head": "shared"}, {"head_only": True}),
    "meta-sgd": ({}, {}),
    "meta-sgd-shared": ({"learner": "meta-sgd", "head": "shared"}, {}),
    "proto-maml": ({"head": "shared"}, {"head": "prototype"}),
    "maml++": ({"learned_rates": True}, {}),
    "maml++norms": ({"learner": "maml++", "step_norms": True, "norm": "running"}, {}),
    "maml++steps": ({"learner": "maml++", "multi_step": 10}, {"weights": (0.3, 0.3, 0.4)}),
    "maml++warm-up": ({"learner": "maml++", "warm_up": 10}, {"first_order": True}),
    "maml++steps of first order": (
        {"learner": "maml++", "multi_step": 10, "warm_up": 10},
        {"weights": (0.3, 0.3, 0.4), "first_order": True},
    ),
    "maml frozen": ({"learner": "maml", "norm": "frozen", "head": "shared"}, {}),
    "maml cosine": ({"learner": "maml", "head": "cosine"}, {}),
    "meta-sgd cosine": ({"learner": "meta-sgd", "head": "cosine"}, {}),
    "anil frozen": ({"learner": "anil", "norm": "frozen"}, {"head_only": True}),
    "maml++all": (
        {"learner": "maml++", "learned_rates": True, "step_norms": True, "multi_step": 10, "norm": "running"},
        {"weights": (0.3, 0.3, 0.4)},
    ),
}


def make(name: str, seed: int = 3) -> tuple[Learner, TrainingConfig]:
    """The learner with parameters moved a little, so that nothing is zero, or one for all, by chance."""
    config = replace(SMALL, **({"learner": name} | FAMILY[name][0]))
    learner = make_learner(config)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in learner.network.parameters():
            parameter += 0.01 * torch.randn(parameter.shape, generator=generator)
        if config.norm == "frozen":
            for moments in learner.network.running.buffers():
                moments += 0.3 * torch.rand(moments.shape, generator=generator)
        if "multi_step" in FAMILY[name][0]:
            learner.network.meta_steps.fill_(1)  # of ten: the early steps' weights are 0.9 / 3
    return learner, config


def plain(learner: Learner, config: TrainingConfig, name: str, episodes: Episodes) -> torch.Tensor:
    network = learner.network
    rates = getattr(network, "rates", lambda name, step: config.inner_lr)
    options = {"head": config.head} | FAMILY[name][1]
    return flat(
        plain_maml.meta_gradient(
            network, config.network, norm=config.norm, episodes=episodes, way=3, steps=3, rate=rates, **options
        )[1]
    )


def gradient_of(learner: Learner, episodes: Episodes) -> torch.Tensor:
    learner.meta_gradient(episodes)
    return flat(
        torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for parameter in learner.network.parameters()
    )


@pytest.fixture(scope="module", params=FAMILY)
def member(request, episodes) -> tuple[Learner, torch.Tensor]:
    """A learner in single precision, and its meta-gradient by the plain loop in double precision."""
    learner, config = make(request.param)
    exact = copy.deepcopy(learner)
    exact.network.double()
    return learner, plain(exact, config, request.param, in_double(episodes))


def test_meta_gradient_equals_a_plain_loop_in_double_precision(episodes, member):
    learner, expected = copy.deepcopy(member[0]), member[1]
    learner.network.double()
    assert relative_error(gradient_of(learner, in_double(episodes)), expected) <= 1e-9


def test_meta_gradient_equals_a_plain_loop_in_single_precision(episodes, member):
    learner, expected = copy.deepcopy(member[0]), member[1]
    assert relative_error(gradient_of(learner, episodes).double(), expected) <= 1e-4


def test_maml_plus_plus_with_every_part_off_is_maml_to_the_bit(episodes):
    gradients = [gradient_of(make_learner(replace(SMALL, learner=name)), episodes) for name in ("maml", "maml++")]
    assert torch.equal(*gradients)


def test_the_multi_step_loss_gives_way_to_the_last_steps(episodes):
    learner, _ = make("maml++steps")
    last = make_learner(SMALL)
    last.network.load_state_dict(learner.network.state_dict(), strict=False)
    assert relative_error(gradient_of(learner, episodes), gradient_of(last, episodes)) > 0.01
    learner.network.meta_steps.fill_(10)
    assert torch.equal(gradient_of(learner, episodes), gradient_of(last, episodes))
    assert int(learner.network.meta_steps) == 11


def test_the_warm_up_ends(episodes):
    learner, config = make("maml++warm-up")
    learner.network.meta_steps.fill_(10)
    learner.network.double()
    exact = flat(
        plain_maml.meta_gradient(
            learner.network, config.network, "fixed", config.norm, in_double(episodes), 3, 3, config.inner_lr
        )[1]
    )
    assert relative_error(gradient_of(learner, in_double(episodes)), exact) <= 1e-9


def test_proto_maml_with_no_steps_is_the_prototype_classifier(episodes):
    proto_maml = make_learner(replace(SMALL, learner="proto-maml", head="shared"))
    protonet = make_learner(TrainingConfig(learner="protonet"))
    protonet.network.load_state_dict(proto_maml.network.state_dict())
    logits = [
        next(learner.adapt(episodes.support, episodes.support_labels, 0)).query_logits(episodes.query)
        for learner in (proto_maml, protonet)
    ]
    torch.testing.assert_close(*logits)


def test_steps_beyond_those_of_training_take_the_last_ones_rates_and_norms(episodes):
    learner, _ = make("maml++all")
    *_, last = learner.adapt(episodes.support, episodes.support_labels, 5)
    assert torch.isfinite(last.query_logits(episodes.query)).all()


def test_every_learner_on_offer_can_be_made_and_no_other():
    assert tuple(ALGORITHMS) == LEARNERS
    assert {preset.learner for preset in PRESETS.values()} == set(LEARNERS)
    for name in ALGORITHMS:
        make_learner(TrainingConfig(learner=name), characters=10)


def test_the_configurations_values_reach_the_learner():
    learner = make_learner(TrainingConfig(inner_steps=3, norm="batch", seed=8))
    assert (learner.inner_steps, learner.norm) == (3, "batch")
    same = make_learner(TrainingConfig(seed=8)).network.state_dict()
    assert all(torch.equal(same[name], value) for name, value in learner.network.state_dict().items())
