"""The learners by name: the only table of them."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from metagui.learn.baseline import Baseline, RandomInitialization
from metagui.learn.config import TrainingConfig
from metagui.learn.learner import Learner
from metagui.learn.maml import MAML, Outer
from metagui.learn.network import KEPT_NORMS, Network
from metagui.learn.protonet import ProtoNet
from metagui.learn.rates import FixedRate, ParameterRates, Rates, StepRates
from metagui.learn.reptile import Reptile


@dataclass(frozen=True)
class _Making:
    """What a learner is made from."""

    config: TrainingConfig
    network: Network
    classes: int  # of the training characters, with their rotations

    def maml(self, rates: Rates | None = None, first_order: bool = False, head_only: bool = False) -> MAML:
        config = self.config
        return MAML(
            self.network,
            config.norm,
            config.inner_steps,
            rates or FixedRate(config.inner_lr),
            Outer(first_order or config.first_order, config.multi_step, config.warm_up),
            head_only=head_only,
            rate_by_way=config.rate_by_way,
        )

    def meta_sgd(self) -> MAML:
        shapes = {name: value.shape for name, value in self.network.encoder.items()}
        head = (self.config.way,) if self.config.head == "fixed" else ()
        shapes |= {"head.weight": torch.Size([*head, self.network.features]), "head.bias": torch.Size(head)}
        return self.maml(ParameterRates(self.config.inner_lr, shapes))

    def maml_plus_plus(self) -> MAML:
        if not self.config.learned_rates:
            return self.maml()
        names = [*self.network.encoder, "head.weight", "head.bias"]
        return self.maml(StepRates(self.config.inner_lr, names, max(1, self.config.inner_steps)))

    def reptile(self) -> Reptile:
        config = self.config
        return Reptile(
            self.network,
            config.norm,
            config.inner_steps,
            config.inner_lr,
            config.inner_batch,
            adam=config.inner_optimizer == "adam",
        )


ALGORITHMS: dict[str, Callable[[_Making], Learner]] = {
    "maml": _Making.maml,
    "fomaml": lambda making: making.maml(first_order=True),
    "anil": lambda making: making.maml(head_only=True),
    "meta-sgd": _Making.meta_sgd,
    "maml++": _Making.maml_plus_plus,
    "reptile": _Making.reptile,
    "protonet": lambda making: ProtoNet(making.network, making.config.norm),
    "proto-maml": _Making.maml,  # with the head that starts from prototypes
    "baseline": lambda making: Baseline(making.network, making.classes, making.maml()),
    "random": lambda making: RandomInitialization(making.network, making.maml()),
}
_PROTOTYPES = ("protonet", "proto-maml")


def make_learner(config: TrainingConfig, characters: int = 0) -> Learner:
    """The learner of this configuration, its network initialized from the configuration's seed, on the CPU.

    `characters`, how many there are to train on, rotations not counted, matters to the baseline's classifier only.
    """
    generator = torch.Generator().manual_seed(config.seed)
    head = "prototype" if config.learner in _PROTOTYPES else config.head
    steps = config.inner_steps + 1  # and none
    running = 0 if config.norm not in KEPT_NORMS else steps if config.learner == "maml++" else 1
    network = Network(config.network, head, config.way, generator, steps if config.step_norms else 0, running)
    classes = characters * (4 if config.rotations else 1)
    return ALGORITHMS[config.learner](_Making(config, network, classes))
