"""Images in a frame of zeros, and their 3×3 patches, unfolded and folded back.

Patches are read, and added up, through views of the framed images: each number is moved once and no more.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def frame(images: Tensor, stride: int) -> Tensor:
    """Images (tasks, images, height, width, channels) among as many zeros as 3×3 patches reach over their edges.

    Not differentiable.
    """
    framed, inside = _empty_frame(images, stride)
    inside.copy_(images)
    return framed


def framed_relu(images: Tensor, stride: int) -> Tensor:
    """ReLU of images (tasks, images, height, width, channels), framed; differentiable twice."""
    result: Tensor = _FramedReLU.apply(images, stride)
    return result


def places(framed: int, stride: int) -> int:
    """How many patches begin along a side that has its frame: ⌈side/stride⌉ of the side without."""
    return (framed - 3) // stride + 1


def unfold(framed: Tensor, stride: int) -> Tensor:
    """The 3×3 patches around every stride-th pixel; not differentiable.

    Framed images (tasks, images, ·, ·, c) → (tasks, images·places·places, 9·c).
    """
    tasks, count, height, width, channels = framed.shape
    rows, columns = places(height, stride), places(width, stride)
    _, image, row, pixel, _ = framed.stride()
    # A row of a patch is 3·c numbers that lie side by side: a view of overlapping rows, copied once.
    patches = framed.as_strided(
        (tasks * count, rows, columns, 3, 3 * channels), (image, stride * row, stride * pixel, row, 1)
    )
    copied = patches.clone(memory_format=torch.contiguous_format)
    return copied.view(tasks, count * rows * columns, 9 * channels)


def fold(patches: Tensor, stride: int, out: Tensor) -> None:
    """The transpose of `unfold`: patches added up where they lie, in `out`, a part of `empty_to_fold`'s images."""
    tasks, count, height, width, channels = out.shape
    rows, columns = places(height, stride), places(width, stride)
    _, image, row, pixel, _ = out.stride()
    patch = 9 * channels
    # Taps that fall in one block of stride × stride pixels do not overlap, and are added together.
    for down in range(0, 3, stride):
        for right in range(0, 3, stride):
            size = (tasks * count, rows, min(stride, 3 - down), columns, min(stride, 3 - right) * channels)
            there = out.as_strided(
                size, (image, stride * row, row, stride * pixel, 1), out.storage_offset() + down * row + right * pixel
            )
            taps = patches.as_strided(
                size,
                (rows * columns * patch, columns * patch, 3 * channels, patch, 1),
                patches.storage_offset() + (3 * down + right) * channels,
            )
            if down == right == 0:
                there.copy_(taps)
            else:
                there.add_(taps)


def empty_to_fold(framed: Tensor, stride: int) -> Tensor:
    """Images of this shape for `fold`, whose first taps fill them but for the last rows and columns: these are zero."""
    result = torch.empty_like(framed)
    _, _, height, width, _ = framed.shape
    result[:, :, stride * places(height, stride) :].zero_()
    result[:, :, :, stride * places(width, stride) :].zero_()
    return result


class _FramedReLU(Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, stride: int) -> Tensor:
        framed, inside = _empty_frame(images, stride)
        torch.clamp_min(images, 0, out=inside)
        ctx.stride, ctx.sizes = stride, images.shape[2:4]
        ctx.save_for_backward(framed)
        return framed

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (framed,) = ctx.saved_tensors
        passed = _Inside.apply(gradient, *ctx.sizes, ctx.stride)
        # What ReLU lets through; torch's own, so that it is differentiable in its turn.
        return torch.ops.aten.threshold_backward(passed, _inside(framed.detach(), *ctx.sizes), 0), None


class _Inside(Function):
    """Images without their frame; autograd's own slice would have a gradient filled with zeros all over."""

    @staticmethod
    def forward(ctx: Any, framed: Tensor, height: int, width: int, stride: int) -> Tensor:
        ctx.stride = stride
        return _inside(framed, height, width)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        return frame(gradient, ctx.stride), None, None, None


def _empty_frame(images: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """A frame for images of this shape, and the place of the images within, which is not filled yet."""
    tasks, count, height, width, channels = images.shape
    framed = images.new_empty(tasks, count, _with_frame(height, stride), _with_frame(width, stride), channels)
    for edge in (framed[:, :, 0], framed[:, :, height + 1 :], framed[:, :, :, 0], framed[:, :, :, width + 1 :]):
        edge.zero_()
    return framed, _inside(framed, height, width)


def _inside(framed: Tensor, height: int, width: int) -> Tensor:
    return framed[:, :, 1 : height + 1, 1 : width + 1]


def _with_frame(side: int, stride: int) -> int:
    return stride * (-(-side // stride) - 1) + 3
