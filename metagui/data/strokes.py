"""Procedural characters: stroke-drawn classes without end, the data set that needs no download.

A character has one to five strokes. They come from a vocabulary of pen movements and are put together as those of
scripts are: a stroke starts, ends or crosses where another starts, turns or ends, or it stands beside those before it,
crosses them out, repeats or mirrors them. Every drawing of a character is by another drawer (see `handwriting`).
"""

from collections.abc import Generator, Sequence
from contextlib import suppress

import numpy as np
import torch
from torch import Tensor

from metagui.data.characters import CharacterSet, load_characters, save_characters
from metagui.data.errors import InputError
from metagui.data.files import cache_folder, exists
from metagui.data.glyph import CENTRE, DEFAULT_SETTINGS, LONG_SIDE, PEN, GlyphSettings, glyph_of_ink, rasterise
from metagui.data.handwriting import Array, Template, curve, draw, way
from metagui.data.preparation import Preparation, result

CHARACTERS = 200  # enough for a test part of a hundred; more are drawn on request
DRAWERS = 20  # as Omniglot has
_EDITION = 1  # raise it with every change of what is drawn, so that no older program's cache is read

Movement = tuple[tuple[float, float, float], ...]  # pieces: a turn in degrees, then a length bent by so many degrees

_DOT: Movement = ((0, 0.02, 0),)
_LINE: Movement = ((0, 1, 0),)
_SIMPLE: tuple[Movement, ...] = (
    _LINE,
    _LINE,
    ((50, 1, 0),),
    ((-20, 1, 45),),  # a bow
    ((-90, 1.2, 180),),  # an arc
    ((0, 1.4, 370),),  # a ring, closed as people close it
    ((0, 0.9, 0), (90, 0.7, 0)),  # a corner
    ((65, 0.8, 0), (-130, 0.8, 0)),  # a V
    ((0, 0.8, 0), (0, 0.5, 160)),  # a hook
)
_COMPOUND: tuple[Movement, ...] = (
    ((-135, 1.6, 270),),  # a ring with a gap
    ((0, 0.8, 0), (90, 0.6, 0), (90, 0.8, 0)),  # three sides of a box
    ((0, 0.7, 0), (90, 0.7, 0), (90, 0.7, 0), (90, 0.7, 0)),  # a box
    ((0, 0.8, 0), (120, 0.8, 0), (120, 0.8, 0)),  # a triangle
    ((0, 0.6, 0), (130, 0.8, 0), (-130, 0.6, 0)),  # a Z
    ((0, 0.5, 0), (90, 0.5, 0), (-90, 0.5, 0)),  # a step
    ((-90, 0.8, 190), (0, 0.8, -190)),  # an S
    ((0, 0.5, 0), (0, 0.8, 180), (0, 0.5, 0)),  # a cup
    ((0, 0.8, 0), (0, 1.2, 310)),  # a line that ends in a loop
    ((0, 0.6, 60), (0, 1.0, 350), (0, 0.6, 60)),  # a loop in passing
    ((-90, 0.8, 190), (160, 0.8, 190)),  # two bumps
    ((0, 0.35, 180), (0, 0.65, 180), (0, 1.0, 180)),  # a spiral
    ((0, 0.9, 0), (165, 0.45, 0), (0, 1.0, 200)),  # a stem and an arch
    ((0, 0.7, 0), (-100, 0.9, 180)),  # a stem and a bowl
)
# How a further stroke stands to those before it, and how often.
_RELATIONS = {"start": 0.4, "cross": 0.14, "bar": 0.12, "beside": 0.1, "dot": 0.1, "repeat": 0.09, "mirror": 0.05}


def character(seed: int, index: int) -> Template:
    """The template of a seed's character `index`, the same whatever other characters are made."""
    rng = np.random.default_rng((seed, index))
    while True:
        template = _in_frame(_composed(rng), LONG_SIDE * min(rng.lognormal(-0.06, 0.14), 1.3))
        lines = [curve(stroke) for stroke in template]
        width, height = np.ptp(np.concatenate(lines), axis=0)
        length = sum(way(line)[-1] for line in lines)
        ink = rasterise([line.astype(np.float32) for line in lines]).sum()
        # Neither a tick, a scrawl nor a streak, and no strokes that hide one another.
        if 90 < length < 400 and 0.35 * height < width < 2.5 * height and ink > 0.95 * PEN * length:
            return template


def make_strokes(
    characters: int = CHARACTERS, drawers: int = DRAWERS, seed: int = 0, settings: GlyphSettings = DEFAULT_SETTINGS
) -> CharacterSet:
    """The first `characters` of a seed, drawn anew. Raises InputError for numbers below 1 or a negative seed."""
    return result(_drawn(characters, drawers, seed, settings))


def load_strokes(
    characters: int = CHARACTERS, seed: int = 0, settings: GlyphSettings = DEFAULT_SETTINGS
) -> Generator[Preparation, None, CharacterSet]:
    """`make_strokes` by 20 drawers: drawn with a report for each character, or read from the cache without any.

    The cache saves time and nothing else: a damaged one is replaced, and a disk that takes none is done without.
    """
    path = cache_folder() / f"strokes-{_EDITION}-{seed}-{characters}-{settings.filter.lower()}.safetensors"
    if exists(path):
        with suppress(InputError):
            return load_characters(path)
    made = yield from _drawn(characters, DRAWERS, seed, settings)
    with suppress(InputError):
        save_characters(path, made)
    return made


def _drawn(
    characters: int, drawers: int, seed: int, settings: GlyphSettings
) -> Generator[Preparation, None, CharacterSet]:
    if min(characters, drawers) < 1 or seed < 0:
        raise InputError(
            f"Characters and drawers are at least 1 and the seed at least 0, not {characters}, {drawers} and {seed}."
        )
    images = []
    for index in range(characters):
        images.append(_images(seed, index, drawers, settings))
        yield Preparation(index + 1, characters, "Drawing characters")
    names = tuple(f"strokes/{index:04}" for index in range(characters))
    return CharacterSet(torch.cat(images), torch.full((characters,), drawers), names)


def _images(seed: int, index: int, drawers: int, settings: GlyphSettings) -> Tensor:
    """(drawers, 28, 28) uint8: a character by each of its drawers."""
    template = character(seed, index)
    # numpy takes (seed, index, 0) for (seed, index), which is the template's own generator: drawers count from 1.
    drawings = (draw(template, np.random.default_rng((seed, index, drawer + 1))) for drawer in range(drawers))
    glyphs = np.concatenate([glyph_of_ink(rasterise(drawing), settings) for drawing in drawings])
    return torch.from_numpy(np.rint(glyphs * 255).astype(np.uint8))


def _composed(rng: np.random.Generator) -> list[Array]:
    """Strokes in units of about a character's size, put together one after the other."""
    number = rng.choice((1, 2, 3, 4, 5), p=(0.33, 0.3, 0.19, 0.12, 0.06))
    alone = number == 1
    strokes = [_movement(rng, compound=0.85 if number < 4 else 0.4, number=1 + (alone and rng.random() < 0.7))]
    while len(strokes) < number:
        strokes.append(_added(strokes, rng))
    return strokes


def _added(strokes: list[Array], rng: np.random.Generator) -> Array:
    """A further stroke, in relation to one of those before or to all of them."""
    new = _movement(rng, compound=0.25, size=rng.uniform(0.5, 1.1))
    other = strokes[rng.integers(len(strokes))]
    anchor = other[rng.integers(len(other)), :2]
    low, high = _box(strokes)
    middle, size = (low + high) / 2, high - low
    axis, side = int(rng.integers(2)), rng.choice((-1, 1))
    across = np.eye(2)[axis]
    match rng.choice(list(_RELATIONS), p=list(_RELATIONS.values())):
        case "start":
            return _moved(new, anchor - new[rng.choice((0, -1)), :2])
        case "cross":
            return _moved(new, anchor - new[len(new) // 2, :2])
        case "bar":
            bar = _path(_LINE, 90 * (1 - axis)) * (*(0.15 + rng.choice((0.6, 1, 1)) * size), 1)
            return _centred(bar, middle + rng.choice((-0.5, 0, 0.5)) * size * across)
        case "beside":
            return _centred(new, middle + side * across * (size / 2 + 0.12 + np.ptp(new[:, :2], axis=0) / 2))
        case "dot":
            return _centred(_path(_DOT, 0), middle + rng.choice((-1, 0, 1), 2) * (size / 2 + 0.13))
        case "repeat":
            return _moved(other, side * across * (0.25 + 0.9 * np.ptp(other[:, :2], axis=0)))
        case _:
            mirror = other * (*(1 - 2 * across), 1)
            return _moved(mirror, 2 * middle * across)


def _movement(rng: np.random.Generator, compound: float, size: float = 1, number: int = 1) -> Array:
    """A stroke of one or several movements from the vocabulary, turned, mirrored and stretched.

    `compound` is the probability of taking one of the richer movements.
    """
    pieces: list[tuple[float, float, float]] = []
    for _ in range(number):
        vocabulary = _COMPOUND if rng.random() < compound else _SIMPLE
        hand = rng.choice((-1, 1))
        for turn, length, bend in vocabulary[rng.integers(len(vocabulary))]:
            pieces.append((hand * turn, length * rng.uniform(0.7, 1.4), hand * bend * rng.uniform(0.85, 1.15)))
    stroke = _path(tuple(pieces), rng.choice((0, 90, 180, 270, 45, 135), p=(0.33, 0.43, 0.06, 0.06, 0.06, 0.06)))
    stroke[:, :2] *= size * rng.choice((0.7, 1, 1.3), 2)
    return stroke


def _path(movement: Movement, heading: float) -> Array:
    """(controls, 3) of a movement that starts at the origin; a heading of 0° is to the right, of 90° down."""
    points, smooth = [np.zeros(2)], [1.0]
    for turn, length, bend in movement:
        smooth[-1] = float(turn == 0)
        heading += turn
        chords = max(2, round(abs(bend) / 50))
        for _ in range(chords):
            angle = np.radians(heading + bend / chords / 2)
            points.append(points[-1] + length / chords * np.array((np.cos(angle), np.sin(angle))))
            smooth.append(1.0)
            heading += bend / chords
    return np.column_stack([points, smooth])


def _box(strokes: Sequence[Array]) -> tuple[Array, Array]:
    """The least and the greatest (x, y) of all strokes."""
    points = np.concatenate(strokes)[:, :2]
    return points.min(axis=0), points.max(axis=0)


def _moved(stroke: Array, by: Array) -> Array:
    moved: Array = stroke + np.array((*by, 0))
    return moved


def _centred(stroke: Array, at: Array) -> Array:
    low, high = _box([stroke])
    return _moved(stroke, at - (low + high) / 2)


def _in_frame(strokes: list[Array], long_side: float) -> Template:
    """The strokes at the usual place of Omniglot's characters, the long side of all as given."""
    low, high = _box(strokes)
    scale = long_side / (high - low).max()
    return tuple(_moved(stroke * (scale, scale, 1), CENTRE - (low + high) / 2 * scale) for stroke in strokes)
