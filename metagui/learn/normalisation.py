"""Batch norm and ReLU, the statistics a task's own, differentiable twice (Ioffe & Szegedy 2015, algorithm 1).

Autograd alone would go over the images some forty times for the second derivative; both derivatives are written down
here, each as one combination of whole tensors by coefficients of a channel.
"""

from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from metagui.learn import plain_normalisation
from metagui.learn.compiled import is_compiled_for
from metagui.learn.plain_normalisation import EPSILON

Moments = tuple[Tensor, Tensor]  # mean and reciprocal standard deviation, each (tasks, channels)
Statistics = list[Moments]  # of each block of a network

_MOMENTUM = 0.1  # torch's own


def normalised_relu(images: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Moments]:
    """ReLU of scale · (images − mean) / deviation + shift, and the moments that made it, over images and places.

    Shapes: `images` (tasks, images, height, width, channels), as the result; `scale`, `shift` (tasks, channels).
    """
    result, mean, inverse = _NormalisedReLU.apply(images.flatten(1, 3), scale, shift)
    return result.view(images.shape), (mean, inverse)


def normalise_by(images: Tensor, scale: Tensor, shift: Tensor, moments: Moments) -> Tensor:
    """Batch norm by given moments; shapes as above."""
    factor, offset = folded(scale, shift, moments)
    return torch.addcmul(offset[:, None, None, None], images, factor[:, None, None, None])


def folded(scale: Tensor, shift: Tensor, moments: Moments) -> tuple[Tensor, Tensor]:
    """Batch norm by given moments as a factor and an offset a channel."""
    mean, inverse = moments
    factor = scale * inverse
    return factor, shift - mean * factor


class RunningMoments(nn.Module):
    """Exponential means of the mean and variance of each block, one for each step of the inner loop."""

    mean: Tensor  # (steps, blocks, channels), as is the other
    variance: Tensor

    def __init__(self, blocks: int, steps: int, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(steps, blocks, channels))
        self.register_buffer("variance", torch.ones(steps, blocks, channels))

    @staticmethod
    def observed(passes: list[Statistics]) -> Tensor:
        """What a meta-step adds: (2, passes, blocks, channels), the means over tasks, of one pass for each step."""
        means = [torch.stack([mean.detach().mean(0) for mean, _ in one]) for one in passes]
        variances = [torch.stack([(inverse.detach() ** -2 - EPSILON).mean(0) for _, inverse in one]) for one in passes]
        return torch.stack([torch.stack(means), torch.stack(variances)])

    def add(self, observed: Tensor) -> None:
        """Move by what `observed` gave, averaged over the meta-batch."""
        self.mean.lerp_(observed[0], _MOMENTUM)
        self.variance.lerp_(observed[1], _MOMENTUM)

    def statistics(self, step: int, tasks: int) -> Statistics:
        """For a batch of tasks after `step` inner steps; steps beyond those of training have the last one's."""
        step = min(step, len(self.mean) - 1)
        return [
            (mean.expand(tasks, -1), (variance + EPSILON).rsqrt().expand(tasks, -1))
            for mean, variance in zip(self.mean[step], self.variance[step], strict=True)
        ]


class _NormalisedReLU(Function):
    """`plain_normalisation` has the formulas of all three."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        h, mean, inverse = _formulas(z).normalised(z, scale, shift)
        ctx.save_for_backward(z, scale, h, mean, inverse)
        return h, mean, inverse

    @staticmethod
    def backward(
        ctx: Any, gradient: Tensor | None, by_mean: Tensor | None, by_inverse: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        z, scale, *made = ctx.saved_tensors
        h, mean, inverse = (tensor.detach() for tensor in made)
        by_z = by_scale = by_shift = None
        if gradient is not None:
            by_z, by_scale, by_shift = _NormalisedReLUGradient.apply(gradient, z, scale, h, mean, inverse)
        if by_mean is not None and by_inverse is not None:  # by what else was normalised with these moments
            if torch.is_grad_enabled():
                raise RuntimeError("The moments' own gradient is differentiable once only.")
            rows = z.shape[1]
            of_z = -by_inverse * inverse**3 / rows
            extra = torch.addcmul((by_mean / rows)[:, None], z - mean[:, None], of_z[:, None])
            by_z = extra if by_z is None else extra.add_(by_z)
        return by_z, by_scale, by_shift


class _NormalisedReLUGradient(Function):
    @staticmethod
    def forward(
        ctx: Any, g: Tensor, z: Tensor, scale: Tensor, h: Tensor, mean: Tensor, inverse: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        by_z, by_scale, by_shift = _formulas(z).first_derivative(g, z, scale, h, mean, inverse)
        ctx.save_for_backward(g, z, scale, h, mean, inverse, by_scale, by_shift)
        return by_z, by_scale, by_shift

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, u: Tensor, to_scale: Tensor, to_shift: Tensor) -> tuple[Tensor | None, ...]:
        by_g, by_z, by_scale = _formulas(u).second_derivative(u, to_scale, to_shift, *ctx.saved_tensors)
        return by_g, by_z, by_scale, None, None, None


class _Formulas(Protocol):
    """The modules that have them; see there."""

    def normalised(self, z: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]: ...

    def first_derivative(
        self, g: Tensor, z: Tensor, scale: Tensor, h: Tensor, mean: Tensor, inverse: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]: ...

    def second_derivative(
        self, u: Tensor, to_scale: Tensor, to_shift: Tensor,
        g: Tensor, z: Tensor, scale: Tensor, h: Tensor, mean: Tensor, inverse: Tensor, sum_gx: Tensor, sum_g: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]: ...  # fmt: skip


def _formulas(z: Tensor) -> _Formulas:
    if not is_compiled_for(z):
        return plain_normalisation
    from metagui.learn import fused_normalisation  # with the compiler that it takes, which opening a window does not

    return fused_normalisation
