"""The operations of a convolutional network whose weights differ from task to task.

Images are channels last, (tasks, images, height, width, channels): a convolution is then one batched matrix product
of unfolded patches with each task's kernel, with no transposition, and statistics run over leading axes. Everything
here can be differentiated twice, as second-order meta-gradients need.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

EPSILON = 1e-5  # of batch norm, torch's own

Moments = tuple[Tensor, Tensor]  # mean and variance, each (tasks, channels)


def convolve(images: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """3×3 convolution with padding 1 and no bias (a bias before batch norm has no effect).

    Shapes: `images` (tasks, images, height, width, channels); `kernel` (tasks, 9·channels, out), its rows ordered by
    row of the kernel, column, channel; the result (tasks, images, ⌈height/stride⌉, ⌈width/stride⌉, out).
    """
    tasks, count = images.shape[:2]
    patches: Tensor = _Unfold.apply(images.flatten(0, 1), stride)
    height, width, size = patches.shape[1:]
    return torch.bmm(patches.view(tasks, -1, size), kernel).view(tasks, count, height, width, -1)


def moments(images: Tensor) -> Moments:
    """Mean and (biased) variance of each task's channels over its images and places."""
    variance, mean = torch.var_mean(images, dim=(1, 2, 3), correction=0)
    return mean, variance


def normalise(images: Tensor, scale: Tensor, shift: Tensor, statistics: Moments) -> Tensor:
    """Batch norm by given statistics (Ioffe & Szegedy 2015, algorithm 1).

    Shapes: `images` (tasks, images, height, width, channels), as the result; `scale`, `shift` (tasks, channels).
    """
    mean, variance = statistics
    factor = scale * torch.rsqrt(variance + EPSILON)
    offset = shift - mean * factor
    return torch.addcmul(offset[:, None, None, None], images, factor[:, None, None, None])


def max_pool(images: Tensor) -> Tensor:
    """2×2 max-pooling, an odd last row or column left out: (tasks, images, ⌊height/2⌋, ⌊width/2⌋, channels)."""
    height, width = images.shape[2] // 2, images.shape[3] // 2
    tasks, count, *_, channels = images.shape
    blocks = images[:, :, : 2 * height, : 2 * width].reshape(tasks, count, height, 2, width, 2, channels)
    return blocks.amax(dim=(3, 5))


class _Unfold(Function):
    """The 3×3 patches around every stride-th pixel: (images, h, w, c) → (images, ⌈h/s⌉, ⌈w/s⌉, 9·c), zero outside.

    It is linear and its transpose is `_Fold`, so that each is the other's derivative at any order. Torch's own unfold
    is channels first, and its slices' derivatives fill whole tensors with zeros.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, stride: int) -> Tensor:
        ctx.shape, ctx.stride = images.shape, stride
        padded = torch.nn.functional.pad(images, (0, 0, 1, 1, 1, 1))
        return torch.cat([padded[:, rows, columns] for rows, columns in _taps(images.shape, stride)], dim=-1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _Fold.apply(gradient, ctx.shape, ctx.stride), None


class _Fold(Function):
    """Patches added up where they lie: (images, ⌈h/s⌉, ⌈w/s⌉, 9·c) → (images, h, w, c)."""

    @staticmethod
    def forward(ctx: Any, patches: Tensor, shape: torch.Size, stride: int) -> Tensor:
        ctx.stride = stride
        count, height, width, channels = shape
        padded = patches.new_zeros(count, height + 2, width + 2, channels)
        for (rows, columns), patch in zip(_taps(shape, stride), torch.split(patches, channels, dim=-1), strict=True):
            padded[:, rows, columns] += patch
        return padded[:, 1:-1, 1:-1].contiguous()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return _Unfold.apply(gradient, ctx.stride), None, None


def _taps(shape: torch.Size, stride: int) -> list[tuple[slice, slice]]:
    """Where each of the nine places of a kernel lies in the padded image."""
    height, width = shape[1:3]
    return [
        (slice(row, row + height, stride), slice(column, column + width, stride))
        for row in range(3)
        for column in range(3)
    ]
