import numpy as np
import pytest
import torch

from metagui.learn import direct_convolution, unfolded_convolution
from metagui.learn.compiled import WIDTH
from metagui.learn.direct_convolution import _Grid
from tests.learn.test_convolution import random

SIZES = [(14, 14), (7, 5), (2, 3), (1, 1)]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("is_shared", [False, True])
def test_products_are_those_of_patches(stride, size, is_shared):
    images, kernel = random(2, 5, *size, WIDTH), random(2, 9 * WIDTH, 2 * WIDTH, seed=1)
    if is_shared:
        kernel = kernel[:1].expand(2, -1, -1)
    expected = unfolded_convolution.convolved(images, kernel, stride)
    torch.testing.assert_close(direct_convolution.convolved(images, kernel, stride), expected)
    gradient = random(*expected.shape, seed=2)
    torch.testing.assert_close(
        direct_convolution.by_images(gradient, kernel, stride, size),
        unfolded_convolution.by_images(gradient, kernel, stride, size),
    )
    torch.testing.assert_close(
        direct_convolution.by_kernel(images, gradient, stride), unfolded_convolution.by_kernel(images, gradient, stride)
    )
    total = direct_convolution.convolved(images, kernel, stride, plus=gradient.clone())
    torch.testing.assert_close(total, gradient + expected)


def test_many_images_are_summed_over_in_groups():
    images, gradient = random(1, 150, 3, 3, WIDTH), random(1, 150, 2, 2, WIDTH, seed=1)
    torch.testing.assert_close(
        direct_convolution.by_kernel(images, gradient, 2), unfolded_convolution.by_kernel(images, gradient, 2)
    )


def test_tables_do_not_grow_with_the_groups():
    of_each = [direct_convolution._to_taps(count, _Grid(3, 3, WIDTH), _Grid(2, 2, WIDTH), 2) for count in (32, 160)]
    assert len(of_each[0].columns) == len(of_each[1].columns)


def test_more_numbers_than_can_be_counted_are_refused():
    with pytest.raises(ValueError, match="fewer"):
        direct_convolution._pairs(np.array([0]), np.array([2**31]))


def test_single_precision_is_as_near_to_the_truth_as_torchs_own():
    images, kernel = random(2, 5, 7, 7, 64), random(2, 9 * 64, 64, seed=1)
    truth = unfolded_convolution.convolved(images, kernel, 2)
    direct, unfolded = (
        products.convolved(images.float(), kernel.float(), 2) - truth
        for products in (direct_convolution, unfolded_convolution)
    )
    assert float(direct.abs().max()) < 3 * float(unfolded.abs().max()) < 1e-3
