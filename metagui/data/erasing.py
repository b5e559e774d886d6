"""Rubbing out: what is left of strokes that an eraser has gone over."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metagui.data.glyph import PEN, Stroke

ERASER = 5.0  # the eraser's radius, in frame pixels
_CRUMB = 1.0  # frame pixels: what is shorter and was cut off a stroke is rubbed out with it

Array = NDArray[np.float64]


def erase(strokes: Sequence[Stroke], way: Array, radius: float = ERASER) -> tuple[Stroke, ...]:
    """What an eraser of this radius leaves of the strokes when its middle goes along `way`, (points, 2), in pixels.

    A stroke is split where the eraser crosses it, and its new ends have the time and pressure of the place. The pen's
    width counts: no ink is left within the radius. Strokes that are not touched are returned themselves.
    """
    legs = list(pairwise(way)) or [(way[0], way[0])]
    for start, end in legs:
        strokes = [piece for stroke in strokes for piece in _without(stroke, start, end, radius + PEN / 2)]
    return tuple(strokes)


def _without(stroke: Stroke, start: Array, end: Array, reach: float) -> list[Stroke]:
    """The pieces of a stroke that lie further than `reach` from the line from `start` to `end`."""
    points = stroke.astype(np.float64)
    if len(points) == 1:  # a dot
        points = np.concatenate([points, points])
    enters, leaves = _crossings(points[:-1, :2], points[1:, :2], start, end, reach)
    if not (enters < leaves).any():
        return [stroke] if len(stroke) > 1 or np.isinf(enters[0]) else []
    pieces: list[list[Array]] = [[points[0]]]
    for (first, last), enter, leave in zip(pairwise(points), enters, leaves, strict=True):
        if enter < leave:
            pieces[-1].append(first + max(enter, 0) * (last - first))
            pieces.append([first + min(leave, 1) * (last - first)])
        pieces[-1].append(last)
    left = (np.array(piece) for piece in pieces)
    return [piece.astype(np.float32) for piece in left if _length(piece) >= _CRUMB]


def _length(points: Array) -> float:
    return float(np.linalg.norm(np.diff(points[:, :2], axis=0), axis=1).sum())


def _crossings(first: Array, last: Array, start: Array, end: Array, reach: float) -> tuple[Array, Array]:
    """Where each of the segments, (n, 2) to (n, 2), enters the eraser's track and leaves it, as shares of its length.

    The track is a stadium, a convex shape: two discs and the rectangle between them. A line meets it in one piece, from
    the first of its parts that it enters to the last that it leaves; inf and −inf where it meets none.
    """
    along = last - first
    spans = [_in_disc(first - middle, along, reach) for middle in (start, end)]
    axis = end - start
    length = float(np.hypot(*axis))
    if length > 0:
        unit = axis / length
        sideways = np.array((-unit[1], unit[0]))
        lengthwise = _in_band((first - start) @ unit, along @ unit, 0, length)
        across = _in_band((first - start) @ sideways, along @ sideways, -reach, reach)
        spans.append(_clipped(np.maximum(lengthwise[0], across[0]), np.minimum(lengthwise[1], across[1])))
    return np.min([enter for enter, _ in spans], axis=0), np.max([leave for _, leave in spans], axis=0)


def _in_disc(first: Array, along: Array, radius: float) -> tuple[Array, Array]:
    """The span of each segment within a disc around the origin."""
    a, b, c = (along**2).sum(1), (first * along).sum(1), (first**2).sum(1) - radius**2
    root = np.sqrt(np.maximum(b**2 - a * c, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        enter, leave = (-b - root) / a, (-b + root) / a
    enter, leave = np.where(a > 0, enter, np.where(c < 0, 0, np.inf)), np.where(a > 0, leave, np.where(c < 0, 1, -1))
    missed = (b**2 - a * c <= 0) & (a > 0)
    return _clipped(np.where(missed, np.inf, enter), np.where(missed, -np.inf, leave))


def _in_band(first: Array, along: Array, low: float, high: float) -> tuple[Array, Array]:
    """The span of each segment, along one axis, between two levels."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # next to still is as good as still
        ends = np.sort([(low - first) / along, (high - first) / along], axis=0)
    inside = (low < first) & (first < high)
    still = along == 0
    return (
        np.where(still, np.where(inside, -np.inf, np.inf), ends[0]),
        np.where(still, np.where(inside, np.inf, -np.inf), ends[1]),
    )


def _clipped(enter: Array, leave: Array) -> tuple[Array, Array]:
    """Within the segment; inf and −inf where nothing of it is left."""
    enter, leave = np.maximum(enter, 0), np.minimum(leave, 1)
    empty = enter >= leave
    return np.where(empty, np.inf, enter), np.where(empty, -np.inf, leave)
