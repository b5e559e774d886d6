"""A training run as the window runs it: data first, then the training itself, one iterator for one thread."""

from collections.abc import Generator
from pathlib import Path

from metagui.data.preparation import Preparation
from metagui.data.sources import load_split
from metagui.learn.config import TrainingConfig
from metagui.learn.training import Event, train


def training_run(config: TrainingConfig, folder: Path, resume: bool) -> Generator[Preparation | Event, None, None]:
    """Reports of the data being made, then the events of `train`. InputError as those have it."""
    parts = yield from load_split(config.data, config.split)
    yield from train(config, parts, folder, resume)
