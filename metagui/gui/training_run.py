"""A training run as the window runs it: where it is kept, and its data and the training itself as one iterator."""

import time
from collections.abc import Generator
from pathlib import Path

from metagui.data.files import exists, user_folder
from metagui.data.preparation import Preparation
from metagui.data.sources import load_split
from metagui.learn.config import TrainingConfig
from metagui.learn.events import Event
from metagui.learn.training import train


def training_run(config: TrainingConfig, folder: Path, resume: bool) -> Generator[Preparation | Event, None, None]:
    """Reports of the data being made, then the events of `train`. InputError as those have it."""
    parts = yield from load_split(config.data, config.split)
    yield from train(config, parts, folder, resume)


def new_run_folder(config: TrainingConfig) -> Path:
    """A place among the user's runs that is not taken, named by the time and by what is learned."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{config.learner}-{config.way}w{config.shot}s"
    folder = user_folder() / "runs" / name
    number = 1
    while exists(folder):
        number += 1
        folder = folder.with_name(f"{name}-{number}")
    return folder
