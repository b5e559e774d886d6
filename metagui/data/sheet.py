"""A photograph or scan of a sheet of characters → a box around each of them, and each one as a picture of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from metagui.data.errors import InputError
from metagui.data.glyph import FRAME, LONG_SIDE, PEN
from metagui.data.pictures import LEAST_CONTRAST

_LONGEST_SIDE = 2000  # pixels: a sheet of hundreds of characters still has some forty for each
_SPECK = 0.35  # of the square of the pen's width: a dot has 0.79 of it
_OF_EDGE = 0.3  # of the sheet's side: what touches its border and is longer is the page's edge or a shadow
_OF_LINE = 0.6  # of the sheet's side: as long as this, a thin straight line is ruled
_MOST_PARTS = 5000
_FINER = 3  # times the sheet's pixels are what strokes are made thinner or thicker by
_MOST_OFF = 0.35  # of the pen's width, from either side: half would take the stroke away
_SLENDER = 4.0  # times as long as broad, characters that were merged are a row of them

Gray = NDArray[np.uint8]
Ink = NDArray[np.bool_]


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; `right` and `bottom` are the first ones beyond it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def united(self, other: "Box") -> "Box":
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet whose ink has been told from its paper. Lengths are in pixels of `gray`."""

    gray: Gray  # (height, width) on evenly white paper, ink dark
    parts: NDArray[np.int32]  # (height, width): the number of the connected part that a pixel is of, from 1; else 0
    boxes: tuple[Box, ...]  # of each part
    links: NDArray[np.float64]  # (n, 3): the shortest gaps that connect all parts, as two parts from 0 and a length
    pen: float  # the width of its strokes
    distance: float  # parts that are nearer to one another are best taken for one character


def read_sheet(picture: Gray) -> Sheet:
    """Tell ink from paper and find its connected parts, without specks, the page's edge and ruled lines.

    Light ink on a dark ground is found too. Raises InputError where there is no ink, or nothing that looks like it.
    """
    picture = _reduced(picture)
    if np.median(picture) < 128:
        picture = 255 - picture
    contrast = _contrast(picture)
    ink = _without_lines(contrast > _threshold(contrast))
    parts, number = ndimage.label(ink, np.ones((3, 3)))
    pen = _pen(ink)
    kept = _characteristic(parts, number, pen)
    if not 0 < kept.sum() <= _MOST_PARTS:
        raise InputError(
            "No characters can be told from this sheet's paper: take a picture of dark ink on plain paper."
        )
    parts = np.where(kept, kept.cumsum(), 0).astype(np.int32)[parts]
    # Ink beside the parts is what was rejected: it is paper now.
    near = ndimage.binary_dilation(parts > 0, iterations=2)
    full = max(float(np.percentile(contrast[ink], 90)), 1.0)
    gray = np.where(near, 255 - np.clip(contrast * (255 / full), 0, 255), 255)
    slices = ndimage.find_objects(parts)
    boxes = tuple(Box(columns.start, rows.start, columns.stop, rows.stop) for rows, columns in slices)
    links = _links(parts, len(boxes))
    return Sheet(gray.astype(np.uint8), parts, boxes, links, pen, _best_distance(boxes, links, pen))


def characters(sheet: Sheet, distance: float) -> tuple[tuple[Box, ...], ...]:
    """The boxes of the characters, row by row as they are read; parts nearer than `distance` are of one character."""
    return rows_of(_merged(sheet.boxes, sheet.links[sheet.links[:, 2] < distance]))


def rows_of(boxes: Sequence[Box]) -> tuple[tuple[Box, ...], ...]:
    """The boxes in rows from top to bottom, each from left to right; a row may slope."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.left):
        # Beside which row's last box does it stand?
        shared = [min(box.bottom, row[-1].bottom) - max(box.top, row[-1].top) for row in rows]
        smaller = [min(box.height, row[-1].height) for row in rows]
        fits = [share / small for share, small in zip(shared, smaller, strict=True)]
        if fits and max(fits) > 0.4:
            rows[int(np.argmax(fits))].append(box)
        else:
            rows.append([box])
    rows.sort(key=lambda row: np.median([box.top + box.bottom for box in row]))
    return tuple(map(tuple, rows))


def cut(sheet: Sheet, box: Box, side: int) -> Gray:
    """The character in a box as a square picture of about `side`, the box in its middle.

    Ink of a part that lies for the most part outside the box is left out, unless there is no other. Strokes become as
    wide as Omniglot's are in a character of this size, since small characters would look as if drawn with a brush.
    """
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    here = np.bincount(sheet.parts[rows, columns].ravel(), minlength=len(sheet.boxes) + 1)
    share = here / np.maximum(np.bincount(sheet.parts.ravel(), minlength=len(here)), 1)
    share[0] = 0
    own = share >= 0.5
    mask = ndimage.binary_dilation(own[sheet.parts[rows, columns]], iterations=2) if own.any() else True
    side = max(side, round(1.1 * max(box.width, box.height)))
    picture = np.full((side, side), 255, np.uint8)
    top, left = (side - box.height) // 2, (side - box.width) // 2
    picture[top : top + box.height, left : left + box.width] = np.where(mask, sheet.gray[rows, columns], 255)
    return _with_usual_pen(picture, max(box.width, box.height))


def usual_side(boxes: Sequence[Box]) -> int:
    """The side of a picture in which the sheet's characters are as large as Omniglot's are in their frame."""
    long_sides = [max(box.width, box.height) for box in boxes]
    return round(float(np.median(long_sides)) * FRAME / (LONG_SIDE + PEN))


def _reduced(picture: Gray) -> Gray:
    factor = -(-max(picture.shape) // _LONGEST_SIDE)
    return picture if factor == 1 else np.asarray(Image.fromarray(picture).reduce(factor))


def _contrast(picture: Gray) -> NDArray[np.float32]:
    """How much darker than the paper around it each pixel is, in gray levels, whatever the light."""
    # A closing fills what is dark and narrow: done on a small copy, since paper changes slowly.
    factor = max(1, max(picture.shape) // 250)
    coarse = Image.fromarray(picture).reduce(factor)
    window = max(9, max(coarse.size) // 10) | 1
    paper = ndimage.grey_closing(ndimage.maximum_filter(np.asarray(coarse), 3), size=window, mode="nearest")
    paper = ndimage.gaussian_filter(paper.astype(np.float32), window / 6)
    smooth = Image.fromarray(paper).resize(picture.shape[::-1], Image.Resampling.BILINEAR)
    contrast: NDArray[np.float32] = ndimage.gaussian_filter(np.asarray(smooth) - picture, 0.8)
    return contrast


def _threshold(contrast: NDArray[np.float32]) -> float:
    """Half of the contrast of full ink, or what is safe from the paper's noise."""
    paper = float(np.median(contrast))
    noise = 1.4826 * float(np.median(np.abs(contrast - paper)))
    floor = paper + max(6 * noise, LEAST_CONTRAST)
    ink = contrast[contrast > floor]
    return max(floor, float(paper + np.percentile(ink, 80)) / 2) if len(ink) else np.inf


def _without_lines(ink: Ink) -> Ink:
    """Without lines that go straight over most of the sheet; what crosses them is left."""
    for turned in (False, True):
        across = ink.T if turned else ink
        # Broadened by a pixel up and down, so that a line that slopes a little has long runs, too.
        runs = _opened(ndimage.maximum_filter1d(across, 3, axis=0), max(across.shape[1] // 12, 9), axis=1)
        lines, _ = ndimage.label(runs, np.ones((3, 3)))
        for number, (rows, columns) in enumerate(ndimage.find_objects(lines), 1):
            line = lines[rows, columns] == number
            thickness = line.sum() / line.shape[1] - 2
            if line.shape[1] < _OF_LINE * across.shape[1] or line.shape[0] > 0.1 * line.shape[1]:
                continue
            crossing = _opened(across, int(2 * thickness) + 3, axis=0)[rows, columns]
            across[rows, columns] &= ~line | crossing
        ink = across.T if turned else across
    return ink


def _opened(ink: Ink, length: int, axis: int) -> Ink:
    """Ink in runs of at least this length along an axis."""
    # Shifted back by one where the length is even: then a run's both ends come back.
    eroded = ndimage.minimum_filter1d(ink, length, axis=axis)
    opened: Ink = ndimage.maximum_filter1d(eroded, length, axis=axis, origin=-1 if length % 2 == 0 else 0)
    return opened


def _pen(ink: Ink) -> float:
    """The width of strokes, in pixels."""
    # The mean distance from the edge is a quarter of a stroke's width, and half a pixel.
    return max(1.0, 4 * float(ndimage.distance_transform_edt(ink)[ink].mean()) - 2) if ink.any() else 1.0


def _with_usual_pen(picture: Gray, long_side: int) -> Gray:
    """The picture with strokes as wide as `glyph.fit` would have them, as far as their shape allows."""
    size = (_FINER * picture.shape[1], _FINER * picture.shape[0])
    ink = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)) < 128
    pen = _pen(ink)
    path = _FINER * long_side - pen
    if path < 2 * pen:  # a dot is all pen
        return picture
    off = np.clip((pen - PEN * path / LONG_SIDE) / 2, -_MOST_OFF * pen, _MOST_OFF * pen)
    depth = ndimage.distance_transform_edt(ink) - ndimage.distance_transform_edt(~ink)
    return np.asarray(Image.fromarray(np.where(depth > off, 0, 255).astype(np.uint8)).reduce(_FINER))


def _characteristic(parts: NDArray[np.int32], number: int, pen: float) -> NDArray[np.bool_]:
    """(number + 1,): which parts are ink of characters; part 0 is the paper."""
    kept = np.zeros(number + 1, np.bool_)
    height, width = parts.shape
    areas = np.bincount(parts.ravel(), minlength=number + 1)
    for part, (rows, columns) in enumerate(ndimage.find_objects(parts), 1):
        at_border = rows.start == 0 or columns.start == 0 or rows.stop == height or columns.stop == width
        extent = max((rows.stop - rows.start) / height, (columns.stop - columns.start) / width)
        kept[part] = areas[part] >= _SPECK * pen**2 and not (at_border and extent > _OF_EDGE)
    return kept


def _links(parts: NDArray[np.int32], number: int) -> NDArray[np.float64]:
    """The edges of the parts' minimum spanning tree by the gaps between them."""
    if number < 2:
        return np.empty((0, 3))
    distances, (rows, columns) = ndimage.distance_transform_edt(parts == 0, return_indices=True)
    nearest = parts[rows, columns]
    # The parts whose neighbourhoods touch are linked: that is Voronoi's diagram, which holds the spanning tree.
    found = []
    for axis in (0, 1):
        here, there = (np.delete(nearest, end, axis).ravel() for end in (-1, 0))
        gap = (np.delete(distances, -1, axis) + np.delete(distances, 0, axis)).ravel()
        differ = here != there
        ends = np.sort([here[differ], there[differ]], axis=0)
        found.append(np.column_stack([*(ends - 1), gap[differ]]))
    edges = np.concatenate(found)
    edges = edges[np.lexsort((edges[:, 2], edges[:, 1], edges[:, 0]))]
    _, first = np.unique(edges[:, :2], axis=0, return_index=True)
    edges = edges[first]
    graph = coo_array((edges[:, 2], edges[:, :2].T.astype(np.int32)), shape=(number, number))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    return np.column_stack([tree.row, tree.col, tree.data])


def _merged(boxes: Sequence[Box], links: NDArray[np.float64]) -> list[Box]:
    ends = links[:, :2].T.astype(np.int32)
    graph = coo_array((np.ones(len(links)), ends), shape=(len(boxes), len(boxes)))
    _, groups = connected_components(graph, directed=False)
    merged: dict[int, Box] = {}
    for box, group in zip(boxes, groups.tolist(), strict=True):
        merged[group] = box.united(merged[group]) if group in merged else box
    return list(merged.values())


def _best_distance(boxes: Sequence[Box], links: NDArray[np.float64], pen: float) -> float:
    """Between the gaps within characters and those between them: where the gaps' lengths jump the most.

    Not where that would make rows of characters one.
    """
    least = 2 * pen
    gaps = np.concatenate([[least], np.sort(links[:, 2])])
    best, distance = 0.0, least
    for less, more in pairwise(gaps):
        jump = more / max(less, least)
        if jump <= best:
            continue
        merged = _merged(boxes, links[links[:, 2] <= less])
        long_rows = [box for box in set(merged).difference(boxes) if box.width > _SLENDER * box.height]
        if len(long_rows) < 0.2 * len(merged) and len(merged) > 1:
            best, distance = jump, float(np.sqrt(max(less, least) * more))
    return distance
