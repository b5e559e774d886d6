"""A run that begins with what another has learned: prototypical networks learn an encoder fast, MAML adapts it."""

from metagui.data.characters import SPLIT_SEED
from metagui.data.errors import InputError
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.learner import Learner


def take_over_encoder(start: Checkpoint, learner: Learner, config: TrainingConfig) -> None:
    """Give a new learner, which `config` made, the encoder of `start`; its head and all else stay its own.

    InputError where that has another architecture, or has seen characters of this run's validation or test part.
    """
    other = start.config
    if other.data == config.data and (other.split, start.split_seed) != (config.split, SPLIT_SEED):
        raise InputError(
            f"{start.name} was trained with the split {other.split}, and has seen characters that the split "
            f"{config.split} keeps for validation or test: train both with one split."
        )
    encoder = {name: value for name, value in start.weights.items() if name.startswith("encoder.")}
    network = learner.network
    wanted = {name for name in network.state_dict() if name.startswith("encoder.")}
    if other.network != config.network or encoder.keys() != wanted:
        raise InputError(
            f"The encoder of {start.name} ({other.network}) is none for this run's {config.network}, or one of the two "
            "has batch norm by step: choose alike."
        )
    network.load_state_dict(encoder, strict=False)
