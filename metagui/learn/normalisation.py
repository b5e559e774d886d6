"""Batch norm, its statistics a task's own, differentiable twice (Ioffe & Szegedy 2015, algorithm 1).

Autograd alone would go over the images some forty times for the second derivative; both derivatives are written down
here, each as one combination of whole tensors by coefficients of a channel.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

EPSILON = 1e-5  # torch's own

Moments = tuple[Tensor, Tensor]  # mean and reciprocal standard deviation, each (tasks, channels)
Statistics = list[Moments]  # of each block of a network

_MOMENTUM = 0.1  # torch's own


def normalise(images: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Moments]:
    """scale · (images − mean) / deviation + shift, and the moments that made it, over images and places.

    Shapes: `images` (tasks, images, height, width, channels), as the result; `scale`, `shift` (tasks, channels).
    """
    result, mean, inverse = _Normalised.apply(images.flatten(1, 3), scale, shift)
    return result.view(images.shape), (mean, inverse)


def normalise_by(images: Tensor, scale: Tensor, shift: Tensor, moments: Moments) -> Tensor:
    """As `normalise`, by given moments."""
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


class _Normalised(Function):
    """h = γ x + β with x = (z − m) r, and the mean m and reciprocal deviation r of z over its n rows."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        mean = z.mean(1)
        x = z - mean[:, None]
        inverse = (torch.linalg.vecdot(x, x, dim=1) / z.shape[1] + EPSILON).rsqrt()
        x *= inverse[:, None]
        result = torch.addcmul(shift[:, None], x, scale[:, None])
        ctx.save_for_backward(z, scale, x, inverse)
        return result, mean, inverse

    @staticmethod
    def backward(
        ctx: Any, gradient: Tensor | None, by_mean: Tensor | None, by_inverse: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        z, scale, x, inverse = ctx.saved_tensors
        by_z = by_scale = by_shift = None
        if gradient is not None:
            by_z, by_scale, by_shift = _NormalisedGradient.apply(gradient, z, scale, x, inverse)
        if by_mean is not None and by_inverse is not None:  # by what else was normalised with these moments
            if torch.is_grad_enabled():
                raise RuntimeError("The moments' own gradient is differentiable once only.")
            rows = z.shape[1]
            extra = torch.addcmul(by_mean[:, None] / rows, x, (-by_inverse * inverse.square() / rows)[:, None])
            by_z = extra if by_z is None else extra.add_(by_z)
        return by_z, by_scale, by_shift


class _NormalisedGradient(Function):
    """dz = γ r (g − (B + x G) / n), dγ = G = Σ g x and dβ = B = Σ g, by the gradient g of γ x + β."""

    @staticmethod
    def forward(
        ctx: Any, g: Tensor, z: Tensor, scale: Tensor, x: Tensor, inverse: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        rows = g.shape[1]
        by_shift, by_scale = g.sum(1), torch.linalg.vecdot(g, x, dim=1)
        factor = scale * inverse
        by_z = _combined((factor, g), (-factor * by_scale / rows, x), offset=-factor * by_shift / rows)
        ctx.save_for_backward(g, scale, x, inverse, by_scale, by_shift)
        return by_z, by_scale, by_shift

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, u: Tensor, to_scale: Tensor, to_shift: Tensor) -> tuple[Tensor | None, ...]:
        """By L = ⟨u, dz⟩ + ⟨to_scale, G⟩ + ⟨to_shift, B⟩, through x = (z − m) r and through r itself."""
        g, scale, x, inverse, sum_gx, sum_g = ctx.saved_tensors
        rows = g.shape[1]
        factor = scale * inverse
        sum_u, sum_ux, sum_ug = u.sum(1), torch.linalg.vecdot(u, x, dim=1), torch.linalg.vecdot(u, g, dim=1)
        s = sum_ug - (sum_g * sum_u + sum_gx * sum_ux) / rows  # ⟨u, dz⟩ / (γ r)
        by_g = _combined((factor, u), (to_scale - factor * sum_ux / rows, x), offset=to_shift - factor * sum_u / rows)
        # ∂L/∂x = a g + b u, and its sums over rows, alone and with x.
        a, b = to_scale - factor * sum_ux / rows, -factor * sum_gx / rows
        sum_q, sum_qx = a * sum_g + b * sum_u, a * sum_gx + b * sum_ux
        by_z = _combined(
            (inverse * a, g),
            (inverse * b, u),
            (-inverse * (sum_qx + factor * s) / rows, x),
            offset=-inverse * sum_q / rows,
        )
        return by_g, by_z, inverse * s, None, None


def _combined(*terms: tuple[Tensor, Tensor], offset: Tensor) -> Tensor:
    """offset + Σ coefficient · images, with coefficients (tasks, channels) and images (tasks, rows, channels)."""
    (coefficient, images), *others = terms
    result = torch.addcmul(offset[:, None], images, coefficient[:, None])
    for coefficient, images in others:
        result.addcmul_(images, coefficient[:, None])
    return result
