import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

from metagui.learn import convolution
from metagui.learn.convolution import convolve, max_pool
from metagui.learn.framing import frame, places


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(6, 6), (7, 5), (1, 1)])
@pytest.mark.parametrize("is_shared", [False, True])
def test_each_task_is_convolved_with_its_own_kernel_or_a_shared_one(stride, size, is_shared):
    images, kernel = random(2, 3, *size, 4), random(2, 9 * 4, 5, seed=1)
    if is_shared:
        kernel = kernel[0].expand(2, -1, -1)
    result = convolve(frame(images, stride), kernel, stride)
    for task in range(2):
        weight = kernel[task].view(3, 3, 4, 5).permute(3, 2, 0, 1)
        expected = F.conv2d(images[task].permute(0, 3, 1, 2), weight, stride=stride, padding=1)
        torch.testing.assert_close(result[task], expected.permute(0, 2, 3, 1))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("together", [4, 2, 1])  # images: all tasks at once, one by one, and image by image
def test_a_convolution_is_differentiable_twice(stride, together, monkeypatch):
    monkeypatch.setattr(convolution, "_CACHED", together * places(4, stride) * places(3, stride) * 9 * 2)
    images, kernel = random(2, 2, 4, 3, 2).requires_grad_(), random(2, 18, 2, seed=1).requires_grad_()
    assert gradcheck(lambda *inputs: convolve(*inputs, stride), (images, kernel))
    assert gradgradcheck(lambda *inputs: convolve(*inputs, stride).square(), (images, kernel))


def test_a_convolution_with_a_shared_kernel_is_differentiable_twice():
    images, kernel = random(2, 2, 5, 3, 2).requires_grad_(), random(18, 3, seed=1).requires_grad_()
    assert gradgradcheck(lambda x, w: convolve(x, w.expand(2, -1, -1), 2).square(), (images, kernel))


def test_images_that_do_not_lie_in_one_piece_are_differentiated_all_the_same():
    images, kernel = random(2, 2, 3, 5, 2).requires_grad_(), random(2, 18, 3, seed=1).requires_grad_()
    assert gradgradcheck(lambda x, w: convolve(x.transpose(2, 3), w, 2).square(), (images, kernel))


def test_pooling_leaves_an_odd_edge_out():
    images = random(2, 3, 7, 5, 4)
    expected = F.max_pool2d(images.flatten(0, 1).permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
    torch.testing.assert_close(max_pool(images), expected.unflatten(0, (2, 3)))
