"""Batch norm with its ReLU, and its derivatives, by torch's own operations on whole tensors, on every device.

h = max(0, γ x + β) with x = (z − m) r, and the mean m and reciprocal deviation r of z over its n rows. Shapes: z, h and
their gradients (tasks, rows, channels), all else (tasks, channels).
"""

import torch
from torch import Tensor

EPSILON = 1e-5  # torch's own


def normalised(z: Tensor, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """h, m and r."""
    mean = z.mean(1)
    x = z - mean[:, None]
    inverse = (torch.linalg.vecdot(x, x, dim=1) / z.shape[1] + EPSILON).rsqrt()
    return torch.addcmul(shift[:, None], x, (scale * inverse)[:, None]).relu_(), mean, inverse


def first_derivative(
    g: Tensor, z: Tensor, scale: Tensor, h: Tensor, mean: Tensor, inverse: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """dz = γ r (g − (B + x G) / n), dγ = G = Σ g x and dβ = B = Σ g, with g that of h where h > 0, and else 0."""
    g, x, rows = _passed(g, h), (z - mean[:, None]) * inverse[:, None], z.shape[1]
    by_shift, by_scale = g.sum(1), torch.linalg.vecdot(g, x, dim=1)
    factor = scale * inverse
    by_z = _combined((factor, g), (-factor * by_scale / rows, x), offset=-factor * by_shift / rows)
    return by_z, by_scale, by_shift


def second_derivative(
    u: Tensor, to_scale: Tensor, to_shift: Tensor,
    g: Tensor, z: Tensor, scale: Tensor, h: Tensor, mean: Tensor, inverse: Tensor, sum_gx: Tensor, sum_g: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """The gradients of L = ⟨u, dz⟩ + ⟨to_scale, G⟩ + ⟨to_shift, B⟩ by g, z and scale.

    That by z goes through x = (z − m) r and through r itself.
    """
    g, x, rows = _passed(g, h), (z - mean[:, None]) * inverse[:, None], z.shape[1]
    factor = scale * inverse
    sum_u, sum_ux, sum_ug = u.sum(1), torch.linalg.vecdot(u, x, dim=1), torch.linalg.vecdot(u, g, dim=1)
    s = sum_ug - (sum_g * sum_u + sum_gx * sum_ux) / rows  # ⟨u, dz⟩ / (γ r)
    # ∂L/∂x = a g + b u, and its sums over rows, alone and with x.
    a, b = to_scale - factor * sum_ux / rows, -factor * sum_gx / rows
    sum_q, sum_qx = a * sum_g + b * sum_u, a * sum_gx + b * sum_ux
    by_g = _combined((factor, u), (a, x), offset=to_shift - factor * sum_u / rows)
    by_z = _combined(
        (inverse * a, g),
        (inverse * b, u),
        (-inverse * (sum_qx + factor * s) / rows, x),
        offset=-inverse * sum_q / rows,
    )
    return _passed(by_g, h), by_z, inverse * s


def _passed(gradient: Tensor, h: Tensor) -> Tensor:
    """What the ReLU lets through."""
    return torch.ops.aten.threshold_backward(gradient, h, 0)  # type: ignore[no-any-return]


def _combined(*terms: tuple[Tensor, Tensor], offset: Tensor) -> Tensor:
    """offset + Σ coefficient · images, with coefficients (tasks, channels) and images (tasks, rows, channels)."""
    (coefficient, images), *others = terms
    result = torch.addcmul(offset[:, None], images, coefficient[:, None])
    for coefficient, images in others:
        result.addcmul_(images, coefficient[:, None])
    return result
