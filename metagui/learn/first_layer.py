"""The first convolution with its ReLU: patches · kernel, which makes the largest tensors of the network."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def first_layer(patches: Tensor, kernel: Tensor) -> Tensor:
    """h = max(0, P K) of patches (tasks, rows, numbers) and kernels (tasks, numbers, channels).

    Differentiable twice, by the kernels. Autograd's own second derivative would fill a tensor with zeros for that of
    the ReLU, and add it.
    """
    result: Tensor = _FirstLayer.apply(patches, kernel)
    return result


class _FirstLayer(Function):
    @staticmethod
    def forward(ctx: Any, patches: Tensor, kernel: Tensor) -> Tensor:
        h = torch.bmm(patches, kernel).relu_()
        ctx.save_for_backward(patches, h)
        return h

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor]:
        patches, h = ctx.saved_tensors
        return None, _FirstLayerGradient.apply(gradient, patches, h.detach())


class _FirstLayerGradient(Function):
    """dK = Pᵀ dh, with dh where h is positive, and else zero."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, patches: Tensor, h: Tensor) -> Tensor:
        ctx.save_for_backward(patches, h)
        return torch.bmm(patches.mT, torch.ops.aten.threshold_backward(gradient, h, 0))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_kernel: Tensor) -> tuple[Tensor, None, None]:
        patches, h = ctx.saved_tensors
        by_gradient = torch.bmm(patches, to_kernel)
        torch.ops.aten.threshold_backward.grad_input(by_gradient, h, 0, grad_input=by_gradient)
        return by_gradient, None, None
