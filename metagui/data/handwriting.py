"""How a template becomes a person's drawing: smooth curves, and the variation from one drawer to the next.

A *template* is what all drawings of a character have in common: strokes, each an array of shape (controls, 3) whose
columns are x and y in pixels of the 105×105 frame, and 1 where the curve is smooth or 0 at a corner. A *drawer* slants,
stretches and moves the whole, misplaces each stroke a little, and trembles, by amounts measured on Omniglot's pen data.
"""

import numpy as np
from numpy.typing import NDArray

from metagui.data.glyph import CENTRE, FRAME, Stroke

Array = NDArray[np.float64]
Template = tuple[Array, ...]

_STEP = 2.0  # frame pixels between the points of a line, about
_WINDOW = np.hanning(9) / np.linalg.norm(np.hanning(9))  # of the tremor: it keeps the noise's variance


def draw(template: Template, rng: np.random.Generator, haste: float = 1) -> list[Stroke]:
    """One drawer's strokes: arrays of shape (points, 3), x and y in frame pixels and time in ms.

    Drawers stray from the template by the amounts measured, times `haste`.
    """
    haste *= rng.lognormal(0.05, 0.4)  # some drawers are exact, some careless
    hand = np.eye(2) + rng.normal(0, 0.125, (2, 2))
    place = rng.normal(0, 5.2, 2)
    lines = []
    for stroke in template:
        points, smooth = stroke[:, :2], stroke[:, 2:]
        middle, size = points.mean(axis=0), np.ptp(points, axis=0).max()
        points = (points - middle) @ (np.eye(2) + rng.normal(0, 0.08 * haste, (2, 2)))
        points += middle + rng.normal(0, 1.6 * haste, 2) + rng.normal(0, 0.032 * haste * size, points.shape)
        line = curve(np.hstack([(points - CENTRE) @ hand, smooth]))
        lines.append(line + tremor(rng, len(line), 0.35 * haste) + CENTRE)
    # A drawing pad has edges: a drawer keeps clear of them, and the pen cannot leave it.
    drawn = np.concatenate(lines)
    place = np.clip(place, 3 - drawn.min(axis=0), FRAME - 4 - drawn.max(axis=0))
    return _timed([(line + place).clip(2, FRAME - 3) for line in lines], rng)


def curve(controls: Array) -> Array:
    """(points, 2): the curve through a stroke's controls, smooth but for its corners."""
    points, smooth = controls[:, :2], controls[:, 2:]
    chords = np.diff(points, axis=0)
    lengths = np.linalg.norm(chords, axis=1, keepdims=True)
    along = chords / np.maximum(lengths, 1e-9)
    tangents = np.concatenate([along[:1], along[:-1] + along[1:], along[-1:]])
    tangents /= np.maximum(np.linalg.norm(tangents, axis=1, keepdims=True), 1e-9)
    # At a corner the curve arrives along one chord and leaves along the next.
    leaving = (along + smooth[:-1] * (tangents[:-1] - along)) * lengths
    arriving = (along + smooth[1:] * (tangents[1:] - along)) * lengths
    # At an end it bends as at the control next to it, like an arc of a circle.
    leaving[0] = _mirrored(arriving[0], along[0])
    arriving[-1] = _mirrored(leaving[-1], along[-1])
    counts = np.maximum(2, np.rint(lengths[:, 0] / _STEP)).astype(int)
    piece = np.repeat(np.arange(len(chords)), counts)
    t = np.concatenate([np.arange(1, count + 1) / count for count in counts])[:, None]
    chords, leaving, arriving = chords[piece], leaving[piece], arriving[piece]
    bends = t * leaving + t**2 * (3 * chords - 2 * leaving - arriving) + t**3 * (leaving + arriving - 2 * chords)
    return np.concatenate([points[:1], points[piece] + bends])


def _mirrored(vector: Array, axis: Array) -> Array:
    mirrored: Array = 2 * (vector @ axis) * axis - vector
    return mirrored


def way(line: Array) -> Array:
    """(points,): how many pixels the pen has come at each point of a line."""
    return np.concatenate([[0.0], np.linalg.norm(np.diff(line, axis=0), axis=1).cumsum()])


def tremor(rng: np.random.Generator, points: int, size: float) -> Array:
    """(points, 2): a wandering of standard deviation `size`, smooth over about five points."""
    noise = rng.normal(0, size, (2, points + len(_WINDOW) - 1))
    return np.stack([np.convolve(axis, _WINDOW, "valid") for axis in noise], axis=1)


def _timed(lines: list[Array], rng: np.random.Generator) -> list[Stroke]:
    """The lines with a third column, the time in ms, at a drawer's pace and with pauses between them."""
    pace = rng.lognormal(np.log(0.066), 0.4)  # px/ms
    time, strokes = 0.0, []
    for line in lines:
        times = time + way(line) / pace
        strokes.append(np.column_stack([line, times]).astype(np.float32))
        time = times[-1] + rng.lognormal(np.log(900), 0.6)
    return strokes
