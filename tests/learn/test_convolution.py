import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

from metagui.learn import convolution
from metagui.learn.convolution import convolve, fold, max_pool, unfold


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(6, 6), (7, 5), (1, 1)])
def test_each_task_is_convolved_with_its_own_kernel(stride, size):
    images, kernel = random(2, 3, *size, 4), random(2, 9 * 4, 5, seed=1)
    result = convolve(images, kernel, stride)
    for task in range(2):
        weight = kernel[task].view(3, 3, 4, 5).permute(3, 2, 0, 1)
        expected = F.conv2d(images[task].permute(0, 3, 1, 2), weight, stride=stride, padding=1)
        torch.testing.assert_close(result[task], expected.permute(0, 2, 3, 1))


@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_is_differentiable_twice(stride, monkeypatch):
    images, kernel = random(2, 2, 5, 4, 2).requires_grad_(), random(2, 18, 3, seed=1).requires_grad_()
    assert gradcheck(lambda *inputs: convolve(*inputs, stride), (images, kernel))
    assert gradgradcheck(lambda *inputs: convolve(*inputs, stride).square(), (images, kernel))
    monkeypatch.setattr(convolution, "_CACHED", 1)  # one task at a time
    assert gradgradcheck(lambda *inputs: convolve(*inputs, stride).square(), (images, kernel))


def test_folding_is_the_transpose_of_unfolding():
    for stride in (1, 2):
        images = random(2, 2, 7, 6, 3)
        patches = unfold(images, stride)
        others, folded = random(*patches.shape, seed=1), torch.empty_like(images)
        fold(others, stride, out=folded)
        torch.testing.assert_close((patches * others).sum(), (images * folded).sum())


def test_pooling_leaves_an_odd_edge_out():
    images = random(2, 3, 7, 5, 4)
    expected = F.max_pool2d(images.flatten(0, 1).permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    torch.testing.assert_close(max_pool(images), expected.unflatten(0, (2, 3)))
