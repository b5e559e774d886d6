import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

from metagui.learn.framing import empty_to_fold, fold, frame, framed_relu, places, unfold
from tests.learn.test_convolution import random

SIZES = [(7, 6), (6, 7), (1, 1)]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_patches_are_those_of_padded_images(stride, size):
    images = random(2, 3, *size, 4)
    patches = unfold(frame(images, stride), stride)
    # torch's own are ordered by channel, row, column
    expected = F.unfold(images.flatten(0, 1).permute(0, 3, 1, 2), 3, stride=stride, padding=1)
    expected = expected.view(2, 3, 4, 9, -1).permute(0, 1, 4, 3, 2).reshape(2, -1, 9 * 4)
    torch.testing.assert_close(patches, expected, rtol=0, atol=0)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_folding_is_the_transpose_of_unfolding(stride, size):
    framed = frame(random(2, 2, *size, 3), stride) + 1  # whatever is in the frame
    patches = unfold(framed, stride)
    others, folded = random(*patches.shape, seed=1), empty_to_fold(framed, stride)
    fold(others, stride, out=folded)
    torch.testing.assert_close((patches * others).sum(), (framed * folded).sum())


@pytest.mark.parametrize(("side", "stride", "expected"), [(28, 2, 14), (7, 2, 4), (28, 1, 28), (1, 2, 1)])
def test_a_framed_side_tells_how_many_patches_begin_along_it(side, stride, expected):
    assert places(frame(random(1, 1, side, side, 1), stride).shape[2], stride) == expected


@pytest.mark.parametrize("stride", [1, 2])
def test_relu_in_a_frame_is_differentiable_twice(stride):
    images = random(2, 2, 4, 3, 2)
    torch.testing.assert_close(framed_relu(images, stride), frame(images.relu(), stride), rtol=0, atol=0)
    images.requires_grad_()
    assert gradcheck(lambda x: framed_relu(x, stride), (images,))
    assert gradgradcheck(lambda x: framed_relu(x, stride).pow(3), (images,))
