"""Convolution with weights that differ from task to task, differentiable twice.

Images are channels last, (tasks, images, height, width, channels): a convolution is then one batched matrix product of
unfolded patches with each task's kernel, with no transposition. Autograd alone would go through the patches, by far the
largest tensors of all, at each step of each derivative: here both derivatives are written down, as products.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

_CACHED = 750_000  # numbers of patches that stay in a processor's cache while they are used


def convolve(images: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """3×3 convolution with padding 1 and no bias (a bias before batch norm has no effect).

    Shapes: `images` (tasks, images, height, width, channels); `kernel` (tasks, 9·channels, out), its rows ordered by
    row of the kernel, column, channel; the result (tasks, images, ⌈height/stride⌉, ⌈width/stride⌉, out).
    """
    result: Tensor = _Convolution.apply(images, kernel, stride)
    return result


def unfold(images: Tensor, stride: int) -> Tensor:
    """The 3×3 patches around every stride-th pixel, zero outside; not differentiable.

    (tasks, images, h, w, c) → (tasks, images·⌈h/s⌉·⌈w/s⌉, 9·c).
    """
    tasks, count, height, width, channels = images.shape
    padded = pad(images.flatten(0, 1), (0, 0, 1, 1, 1, 1))
    rows, columns = _places(height, stride), _places(width, stride)
    image, row, pixel, _ = padded.stride()
    # A row of a patch is 3·c numbers that lie side by side: a view of overlapping rows, copied once.
    patches = padded.as_strided(
        (tasks * count, rows, columns, 3, 3 * channels), (image, stride * row, stride * pixel, row, 1)
    )
    return patches.reshape(tasks, count * rows * columns, 9 * channels)


def fold(patches: Tensor, stride: int, out: Tensor) -> None:
    """The transpose of `unfold`: patches added up where they lie, in `out`. Not differentiable."""
    tasks, count, height, width, channels = out.shape
    rows, columns = _places(height, stride), _places(width, stride)
    taps = patches.view(tasks, count, rows, columns, 3, 3, channels)
    # The padded image in blocks of stride × stride pixels: taps that fall in one block do not overlap, and are added
    # together. A patch reaches over `blocks` of them each way.
    blocks = -(-3 // stride)
    padded = patches.new_zeros(tasks, count, rows + blocks - 1, stride, columns + blocks - 1, stride, channels)
    for down in range(blocks):
        for right in range(blocks):
            some = taps[..., down * stride : (down + 1) * stride, right * stride : (right + 1) * stride, :]
            there = padded[:, :, down : down + rows, : some.shape[4], right : right + columns, : some.shape[5]]
            there += some.transpose(3, 4)
    padded = padded.view(tasks, count, padded.shape[2] * stride, padded.shape[4] * stride, channels)
    out.copy_(padded[:, :, 1 : height + 1, 1 : width + 1])


def max_pool(images: Tensor) -> Tensor:
    """2×2 max-pooling, an odd last row or column left out: (tasks, images, ⌊height/2⌋, ⌊width/2⌋, channels)."""
    height, width = images.shape[2] // 2, images.shape[3] // 2
    tasks, count, *_, channels = images.shape
    blocks = images[:, :, : 2 * height, : 2 * width].reshape(tasks, count, height, 2, width, 2, channels)
    return blocks.amax(dim=(3, 5))


class _Convolution(Function):
    """z = P W, with the patches P of the images x.

    The patches are by far the largest tensors. They are unfolded for a few tasks at a time, multiplied while they are
    in the cache, and unfolded again where they are needed again.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, kernel: Tensor, stride: int) -> Tensor:
        ctx.stride = stride
        ctx.save_for_backward(images, kernel)
        _, _, height, width, _ = images.shape
        result = images.new_empty(*images.shape[:2], _places(height, stride), _places(width, stride), kernel.shape[2])
        for tasks, some in _groups(images, stride):
            torch.bmm(unfold(images[tasks, some], stride), kernel[tasks], out=result[tasks, some].flatten(1, 3))
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        images, kernel = ctx.saved_tensors
        by_images, by_kernel = _ConvolutionGradient.apply(gradient, images, kernel, ctx.stride)
        return by_images, by_kernel, None


class _ConvolutionGradient(Function):
    """dx = fold(dz Wᵀ) and dW = Pᵀ dz, which are bilinear, so that their own derivatives are products once more."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, images: Tensor, kernel: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        ctx.stride = stride
        ctx.save_for_backward(gradient, images, kernel)
        by_images = torch.empty_like(images)
        by_kernel = kernel.new_zeros(kernel.shape)
        for tasks, some in _groups(images, stride):
            flat = gradient[tasks, some].flatten(1, 3)
            by_kernel[tasks].baddbmm_(unfold(images[tasks, some], stride).mT, flat)
            fold(torch.bmm(flat, kernel[tasks].mT), stride, out=by_images[tasks, some])
        return by_images, by_kernel

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_images: Tensor, to_kernel: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        gradient, images, kernel = ctx.saved_tensors
        by_gradient, by_images = torch.empty_like(gradient), torch.empty_like(images)
        by_kernel = kernel.new_zeros(kernel.shape)
        for tasks, some in _groups(images, ctx.stride):
            flat = gradient[tasks, some].flatten(1, 3)
            patches = unfold(to_images[tasks, some], ctx.stride)
            by_kernel[tasks].baddbmm_(patches.mT, flat)
            result = torch.bmm(patches, kernel[tasks])
            result.baddbmm_(unfold(images[tasks, some], ctx.stride), to_kernel[tasks])
            by_gradient[tasks, some] = result.view_as(by_gradient[tasks, some])
            fold(torch.bmm(flat, to_kernel[tasks].mT), ctx.stride, out=by_images[tasks, some])
        return by_gradient, by_images, by_kernel, None


def _groups(images: Tensor, stride: int) -> list[tuple[slice, slice]]:
    """Tasks and images of them whose patches fit in the cache together; on a GPU all."""
    tasks, count, height, width, channels = images.shape
    if images.device.type != "cpu":
        return [(slice(None), slice(None))]
    most = max(1, _CACHED // (_places(height, stride) * _places(width, stride) * 9 * channels))  # images
    if most >= count:
        return [(slice(task, task + most // count), slice(None)) for task in range(0, tasks, most // count)]
    return [
        (slice(task, task + 1), slice(first, first + most)) for task in range(tasks) for first in range(0, count, most)
    ]


def _places(side: int, stride: int) -> int:
    """How many patches begin along a side."""
    return -(-side // stride)
