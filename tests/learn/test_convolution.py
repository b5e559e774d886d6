import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

from metagui.learn.convolution import convolve, max_pool

CHANNELS = [2, 16]  # which are unfolded, and which are not


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def check_twice(convolution, *inputs: torch.Tensor) -> None:
    """Both derivatives, along one direction at random: there are thousands of numbers."""
    assert gradcheck(convolution, inputs, fast_mode=True)
    assert gradgradcheck(lambda *values: convolution(*values).square(), inputs, fast_mode=True)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(6, 6), (7, 5), (1, 1)])
@pytest.mark.parametrize("is_shared", [False, True])
def test_each_task_is_convolved_with_its_own_kernel_or_a_shared_one(stride, size, is_shared, channels):
    images, kernel = random(2, 3, *size, channels), random(2, 9 * channels, channels, seed=1)
    if is_shared:
        kernel = kernel[0].expand(2, -1, -1)
    result = convolve(images, kernel, stride)
    for task in range(2):
        weight = kernel[task].view(3, 3, channels, channels).permute(3, 2, 0, 1)
        expected = F.conv2d(images[task].permute(0, 3, 1, 2), weight, stride=stride, padding=1)
        torch.testing.assert_close(result[task], expected.permute(0, 2, 3, 1))


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_is_differentiable_twice(stride, channels):
    images, kernel = random(2, 2, 4, 3, channels), random(2, 9 * channels, channels, seed=1)
    check_twice(lambda x, w: convolve(x, w, stride), images.requires_grad_(), kernel.requires_grad_())


@pytest.mark.parametrize("channels", CHANNELS)
def test_a_convolution_with_a_shared_kernel_is_differentiable_twice(channels):
    images, kernel = random(2, 2, 5, 3, channels), random(9 * channels, channels, seed=1)
    check_twice(lambda x, w: convolve(x, w.expand(2, -1, -1), 2), images.requires_grad_(), kernel.requires_grad_())


@pytest.mark.parametrize("channels", CHANNELS)
def test_what_does_not_lie_in_one_piece_is_differentiated_all_the_same(channels):
    images, kernel = random(2, 2, 3, 5, channels), random(2, channels, 9 * channels, seed=1)
    check_twice(
        lambda x, w: convolve(x.transpose(2, 3), w.mT, 2).flip(-1), images.requires_grad_(), kernel.requires_grad_()
    )


def test_pooling_leaves_an_odd_edge_out():
    images = random(2, 3, 7, 5, 4)
    expected = F.max_pool2d(images.flatten(0, 1).permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    torch.testing.assert_close(max_pool(images), expected.unflatten(0, (2, 3)))
