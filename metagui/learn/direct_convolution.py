"""The products of a 3×3 convolution and of its derivatives on the CPU, without patches: see `gathered_product`.

Along each side a tap of the kernel joins a place of the result with the pixel stride·place + tap − 1. A result is a sum
over the taps that join it with something: no image needs a frame, and no zero is multiplied. Results with the same taps
make one part of a product. Strides are of three pixels at most: each pixel has a tap.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from metagui.learn.gathered_product import Gather, Pairs, Part, multiply, transposed
from metagui.learn.unfolding import places

_PLACES = 64  # that the kernel's gradient sums over at once: their numbers stay in the nearest cache

_NUMBERS = 50_000  # of images that stay in the next cache while all their results are made
_GEOMETRIES = 64  # whose tables are kept: for a hundred images some ten or hundred kilobytes each


def convolved(images: Tensor, kernel: Tensor, stride: int, plus: Tensor | None = None) -> Tensor:
    """The convolution of images (tasks, images, height, width, in) with kernels (tasks, 9·in, out).

    It is added to `plus`, where that is given.
    """
    tasks, count, height, width, _ = images.shape
    out = plus
    if out is None:
        out = images.new_empty(tasks, count, places(height, stride), places(width, stride), kernel.shape[2])
    multiply(images, kernel, _to_places(count, _Grid.of(images), _Grid.of(out), stride), out, adds=plus is not None)
    return out


def by_images(gradient: Tensor, kernel: Tensor, stride: int, size: tuple[int, int]) -> Tensor:
    """The gradient by the images, which are of this height and width."""
    tasks, count = gradient.shape[:2]
    out = gradient.new_empty(tasks, count, *size, kernel.shape[1] // 9)
    different = kernel[:1] if kernel.stride(0) == 0 else kernel
    turned = transposed(different.reshape(len(different), 9, -1, gradient.shape[-1])).expand(tasks, -1, -1, -1)
    multiply(gradient, turned, _to_pixels(count, _Grid.of(out), _Grid.of(gradient), stride), out)
    return out


def by_kernel(images: Tensor, gradient: Tensor, stride: int) -> Tensor:
    """The gradient by each task's kernel."""
    tasks, count = images.shape[:2]
    out = gradient.new_empty(tasks, 9 * images.shape[-1], gradient.shape[-1])
    multiply(images, gradient, _to_taps(count, _Grid.of(images), _Grid.of(gradient), stride), out)
    return out


class _Grid(NamedTuple):
    """Images, or results, that lie in one piece."""

    height: int
    width: int
    channels: int

    @classmethod
    def of(cls, images: Tensor) -> "_Grid":
        return cls(*images.shape[2:])

    @property
    def size(self) -> int:
        return self.height * self.width * self.channels

    def at(self, rows: Sequence[int], columns: Sequence[int], images: range = range(1)) -> NDArray[np.int64]:
        """Where the crossings of these rows and columns begin, in each of these images."""
        image, row, column = np.ix_(images, rows, columns)
        begins: NDArray[np.int64] = ((image * self.height + row) * self.width + column).ravel() * self.channels
        return begins


class _Side(NamedTuple):
    """Some rows, or columns, of pixels and of places, pair by pair, each joined by the first of these taps."""

    taps: tuple[int, ...]
    pixels: list[int]
    places: list[int]


@lru_cache(_GEOMETRIES)
def _to_places(count: int, images: _Grid, results: _Grid, stride: int) -> Gather:
    """Of the convolution: left the images, right the kernel."""
    tables = []
    for down, across in product(*(_alike(side, stride, by_place=True) for side in images[:2])):
        near = images.at([tap - down.taps[0] for tap in down.taps], [tap - across.taps[0] for tap in across.taps])
        tables.append((down, across, _of_taps(near, down, across, images.channels, results.channels)))
    return Gather.of(
        [
            Part(
                _pairs(images.at(down.pixels, across.pixels, some), results.at(down.places, across.places, some)),
                columns,
            )
            for some in _groups(count, _NUMBERS // images.size)
            for down, across, columns in tables
        ]
    )


@lru_cache(_GEOMETRIES)
def _to_pixels(count: int, images: _Grid, results: _Grid, stride: int) -> Gather:
    """Of the gradient by the images: left that by the results, right the kernel with the matrix of each tap turned."""
    tables = []
    for down, across in product(*(_alike(side, stride, by_place=False) for side in images[:2])):
        # A later tap joins a pixel with an earlier place.
        earlier = [[(side.taps[0] - tap) // stride for tap in side.taps] for side in (down, across)]
        near = results.at(earlier[0], earlier[1])
        tables.append((down, across, _of_taps(near, down, across, results.channels, images.channels)))
    return Gather.of(
        [
            Part(
                _pairs(results.at(down.places, across.places, some), images.at(down.pixels, across.pixels, some)),
                columns,
            )
            for some in _groups(count, _NUMBERS // images.size)
            for down, across, columns in tables
        ]
    )


@lru_cache(_GEOMETRIES)
def _to_taps(count: int, images: _Grid, results: _Grid, stride: int) -> Gather:
    """Of the gradient by the kernel: left the images, right the gradient by the results."""
    channel = np.arange(images.channels)
    rows = [_pairs(channel, (tap * images.channels + channel) * results.channels) for tap in range(9)]
    columns: dict[int, list[Pairs]] = {}  # of so many images: the joints of each tap
    parts = []
    for some in _groups(count, _PLACES // (results.height * results.width)):
        if len(some) not in columns:
            sides = (
                [_joined(side, stride, tap) for side, tap in zip(images[:2], taps, strict=True)]
                for taps in product(range(3), repeat=2)
            )
            columns[len(some)] = [
                _pairs(
                    images.at(down.pixels, across.pixels, range(len(some))),
                    results.at(down.places, across.places, range(len(some))),
                )
                for down, across in sides
            ]
        begins = some.start * images.size, some.start * results.size
        parts += [
            Part(*tables, *begins, starts=some.start == 0) for tables in zip(rows, columns[len(some)], strict=True)
        ]
    return Gather.of(parts)


def _groups(count: int, together: int) -> list[range]:
    """Images that are gone over together, one at least."""
    return [range(first, min(first + max(1, together), count)) for first in range(0, count, max(1, together))]


def _joints(side: int, stride: int) -> list[tuple[int, int, int]]:
    """All (tap, pixel, place) along a side."""
    joints = [(tap, stride * place + tap - 1, place) for tap in range(3) for place in range(places(side, stride))]
    return [joint for joint in joints if 0 <= joint[1] < side]


def _joined(side: int, stride: int, tap: int) -> _Side:
    """By this tap."""
    found = [(pixel, place) for its_tap, pixel, place in _joints(side, stride) if its_tap == tap]
    return _Side((tap,), [pixel for pixel, _ in found], [place for _, place in found])


def _alike(side: int, stride: int, by_place: bool) -> list[_Side]:
    """Those places, or pixels, together that have the same taps."""
    alike: dict[tuple[int, ...], _Side] = {}
    for one in range(places(side, stride) if by_place else side):
        joints = [joint for joint in _joints(side, stride) if joint[2 if by_place else 1] == one]
        taps = tuple(tap for tap, *_ in joints)
        into = alike.setdefault(taps, _Side(taps, [], []))
        into.pixels.append(joints[0][1])
        into.places.append(joints[0][2])
    return list(alike.values())


def _of_taps(near: NDArray[np.int64], down: _Side, across: _Side, summed: int, columns: int) -> Pairs:
    """The columns of taps that lie so near, each of as many channels as are summed over: there, and in the kernel."""
    channel = np.arange(summed)
    taps = 3 * np.array(down.taps)[:, None] + np.array(across.taps)
    return _pairs(near[:, None] + channel, (taps.ravel()[:, None] * summed + channel) * columns)


def _pairs(first: NDArray[np.int64], second: NDArray[np.int64]) -> Pairs:
    pairs = np.stack([first.ravel(), second.ravel()], axis=1)
    if pairs.size and pairs.max() > np.iinfo(np.int32).max:
        raise ValueError("A task has more images than the engine can count the numbers of: give it fewer.")
    return pairs.astype(np.int32)
