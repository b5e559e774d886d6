import pytest
import torch
from torch.nn import functional as F

from metagui.learn import unfolded_convolution as products
from tests.learn.test_convolution import random


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(6, 6), (7, 5), (1, 1)])
def test_products_are_torchs_convolution_and_its_gradients(stride, size):
    images, kernel = random(2, 3, *size, 4), random(2, 9 * 4, 5, seed=1)
    result = products.convolved(images, kernel, stride)
    gradient = random(*result.shape, seed=2)
    by_images, by_kernel = (
        products.by_images(gradient, kernel, stride, size),
        products.by_kernel(images, gradient, stride),
    )
    for task in range(2):
        channels_first = images[task].permute(0, 3, 1, 2).requires_grad_()
        weight = kernel[task].view(3, 3, 4, 5).permute(3, 2, 0, 1).requires_grad_()
        expected = F.conv2d(channels_first, weight, stride=stride, padding=1)
        torch.testing.assert_close(result[task], expected.permute(0, 2, 3, 1))
        found = torch.autograd.grad(expected, (channels_first, weight), gradient[task].permute(0, 3, 1, 2))
        torch.testing.assert_close(by_images[task], found[0].permute(0, 2, 3, 1))
        torch.testing.assert_close(by_kernel[task], found[1].permute(2, 3, 1, 0).flatten(0, 2))
    total = products.convolved(images, kernel, stride, plus=gradient.clone())
    torch.testing.assert_close(total, result + gradient)
