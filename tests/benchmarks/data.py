"""How long episodes take to draw, and Omniglot to import and load."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from metagui.data.characters import with_rotations
from metagui.data.episodes import EpisodeSampler
from metagui.data.omniglot import import_omniglot, load_omniglot
from metagui.data.preparation import result
from metagui.data.sources import load_split
from metagui.learn.algorithms import make_learner
from metagui.learn.presets import PRESETS
from tests.benchmarks.report import heading, machine, row
from tests.benchmarks.timing import seconds

_PRESETS = ("quick", "maml-quick", "default", "basic")  # the papers' own differ from them by numbers only


def measure(omniglot: Path) -> Iterator[str]:
    """Lines of Markdown. `omniglot` is the folder of its archives, left out where it is missing."""
    yield machine(("torch", "numpy"))
    yield ""
    yield heading("what", "measured", "to reach")
    yield from _sampling()
    if omniglot.is_dir():
        yield from _loading(omniglot)


def _sampling() -> Iterator[str]:
    """Drawing a meta-batch's episodes, as a share of its meta-step."""
    parts = result(load_split("strokes", "1028"))
    # As many classes as Omniglot's training part with its rotations: the share grows with them.
    characters = with_rotations(parts.train)
    many = characters.select([index % len(characters) for index in range(4112)])
    for name in _PRESETS:
        config = PRESETS[name]
        way, shot = config.training_episodes
        sampler = EpisodeSampler(many, way, shot, config.query, seed=0)
        learner = make_learner(config, len(many))
        episodes = sampler.sample(config.meta_batch)
        drawing = np.median(seconds(lambda s=sampler, c=config: s.sample(c.meta_batch), 20))
        step = np.median(seconds(lambda a=learner, e=episodes: a.meta_gradient(e), 10))
        yield row(
            f"sampling, preset {name}",
            f"{1000 * drawing:.1f} ms of a {1000 * step:.0f} ms meta-step: {100 * drawing / step:.1f} %",
            "≤ 5 %",
        )


def _loading(omniglot: Path) -> Iterator[str]:
    """Importing Omniglot once, and reading it at a later start."""
    begun = time.perf_counter()
    result(import_omniglot(omniglot))
    yield row("import of Omniglot's archives", f"{time.perf_counter() - begun:.1f} s", "–")
    times = seconds(lambda: load_omniglot().images.sum(), 5)
    yield row("load of the imported set, every byte touched", f"{1000 * np.median(times):.0f} ms", "< 300 ms")
