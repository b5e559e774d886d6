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

from metagui.learn.framing import empty_to_fold, fold, places, unfold

_CACHED = 750_000  # numbers of patches that stay in a processor's cache while they are used


def convolve(images: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """3×3 convolution with padding 1 and no bias (a bias before batch norm has no effect).

    Shapes: `images` (tasks, images, ·, ·, channels), framed for this stride (`framing`); `kernel` (tasks, 9·channels,
    out), its rows ordered by row of the kernel, column, channel; the result (tasks, images, places, places, out).
    """
    result: Tensor = _Convolution.apply(images, kernel, stride)
    return result


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
        result = images.new_empty(*images.shape[:2], places(height, stride), places(width, stride), kernel.shape[2])
        images = images.contiguous()
        for tasks, some in _groups(images, stride):
            _multiply(unfold(images[tasks, some], stride), kernel[tasks], out=result[tasks, some].flatten(1, 3))
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
        gradient, images = gradient.contiguous(), images.contiguous()
        by_images = empty_to_fold(images, stride)
        by_kernel = kernel.new_zeros(kernel.shape)
        for tasks, some in _groups(images, stride):
            flat = gradient[tasks, some].flatten(1, 3)
            patches = unfold(images[tasks, some], stride)
            by_kernel[tasks].baddbmm_(patches.mT, flat)
            fold(_multiply(flat, kernel[tasks].mT, out=patches), stride, out=by_images[tasks, some])
        return by_images, by_kernel

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_images: Tensor, to_kernel: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        gradient, images, kernel = ctx.saved_tensors
        gradient, images, to_images = gradient.contiguous(), images.contiguous(), to_images.contiguous()
        by_gradient, by_images = torch.empty_like(gradient), empty_to_fold(images, ctx.stride)
        by_kernel = kernel.new_zeros(kernel.shape)
        for tasks, some in _groups(images, ctx.stride):
            flat = gradient[tasks, some].flatten(1, 3)
            patches = unfold(to_images[tasks, some], ctx.stride)
            by_kernel[tasks].baddbmm_(patches.mT, flat)
            result = _multiply(patches, kernel[tasks], out=by_gradient[tasks, some].flatten(1, 3))
            patches = unfold(images[tasks, some], ctx.stride)
            result.baddbmm_(patches, to_kernel[tasks])
            fold(torch.bmm(flat, to_kernel[tasks].mT, out=patches), ctx.stride, out=by_images[tasks, some])
        return by_gradient, by_images, by_kernel, None


def _multiply(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """Products of each task's matrices; one of all tasks' rows, where they share the right one."""
    if right.stride(0) == 0:
        torch.mm(left.flatten(0, 1), right[0], out=out.flatten(0, 1))
        return out
    return torch.bmm(left, right, out=out)


def _groups(images: Tensor, stride: int) -> list[tuple[slice, slice]]:
    """Tasks and images of them whose patches fit in the cache together; on a GPU all."""
    tasks, count, height, width, channels = images.shape
    if images.device.type != "cpu":
        return [(slice(None), slice(None))]
    most = max(1, _CACHED // (places(height, stride) * places(width, stride) * 9 * channels))  # images
    if most >= count:
        return [(slice(task, task + most // count), slice(None)) for task in range(0, tasks, most // count)]
    return [
        (slice(task, task + 1), slice(first, first + most)) for task in range(tasks) for first in range(0, count, most)
    ]
