"""Batch norm with its ReLU, and its derivatives, on the CPU: each in a few passes over a task, which is in the cache.

The formulas are those of `plain_normalisation`, where each operation is a pass over all tasks.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from metagui.learn.compiled import WIDTH, array_of, compiled
from metagui.learn.plain_normalisation import EPSILON
from metagui.learn.pools import share_out

_WORTH_THREADS = 100_000  # numbers: fewer are gone over in the time that it takes to share them out
_ROWS = 32  # summed in the arrays' own precision, which is fast; such sums are added up in double precision


def normalised(z: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """See `plain_normalisation`; so are the others."""
    h, mean, inverse = z.new_empty(z.shape), scale.new_empty(scale.shape), scale.new_empty(scale.shape)
    # As an argument: in the code that is kept a constant of another file would not change with it.
    _share_out(partial(_normalise, EPSILON), z, scale, shift, h, mean, inverse)
    return h, mean, inverse


def first_derivative(
    g: Tensor, z: Tensor, scale: Tensor, h: Tensor, mean: Tensor, inverse: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    by_z, by_scale, by_shift = z.new_empty(z.shape), scale.new_empty(scale.shape), scale.new_empty(scale.shape)
    _share_out(_differentiate, g, z, scale, h, mean, inverse, by_z, by_scale, by_shift)
    return by_z, by_scale, by_shift


def second_derivative(
    u: Tensor, to_scale: Tensor, to_shift: Tensor,
    g: Tensor, z: Tensor, scale: Tensor, h: Tensor, mean: Tensor, inverse: Tensor, sum_gx: Tensor, sum_g: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    by_g, by_z, by_scale = g.new_empty(g.shape), z.new_empty(z.shape), scale.new_empty(scale.shape)
    _share_out(
        _differentiate_again,
        u, to_scale, to_shift, g, z, scale, h, mean, inverse, sum_gx, sum_g, by_g, by_z, by_scale,
    )  # fmt: skip
    return by_g, by_z, by_scale


def _share_out(loop: Callable[..., None], *tensors: Tensor) -> None:
    """Run it over all tasks and channels of these, on torch's threads where that is worth it."""
    arrays = [array_of(tensor) for tensor in tensors]
    tasks, rows, channels = tensors[0].shape
    if tasks * rows * channels < _WORTH_THREADS:
        loop(*arrays, 0, tasks, 0, channels)
    else:
        share_out(partial(loop, *arrays), tasks, channels, WIDTH)


@compiled
def _normalise(
    epsilon: float, z: Any, scale: Any, shift: Any, h: Any, mean: Any, inverse: Any,
    first_task: int, end_task: int, first_channel: int, end_channel: int,
) -> None:  # fmt: skip
    _, rows, channels = z.shape
    # Without a sign, here as below: of an index that might count from the end LLVM makes no vectors.
    begin, end = np.uintp(first_channel), np.uintp(end_channel)
    zero = z.dtype.type(0)
    part, total, factor = np.empty(channels, z.dtype), np.empty(channels), np.empty(channels, z.dtype)
    for task in range(first_task, end_task):
        total[:] = 0
        for first in range(0, rows, _ROWS):
            part[:] = 0
            for row in range(first, min(first + _ROWS, rows)):
                for c in range(begin, end):
                    part[c] += z[task, row, c]
            for c in range(begin, end):
                total[c] += part[c]
        for c in range(begin, end):
            mean[task, c] = total[c] / rows
        total[:] = 0
        for first in range(0, rows, _ROWS):
            part[:] = 0
            for row in range(first, min(first + _ROWS, rows)):
                for c in range(begin, end):
                    apart = z[task, row, c] - mean[task, c]
                    part[c] += apart * apart
            for c in range(begin, end):
                total[c] += part[c]
        for c in range(begin, end):
            inverse[task, c] = 1 / np.sqrt(total[c] / rows + epsilon)
            factor[c] = inverse[task, c] * scale[task, c]
        for row in range(rows):
            for c in range(begin, end):
                y = (z[task, row, c] - mean[task, c]) * factor[c] + shift[task, c]
                h[task, row, c] = zero if y < zero else y  # what is no number stays so


@compiled
def _differentiate(
    g: Any, z: Any, scale: Any, h: Any, mean: Any, inverse: Any, by_z: Any, by_scale: Any, by_shift: Any,
    first_task: int, end_task: int, first_channel: int, end_channel: int,
) -> None:  # fmt: skip
    _, rows, channels = z.shape
    begin, end = np.uintp(first_channel), np.uintp(end_channel)
    zero = z.dtype.type(0)
    part_g, part_gx = np.empty(channels, z.dtype), np.empty(channels, z.dtype)
    sum_g, sum_gx = np.empty(channels), np.empty(channels)
    of_g, of_x, offset = np.empty(channels, z.dtype), np.empty(channels, z.dtype), np.empty(channels, z.dtype)
    for task in range(first_task, end_task):
        sum_g[:] = 0
        sum_gx[:] = 0
        for first in range(0, rows, _ROWS):
            part_g[:] = 0
            part_gx[:] = 0
            for row in range(first, min(first + _ROWS, rows)):
                for c in range(begin, end):
                    passed = zero if h[task, row, c] <= zero else g[task, row, c]
                    part_g[c] += passed
                    part_gx[c] += passed * (z[task, row, c] - mean[task, c])
            for c in range(begin, end):
                sum_g[c] += part_g[c]
                sum_gx[c] += part_gx[c]
        for c in range(begin, end):
            by_shift[task, c] = sum_g[c]
            by_scale[task, c] = sum_gx[c] * inverse[task, c]
            of_g[c] = scale[task, c] * inverse[task, c]
            of_x[c] = -of_g[c] * by_scale[task, c] / rows * inverse[task, c]
            offset[c] = -of_g[c] * by_shift[task, c] / rows
        for row in range(rows):
            for c in range(begin, end):
                passed = zero if h[task, row, c] <= zero else g[task, row, c]
                by_z[task, row, c] = of_g[c] * passed + of_x[c] * (z[task, row, c] - mean[task, c]) + offset[c]


@compiled
def _differentiate_again(
    u: Any, to_scale: Any, to_shift: Any, g: Any, z: Any, scale: Any, h: Any, mean: Any, inverse: Any,
    sum_gx: Any, sum_g: Any, by_g: Any, by_z: Any, by_scale: Any,
    first_task: int, end_task: int, first_channel: int, end_channel: int,
) -> None:  # fmt: skip
    _, rows, channels = z.shape
    begin, end = np.uintp(first_channel), np.uintp(end_channel)
    zero = z.dtype.type(0)
    part_u, part_ux, part_ug = np.empty(channels, z.dtype), np.empty(channels, z.dtype), np.empty(channels, z.dtype)
    sum_u, sum_ux, sum_ug = np.empty(channels), np.empty(channels), np.empty(channels)
    # What u, z − mean and one are multiplied by for the gradient by g, and g as well for that by z.
    g_u, g_z, g_one = np.empty(channels, z.dtype), np.empty(channels, z.dtype), np.empty(channels, z.dtype)
    z_g, z_u = np.empty(channels, z.dtype), np.empty(channels, z.dtype)
    z_z, z_one = np.empty(channels, z.dtype), np.empty(channels, z.dtype)
    for task in range(first_task, end_task):
        sum_u[:] = 0
        sum_ux[:] = 0
        sum_ug[:] = 0
        for first in range(0, rows, _ROWS):
            part_u[:] = 0
            part_ux[:] = 0
            part_ug[:] = 0
            for row in range(first, min(first + _ROWS, rows)):
                for c in range(begin, end):
                    passed = zero if h[task, row, c] <= zero else g[task, row, c]
                    part_u[c] += u[task, row, c]
                    part_ux[c] += u[task, row, c] * (z[task, row, c] - mean[task, c])
                    part_ug[c] += u[task, row, c] * passed
            for c in range(begin, end):
                sum_u[c] += part_u[c]
                sum_ux[c] += part_ux[c]
                sum_ug[c] += part_ug[c]
        for c in range(begin, end):
            near, factor = inverse[task, c], scale[task, c] * inverse[task, c]
            ux = sum_ux[c] * near
            s = sum_ug[c] - (sum_g[task, c] * sum_u[c] + sum_gx[task, c] * ux) / rows  # ⟨u, dz⟩ / (γ r)
            a, b = to_scale[task, c] - factor * ux / rows, -factor * sum_gx[task, c] / rows
            q, qx = a * sum_g[task, c] + b * sum_u[c], a * sum_gx[task, c] + b * ux
            g_u[c], g_z[c], g_one[c] = factor, a * near, to_shift[task, c] - factor * sum_u[c] / rows
            z_g[c], z_u[c] = near * a, near * b
            z_z[c], z_one[c] = -near * (qx + factor * s) / rows * near, -near * q / rows
            by_scale[task, c] = near * s
        # One result a loop: LLVM makes vectors only of loops with few arrays, of which any two might overlap.
        for row in range(rows):
            for c in range(begin, end):
                one = g_u[c] * u[task, row, c] + g_z[c] * (z[task, row, c] - mean[task, c]) + g_one[c]
                by_g[task, row, c] = zero if h[task, row, c] <= zero else one
            for c in range(begin, end):
                passed = zero if h[task, row, c] <= zero else g[task, row, c]
                by_z[task, row, c] = z_g[c] * passed + z_z[c] * (z[task, row, c] - mean[task, c]) + z_one[c]
            for c in range(begin, end):
                by_z[task, row, c] += z_u[c] * u[task, row, c]
