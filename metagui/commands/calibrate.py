"""`metagui calibrate`: have checkpoints tell drawings that are of none of a task's classes."""

import argparse
from dataclasses import replace
from pathlib import Path

from metagui.commands.output import prepared, say
from metagui.data.errors import InputError
from metagui.data.sources import load_split
from metagui.learn.calibration import calibration_of
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from metagui.learn.novelty import Calibration
from metagui.learn.run_lock import is_locked


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("checkpoints", type=Path, nargs="+", metavar="CHECKPOINT")
    command.set_defaults(run=_calibrate)


def fitted_to_validation(checkpoint: Checkpoint) -> Calibration:
    """By the validation characters of the split that it was trained on. InputError where there are none."""
    config = checkpoint.config
    validation = prepared(load_split(config.data, config.split, checkpoint.split_seed)).validation
    if not len(validation):
        raise InputError(
            f"{checkpoint.name} cannot be calibrated: the split {config.split}, on which it was trained, leaves no "
            "characters for that. Train on the split 1028."
        )
    return calibration_of(checkpoint, validation)


def _calibrate(arguments: argparse.Namespace) -> int:
    for path in arguments.checkpoints:
        if is_locked(path.parent):
            raise InputError(
                f"A training run is writing to {path.parent}: calibrate its checkpoints when it has ended."
            )
        checkpoint = load_checkpoint(path)
        save_checkpoint(path, replace(checkpoint, calibration=fitted_to_validation(checkpoint)))
        say(f"{path}: drawings of none of the classes are told from now on.")
    return 0
