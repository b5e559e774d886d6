"""Sample drawings of five symbols, which the demonstration replays on the drawing canvases."""

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from metagui.data.glyph import Stroke

_ORDER = ("spiral", "star", "wave", "house", "key")


@dataclass(frozen=True, eq=False)
class Sample:
    """A symbol's drawings: tuples of strokes, each (points, 3), x and y in 105-frame pixels and time in ms."""

    name: str
    support: tuple[tuple[Stroke, ...], ...]
    query: tuple[tuple[Stroke, ...], ...]


def load_samples() -> tuple[Sample, ...]:
    """The samples that come with the program: five symbols, of each five drawings to learn from and three to try."""
    return tuple(_sample(name) for name in _ORDER)


def _sample(name: str) -> Sample:
    file = files("metagui.resources") / "samples" / f"{name}.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    return Sample(content["name"], _drawings(content["support"]), _drawings(content["query"]))


def _drawings(content: list[list[list[list[float]]]]) -> tuple[tuple[Stroke, ...], ...]:
    return tuple(tuple(np.array(stroke, dtype=np.float32) for stroke in drawing) for drawing in content)
