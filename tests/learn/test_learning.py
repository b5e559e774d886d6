"""Every learner learns: a fixed set of easy tasks, at chance before, solved after a short training."""

import math

import pytest
import torch

from metagui.data.characters import CharacterSet
from metagui.data.episodes import EpisodeSampler
from metagui.learn.algorithms import make_learner
from metagui.learn.config import LEARNERS, TrainingConfig
from metagui.learn.evaluation import episode_accuracies, summarise
from metagui.learn.learner import Learner
from metagui.learn.optimizer import OPTIMIZERS

WAY, DIRECTIONS, IMAGES = 3, 12, 12
MOST_ITERATIONS, EVALUATE_EVERY = 240, 40
OPTIONS = {
    "meta-sgd": {"inner_lr": 0.1},
    "maml++": {
        "inner_steps": 2, "inner_lr": 0.1, "learned_rates": True, "step_norms": True, "multi_step": 20, "warm_up": 5,
    },
    "reptile": {
        "train_shot": 3, "inner_steps": 5, "inner_lr": 0.1, "optimizer": "sgd", "meta_lr": 1.0, "meta_batch": 1,
    },
    "protonet": {"train_way": 6, "query": 2},
    "proto-maml": {"inner_lr": 0.01},
    "baseline": {"train_way": 12, "query": 2, "meta_batch": 1, "test_steps": 10, "inner_lr": 0.1},
    "random": {"test_steps": 10, "inner_lr": 0.1},
}  # fmt: skip


@pytest.fixture(scope="module")
def bars() -> CharacterSet:
    """Bars of twelve directions near the middle, among random specks: easy once the specks are seen through."""
    generator = torch.Generator().manual_seed(0)
    row, column = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    images = []
    for direction in range(DIRECTIONS):
        angle = math.pi * direction / DIRECTIONS
        for _ in range(IMAGES):
            down, right = (8 * torch.rand(2, generator=generator) - 4 + 13.5).tolist()
            along = (column - right) * math.cos(angle) + (row - down) * math.sin(angle)
            across = (row - down) * math.cos(angle) - (column - right) * math.sin(angle)
            specks = torch.rand(28, 28, generator=generator) < 0.1
            images.append(255 * ((along.abs() < 9) & (across.abs() < 1.2) | specks).to(torch.uint8))
    names = tuple(map(str, range(DIRECTIONS)))
    return CharacterSet(torch.stack(images), torch.full((DIRECTIONS,), IMAGES), names)


def accuracy(learner: Learner, characters: CharacterSet, steps: int) -> float:
    sampler = EpisodeSampler(characters, WAY, 1, 3, seed=99)
    groups = episode_accuracies(learner, sampler, 40, steps)
    return summarise([one for (group,) in groups for one in group]).accuracy


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_solves_easy_tasks_after_a_short_training_and_not_before(bars, name):
    values = {"way": WAY, "query": 3, "meta_batch": 4, "meta_lr": 0.003, "rotations": False}
    config = TrainingConfig(learner=name, **(values | OPTIONS.get(name, {})))
    learner = make_learner(config, DIRECTIONS)
    assert accuracy(learner, bars, config.steps_to_adapt) < 0.45  # chance is a third
    way, shot = config.training_episodes
    sampler = EpisodeSampler(bars, way, shot, config.query, seed=0)
    optimizer = OPTIMIZERS[config.optimizer](learner.network.parameters())
    if name == "random":  # the control: its outer steps change nothing
        learner.meta_gradient(sampler.sample(config.meta_batch))
        optimizer.step(config.meta_lr)
        assert accuracy(learner, bars, config.steps_to_adapt) < 0.45
        return
    reached = 0.0
    for iteration in range(1, MOST_ITERATIONS + 1):
        learner.meta_gradient(sampler.sample(config.meta_batch))
        optimizer.step(config.meta_lr)
        if iteration % EVALUATE_EVERY == 0:
            reached = accuracy(learner, bars, config.steps_to_adapt)
        if reached >= 0.9:
            break
    assert reached >= 0.9
