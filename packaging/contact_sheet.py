"""Show procedural characters, beside Omniglot's where its archive is given, and compare the two in figures.

python packaging/contact_sheet.py sheet.png [--omniglot PATH/images_background.zip] [--seed 0]

In the picture each five cells of a row are a character by five drawers; Omniglot, where given, is on the left.
packaging/pictures/strokes.png, which the README shows, is made with it.
"""

import argparse
import re
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from metagui.data.archives import open_files
from metagui.data.glyph import FRAME, glyph_of_ink, rasterise
from metagui.data.handwriting import draw
from metagui.data.pictures import decode_picture
from metagui.data.strokes import DRAWERS, character

CHARACTERS = 300  # that are compared
ROWS, COLUMNS = 20, 10  # of the picture, for each of the two data sets
GAP = 3  # pixels

Inks = NDArray[np.bool_]  # (characters, drawers, 105, 105)


def procedural(seed: int) -> Inks:
    return np.stack([_drawn(seed, index) for index in range(CHARACTERS)])


def _drawn(seed: int, index: int) -> NDArray[np.bool_]:
    template = character(seed, index)
    return np.stack([rasterise(draw(template, np.random.default_rng((seed, index, i + 1)))) for i in range(DRAWERS)])


def omniglot(archive: Path, seed: int) -> Inks:
    """Random characters of Omniglot."""
    with open_files(archive) as files:
        names = sorted(name for name in files.names if name.endswith(".png"))
        drawn = [list(group) for _, group in groupby(names, lambda name: re.sub(r"[^/]*$", "", name))]
        chosen = np.random.default_rng(seed).permutation(len(drawn))[:CHARACTERS]
        return np.stack(
            [np.stack([decode_picture(files.read(name), name) < 128 for name in drawn[index]]) for index in chosen]
        )


def sheet(inks: Inks) -> NDArray[np.uint8]:
    """(height, width) uint8: two characters a row, each by half of the columns' drawers."""
    cells = np.pad(inks[: 2 * ROWS, : COLUMNS // 2], ((0, 0), (0, 0), (0, GAP), (0, GAP))) * np.uint8(255)
    cells[:, :, FRAME:], cells[:, :, :, FRAME:] = 40, 40
    side = FRAME + GAP
    return 255 - cells.reshape(ROWS, COLUMNS, side, side).swapaxes(1, 2).reshape(ROWS * side, COLUMNS * side)


def describe(name: str, inks: Inks) -> None:
    """Print a data set's looks: ink, long side and place, over all drawings and from drawer to drawer."""
    boxes = np.array([[_box(ink) for ink in drawn] for drawn in inks])
    figures = {
        "ink fraction": inks.mean(axis=(2, 3)),
        "long side, px": boxes[..., 2:].max(axis=2),
        "log of width/height": np.log(boxes[..., 2] / boxes[..., 3]),
        "centre x, px": boxes[..., 0],
        "centre y, px": boxes[..., 1],
    }
    print(name)
    for figure, values in figures.items():
        within = values.std(axis=1).mean()
        print(f"  {figure:<20} {values.mean():7.3f} ± {values.std():.3f}, of one character ± {within:.3f}")
    edge = inks[:, :, [0, -1]].any(axis=(2, 3)) | inks[:, :, :, [0, -1]].any(axis=(2, 3))
    print(f"  {'touch the border':<20} {edge.mean():7.3f}")
    for title, pixels in ("as drawn", _blurred(inks)), ("fitted", _blurred(inks, boxes)):
        rates = ", ".join(f"{way}-way {_nearest_neighbour(pixels, way):.3f}" for way in (5, 20))
        print(f"  1-shot accuracy of the nearest neighbour in blurred pixels, {title}: {rates}")


def _box(ink: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Centre, width and height of the ink."""
    rows, columns = np.nonzero(ink)
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    return float(columns.min() + width / 2), float(rows.min() + height / 2), float(width), float(height)


def _blurred(inks: Inks, boxes: NDArray[np.float64] | None = None) -> NDArray[np.float32]:
    """(characters, drawers, 784) blurred glyphs; with `boxes`, of the ink alone."""
    blurred = np.empty((*inks.shape[:2], 28 * 28), np.float32)
    for place in np.ndindex(inks.shape[:2]):
        ink = inks[place]
        if boxes is not None:
            x, y, width, height = boxes[place]
            half = max(width, height, 12) / 2 + 6
            corners = [round(edge) for edge in (x - half, y - half, x + half, y + half)]
            ink = np.asarray(Image.fromarray(ink).crop(tuple(corners)))
        glyph = Image.fromarray(np.rint(glyph_of_ink(ink)[0] * 255).astype(np.uint8))
        blurred[place] = np.asarray(glyph.filter(ImageFilter.GaussianBlur(1.5)), np.float32).ravel() / 255
    return blurred


def _nearest_neighbour(pixels: NDArray[np.float32], way: int, episodes: int = 4000) -> float:
    rng = np.random.default_rng(0)
    right = 0
    for _ in range(episodes):
        classes = rng.choice(len(pixels), way, replace=False)
        drawers = rng.integers(pixels.shape[1], size=way)
        asked = (drawers[0] + rng.integers(1, pixels.shape[1])) % pixels.shape[1]  # another drawer of the first class
        distances = ((pixels[classes, drawers] - pixels[classes[0], asked]) ** 2).sum(axis=1)
        right += int(distances.argmin() == 0)
    return right / episodes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--omniglot", type=Path, metavar="ARCHIVE", help="images_background.zip")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    sets = {"Omniglot": omniglot(arguments.omniglot, arguments.seed)} if arguments.omniglot else {}
    sets["Procedural strokes"] = procedural(arguments.seed)
    for name, inks in sets.items():
        describe(name, inks)
    halves = [sheet(inks) for inks in sets.values()]
    arguments.picture.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.hstack(halves)).resize((len(halves) * 810, 1620), Image.Resampling.BOX).save(arguments.picture)


if __name__ == "__main__":
    main()
