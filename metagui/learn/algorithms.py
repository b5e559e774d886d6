"""The learners by name: the only table of them."""

from collections.abc import Callable

import torch

from metagui.learn.config import TrainingConfig
from metagui.learn.learner import Learner
from metagui.learn.maml import MAML
from metagui.learn.network import Network
from metagui.learn.rates import FixedRate


def _maml(config: TrainingConfig, network: Network) -> Learner:
    from metagui.learn.maml import Outer

    return MAML(
        network,
        config.norm,
        config.inner_steps,
        FixedRate(config.inner_lr),
        Outer(config.first_order),
        rate_by_way=config.rate_by_way,
    )


ALGORITHMS: dict[str, Callable[[TrainingConfig, Network], Learner]] = {"maml": _maml}


def make_learner(config: TrainingConfig) -> Learner:
    """The learner of this configuration, its network initialized from the configuration's seed, on the CPU."""
    generator = torch.Generator().manual_seed(config.seed)
    network = Network(config.network, config.head, config.way, generator)
    return ALGORITHMS[config.learner](config, network)
