"""Convolution with weights that differ from task to task, differentiable twice.

Images are channels last, (tasks, images, height, width, channels): a convolution is then one product of patches with
each task's kernel, with no transposition. Its derivatives are products as well, and are written down here as such.
"""

from typing import Any, Protocol

from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from metagui.learn import unfolded_convolution
from metagui.learn.compiled import WIDTH, is_compiled_for


def convolve(images: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """3×3 convolution with padding 1 and no bias (a bias before batch norm has no effect).

    Shapes: `images` (tasks, images, height, width, channels); `kernel` (tasks, 9·channels, out), its rows ordered by
    row of the kernel, column, channel; the result (tasks, images, ⌈height/stride⌉, ⌈width/stride⌉, out).
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
    """z = P W, with the patches P of the images x."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, kernel: Tensor, stride: int) -> Tensor:
        ctx.stride = stride
        ctx.save_for_backward(images, kernel)
        return _products(images, kernel).convolved(images, kernel, stride)

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
        products = _products(images, kernel)
        return products.by_images(gradient, kernel, stride, _size(images)), products.by_kernel(images, gradient, stride)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_images: Tensor, to_kernel: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        gradient, images, kernel = ctx.saved_tensors
        products = _products(images, kernel)
        by_gradient = products.convolved(to_images, kernel, ctx.stride)
        by_gradient = products.convolved(images, to_kernel, ctx.stride, plus=by_gradient)
        by_images = products.by_images(gradient, to_kernel, ctx.stride, _size(images))
        return by_gradient, by_images, products.by_kernel(to_images, gradient, ctx.stride), None


def _size(images: Tensor) -> tuple[int, int]:
    return images.shape[2], images.shape[3]


class _Products(Protocol):
    """The modules that multiply; see there."""

    def convolved(self, images: Tensor, kernel: Tensor, stride: int, plus: Tensor | None = None) -> Tensor: ...

    def by_images(self, gradient: Tensor, kernel: Tensor, stride: int, size: tuple[int, int]) -> Tensor: ...

    def by_kernel(self, images: Tensor, gradient: Tensor, stride: int) -> Tensor: ...


def _products(images: Tensor, kernel: Tensor) -> _Products:
    """What multiplies such images fastest."""
    if not is_compiled_for(images) or images.shape[-1] % WIDTH or kernel.shape[2] % WIDTH:
        return unfolded_convolution
    from metagui.learn import direct_convolution  # with the compiler that it takes, which opening a window does not

    return direct_convolution
