"""What training leaves behind: one safetensors file with all that is known of a learner in its header, as JSON."""

import json
import platform
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from metagui.data.errors import InputError
from metagui.data.files import exists, previous, write_atomically
from metagui.data.glyph import GlyphSettings
from metagui.data.tensors import parse_tensors, read_tensors
from metagui.learn.algorithms import make_learner
from metagui.learn.config import TrainingConfig
from metagui.learn.learner import Learner
from metagui.learn.novelty import Calibration

FORMAT = 1  # of the file: another one is refused
_LARGEST = 1 << 30  # bytes


@dataclass(frozen=True)
class Checkpoint:
    """A snapshot: nothing in it changes when training goes on."""

    config: TrainingConfig
    weights: dict[str, Tensor]  # the network's state, on the CPU
    iteration: int
    characters: int  # how many the network was trained on, rotations not counted
    split_seed: int
    figures: dict[str, float] = field(default_factory=dict)  # the last known, by name
    settings: GlyphSettings = field(default_factory=GlyphSettings)
    state: dict[str, Tensor] = field(default_factory=dict)  # optimizer and generators: what resuming needs
    seconds: float = 0.0  # of training so far
    calibration: Calibration | None = None  # tells queries of none of a task's classes; None: it can't
    name: str = ""
    path: Path | None = field(default=None, compare=False)  # of the file that it was read from

    def learner(self) -> Learner:
        """A new learner on the CPU with these weights. InputError where they do not fit the configuration."""
        learner = make_learner(self.config, self.characters)
        try:
            learner.network.load_state_dict(self.weights)
        except RuntimeError as error:
            raise InputError(f"The checkpoint's weights do not fit its {self.config.network} network.") from error
        return learner

    def summary(self) -> str:
        """One line for people: what was trained on what, and how well it does."""
        config = self.config
        shots = f"1…{config.shot}" if config.mixed_shots else config.shot
        text = (
            f"{config.learner.upper()} {config.network}, trained on {config.way}-way {shots}-shot episodes of "
            f"{config.data}, {self.iteration:,} iterations"
        )
        if "validation_accuracy" in self.figures:
            text += f", validation {100 * self.figures['validation_accuracy']:.1f} %"
        return text


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write it whole or not at all, and keep the one before. InputError where the disk refuses."""
    write_atomically(path, pack(checkpoint), keep_previous=True)


def pack(checkpoint: Checkpoint) -> bytes:
    """The content of a checkpoint's file."""
    metadata = {
        "format": FORMAT,
        "config": checkpoint.config.to_json(),
        "iteration": checkpoint.iteration,
        "seconds": checkpoint.seconds,
        "data": {
            "name": checkpoint.config.data,
            "split": checkpoint.config.split,
            "split_seed": checkpoint.split_seed,
            "training_characters": checkpoint.characters,
        },
        "preprocessing": asdict(checkpoint.settings),
        "figures": checkpoint.figures,
        "calibration": checkpoint.calibration and asdict(checkpoint.calibration),
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("metagui", "torch", "numpy", "pillow")},
        },
    }
    tensors = {f"network.{name}": value for name, value in checkpoint.weights.items()} | checkpoint.state
    contiguous = {name: value.detach().contiguous() for name, value in tensors.items()}
    return safetensors.torch.save(contiguous, {"metagui": json.dumps(metadata)})


def load_checkpoint(path: Path) -> Checkpoint:
    """Read what `save_checkpoint` wrote.

    InputError where the file is missing, cut short, foreign or of another format, or its weights are of no use.
    """
    try:
        if not path.is_file():
            raise InputError(f"There is no checkpoint {path}.")
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} is too large to be a checkpoint of metagui.")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        tensors, header = read_tensors(path)
    except InputError as error:
        before = previous(path)
        hint = f" The one before is kept as {before.name}: give it this one's name to use it." * exists(before)
        raise InputError(f"{error}{hint}") from error
    return replace(_checked(tensors, header, str(path)), name=path.stem, path=path.absolute())


def unpack(content: bytes, name: str) -> Checkpoint:
    """What `pack` made; `name` is what messages call it. InputError where it is damaged or foreign."""
    return _checked(*parse_tensors(content, name), name)


def _checked(tensors: dict[str, Tensor], header: dict[str, str], source: str) -> Checkpoint:
    """Nameless. InputError where this program can't use it."""
    if "metagui" not in header:
        raise InputError(f"{source} is a safetensors file of another program, not a checkpoint of metagui.")
    try:
        checkpoint = _described(json.loads(header["metagui"]), tensors)
    except InputError as error:
        raise InputError(f"{source} is not a checkpoint of this metagui: {error}") from error
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise InputError(f"{source} is not a checkpoint of this metagui: its description is incomplete.") from error
    if not all(bool(torch.isfinite(value).all()) for value in checkpoint.weights.values()):
        raise InputError(f"{source} holds weights that are not finite: training had diverged.")
    checkpoint.learner()  # refuses weights that do not fit
    return checkpoint


def _described(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> Checkpoint:
    if metadata["format"] != FORMAT:
        raise InputError(
            f"It has format {metadata['format']}, and this one reads format {FORMAT}: use the version that wrote it."
        )
    return Checkpoint(
        config=TrainingConfig.from_json(metadata["config"]),
        weights={key[8:]: value for key, value in tensors.items() if key.startswith("network.")},
        iteration=int(metadata["iteration"]),
        characters=int(metadata["data"]["training_characters"]),
        split_seed=int(metadata["data"]["split_seed"]),
        figures={figure: float(value) for figure, value in metadata["figures"].items()},
        settings=GlyphSettings(**metadata["preprocessing"]),
        state={key: value for key, value in tensors.items() if not key.startswith("network.")},
        seconds=float(metadata["seconds"]),
        calibration=_calibration(metadata.get("calibration")),
    )


def _calibration(told: dict[str, Any] | None) -> Calibration | None:
    """None for a checkpoint that has not been calibrated, as those of earlier versions."""
    return Calibration(tuple(map(float, told["weights"])), float(told["bias"])) if told else None
