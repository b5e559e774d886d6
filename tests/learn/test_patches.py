import pytest
import torch

from metagui.learn.convolution import convolve
from metagui.learn.patches import Patches
from metagui.learn.plain_normalisation import EPSILON
from tests.learn.test_convolution import random


@pytest.mark.parametrize("stride", [1, 2])
def test_they_tell_the_moments_of_a_convolution_without_making_it(stride):
    images, kernel = random(2, 3, 1, 28, 28), random(2, 9, 5, seed=1)
    mean, inverse = Patches.of(images, stride).moments(kernel)
    made = convolve(images.movedim(2, -1), kernel, stride)
    torch.testing.assert_close(mean, made.mean((1, 2, 3)))
    torch.testing.assert_close(inverse, (made.var((1, 2, 3), unbiased=False) + EPSILON).rsqrt())


def test_a_product_with_them_is_the_convolution_less_its_mean():
    images, kernel = random(2, 3, 1, 28, 28), random(2, 9, 5, seed=1)
    patches = Patches.of(images, 2)
    product = patches.patches @ torch.cat([kernel, torch.zeros_like(kernel[:, :1])], dim=1)
    made = convolve(images.movedim(2, -1), kernel, 2)
    torch.testing.assert_close(product.view(*patches.shape, 5), made - made.mean((1, 2, 3), keepdim=True))


def test_the_moments_keep_their_digits_where_a_kernel_cancels_its_pixels():
    # Smooth images, and kernels that take differences of neighbours: variances far below those of the pixels.
    row = torch.linspace(0, 1, 28)
    images = (row[:, None] * row).expand(1, 4, 1, 28, 28) * torch.tensor([0.7, 0.8, 0.9, 1.0]).view(1, 4, 1, 1, 1)
    kernel = torch.tensor([1.0, -2.0, 1.0, -2.0, 4.0, -2.0, 1.0, -2.0, 1.0]).view(1, 9, 1)
    _, inverse = Patches.of(images, 1).moments(kernel)
    _, exact = Patches.of(images.double(), 1).moments(kernel.double())
    assert abs(inverse.item() / exact.item() - 1) < 1e-5


def test_some_tasks_of_them():
    patches = Patches.of(random(3, 2, 1, 28, 28), 2)
    second = patches[1:2]
    assert second.shape == (1, 2, 14, 14)
    assert torch.equal(second.patches, patches.patches[1:2])
    kernel = random(3, 9, 5, seed=1)
    for mine, of_all in zip(second.moments(kernel[1:2]), patches.moments(kernel), strict=True):
        torch.testing.assert_close(mine, of_all[1:2])
    assert patches[1:2].root.data_ptr() == patches.root[1:2].data_ptr()  # it is not worked out again


def test_a_blank_support_has_no_variance():
    _, inverse = Patches.of(torch.zeros(1, 2, 1, 28, 28), 2).moments(torch.ones(1, 9, 4))
    torch.testing.assert_close(inverse, torch.full((1, 4), EPSILON**-0.5))
