"""A run that begins with what another has learned: prototypical networks learn an encoder fast, MAML adapts it."""

from metagui.data.characters import SPLIT_SEED
from metagui.data.errors import InputError
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.learner import Learner

_ENCODER = ("encoder.", "scales.")
_MOMENTS = ("running.mean", "running.variance")


def take_over_encoder(start: Checkpoint, learner: Learner, config: TrainingConfig) -> None:
    """Give a new learner, which `config` made, the encoder of `start`; its head and all else stay its own.

    Where batch norm is frozen its running means are taken over too; where each inner step has scales and shifts of its
    own, all begin at the encoder's. InputError where `start` has another architecture or no running means to freeze, or
    has seen characters of this run's validation or test part.
    """
    other = start.config
    if other.data == config.data and (other.split, start.split_seed) != (config.split, SPLIT_SEED):
        raise InputError(
            f"{start.name} was trained with the split {other.split}, and has seen characters that the split "
            f"{config.split} keeps for validation or test: train both with one split."
        )
    network = learner.network
    wanted = network.state_dict()
    taken = {name: value for name, value in start.weights.items() if name.startswith("encoder.")}
    for name in [name for name in wanted if name.startswith("scales.")]:
        before = taken.pop(name.replace("scales.", "encoder."), None)
        if before is not None:
            taken[name] = before.expand(wanted[name].shape)
    if other.network != config.network or taken.keys() != {name for name in wanted if name.startswith(_ENCODER)}:
        raise InputError(
            f"The encoder of {start.name} ({other.network}) is none for this run's {config.network}, or has batch norm "
            "by step: choose alike."
        )
    if config.norm == "frozen":
        if "running.mean" not in start.weights:
            raise InputError(f"{start.name} has no running means of batch norm to freeze: its norm is {other.norm}.")
        # One of several steps' is that of none: as the encoder is before adaptation.
        taken |= {name: start.weights[name][:1].expand(wanted[name].shape) for name in _MOMENTS}
    network.load_state_dict(taken, strict=False)
