"""Make resources/samples, the drawings that the program's demonstration replays: `python packaging/make_samples.py`.

Five symbols of our own, each given by its strokes' control points and drawn by `metagui.data.handwriting`. The files
are kept under version control: run this again only to change them.
"""

import json
from pathlib import Path

import numpy as np

from metagui.data.glyph import Stroke
from metagui.data.handwriting import Template, draw

FOLDER = Path(__file__).parents[1] / "resources" / "samples"
SUPPORT, QUERY = 5, 3
SEED = 7
HASTE = 0.7  # over that of Omniglot's drawers: these symbols have few strokes to be known by
SPEED = 3.0  # over that of Omniglot's drawers, who would take some six seconds for a star


def corners(*points: tuple[float, float]) -> np.ndarray:
    return np.array([(x, y, 0) for x, y in points], dtype=np.float64)


def smooth(*points: tuple[float, float]) -> np.ndarray:
    return np.array([(x, y, 1) for x, y in points], dtype=np.float64)


def turning(middle: tuple[float, float], radii: tuple[float, float], degrees: tuple[float, float]) -> np.ndarray:
    """An arc, or a spiral where the two radii differ; 0° is to the right, 90° down."""
    steps = np.linspace(0, 1, 1 + round(abs(degrees[1] - degrees[0]) / 45))[:, None]
    radius = radii[0] + steps * (radii[1] - radii[0])
    angle = np.radians(degrees[0] + steps * (degrees[1] - degrees[0]))
    return smooth(*(np.array(middle) + radius * np.hstack([np.cos(angle), np.sin(angle)])))


SYMBOLS: dict[str, Template] = {
    "spiral": (turning((50, 52), (3, 34), (0, 900)),),
    "star": (corners((29, 82), (50, 16), (71, 82), (17, 41), (83, 41), (29, 82)),),
    "wave": (
        smooth((14, 56), (22, 40), (31, 44), (38, 61), (47, 66), (54, 52), (61, 40), (70, 44), (77, 61), (87, 58)),
    ),
    "house": (
        corners((27, 48), (27, 84), (75, 84), (75, 48)),
        corners((18, 52), (51, 19), (84, 52)),
        corners((45, 84), (45, 65), (57, 65), (57, 84)),
    ),
    "key": (
        turning((31, 40), (14, 14), (40, 415)),
        corners((42, 49), (84, 82)),
        corners((72, 73), (64, 83)),
        corners((83, 81), (75, 91)),
    ),
}


def plain(drawing: list[Stroke]) -> list[list[list[float]]]:
    """The drawing as JSON holds it: tenths of a pixel, whole milliseconds."""
    return [
        [[round(float(x), 1), round(float(y), 1), round(float(t) / SPEED)] for x, y, t in stroke] for stroke in drawing
    ]


def main() -> None:
    for index, (name, template) in enumerate(SYMBOLS.items()):
        drawings = [
            plain(draw(template, np.random.default_rng((SEED, index, drawer)), HASTE))
            for drawer in range(SUPPORT + QUERY)
        ]
        sample = {"name": name, "support": drawings[:SUPPORT], "query": drawings[SUPPORT:]}
        (FOLDER / f"{name}.json").write_text(json.dumps(sample, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
