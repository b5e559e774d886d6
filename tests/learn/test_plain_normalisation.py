import pytest
import torch

from metagui.learn import fused_normalisation, plain_normalisation
from metagui.learn.plain_normalisation import EPSILON
from tests.learn.test_convolution import random

Z, SCALE, SHIFT = random(2, 70, 4), 1 + 0.1 * random(2, 4, seed=1), random(2, 4, seed=2)


def by_autograd(z: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    x = (z - z.mean(1, keepdim=True)) * (z.var(1, unbiased=False, keepdim=True) + EPSILON).rsqrt()
    return (scale[:, None] * x + shift[:, None]).relu()


@pytest.mark.parametrize("formulas", [plain_normalisation, fused_normalisation])
def test_the_formulas_are_what_autograd_finds(formulas):
    z, scale, shift = (value.clone().requires_grad_() for value in (Z, SCALE, SHIFT))
    expected = by_autograd(z, scale, shift)
    h, mean, inverse = formulas.normalised(Z, SCALE, SHIFT)
    torch.testing.assert_close(h, expected.detach())
    torch.testing.assert_close(mean, Z.mean(1))
    torch.testing.assert_close(inverse, (Z.var(1, unbiased=False) + EPSILON).rsqrt())

    g = random(*Z.shape, seed=3).requires_grad_()
    first = torch.autograd.grad(expected, (z, scale, shift), g, create_graph=True)
    found = formulas.first_derivative(g.detach(), Z, SCALE, h, mean, inverse)
    for ours, theirs in zip(found, first, strict=True):
        torch.testing.assert_close(ours, theirs.detach())

    to = (random(*Z.shape, seed=4), random(2, 4, seed=5), random(2, 4, seed=6))
    second = torch.autograd.grad(first, (g, z, scale), to)
    found = formulas.second_derivative(*to, g.detach(), Z, SCALE, h, mean, inverse, found[1], found[2])
    for ours, theirs in zip(found, second, strict=True):
        torch.testing.assert_close(ours, theirs)
