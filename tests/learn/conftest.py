from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from metagui.data.characters import CharacterSet, Split, split
from metagui.data.episodes import Episodes, EpisodeSampler
from metagui.data.strokes import make_strokes
from metagui.learn.algorithms import make_learner
from metagui.learn.config import TrainingConfig
from metagui.learn.learner import Learner
from metagui.learn.maml import MAML, Outer
from metagui.learn.network import Network
from metagui.learn.rates import FixedRate


@pytest.fixture(scope="session")
def characters() -> CharacterSet:
    return make_strokes(40, drawers=8)


@pytest.fixture(scope="session")
def parts(characters: CharacterSet) -> Split:
    return split(characters, "1028")


@pytest.fixture(scope="session")
def episodes(characters: CharacterSet) -> Episodes:
    """Two 3-way 2-shot tasks with 2 queries a class."""
    return EpisodeSampler(characters, 3, 2, 2, seed=1).sample(2)


@pytest.fixture
def torch_threads() -> Iterator[Callable[[int], None]]:
    """Sets how many threads torch has, until the test ends."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def make_network(architecture: str = "conv4-stride", head: str = "shared", way: int = 3, seed: int = 0) -> Network:
    """A network whose shared vector is not at zero, where too much would vanish for a test to see."""
    generator = torch.Generator().manual_seed(seed)
    network = Network(architecture, head, way, generator)
    if head == "shared":
        torch.nn.init.normal_(network.head.weight, 0, 0.1, generator=generator)
    return network


def make_maml(network: Network, norm: str, inner_steps: int, inner_lr: float, first_order: bool) -> MAML:
    return MAML(network, norm, inner_steps, FixedRate(inner_lr), Outer(first_order))


def random_learner(**options: Any) -> Learner:
    """As if it had been trained: nothing is at zero or one, and the running moments have seen something."""
    learner = make_learner(TrainingConfig(**options), characters=5)
    generator = torch.Generator().manual_seed(1)
    for name, value in learner.network.state_dict().items():
        if name.startswith(("encoder.scale", "encoder.shift", "scales", "running", "head")):
            value.add_(torch.rand(value.shape, generator=generator), alpha=0.5)
    return learner


def flat(gradients) -> torch.Tensor:
    return torch.cat([gradient.flatten() for gradient in gradients])


def relative_error(value: torch.Tensor, truth: torch.Tensor) -> float:
    return float((value - truth).norm() / truth.norm())


def in_double(episodes: Episodes) -> Episodes:
    return replace(episodes, support=episodes.support.double(), query=episodes.query.double())
