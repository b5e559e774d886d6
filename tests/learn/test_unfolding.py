import pytest
import torch
from torch.nn import functional as F

from metagui.learn.unfolding import fold, places, unfold
from tests.learn.test_convolution import random

SIZES = [(7, 6), (6, 7), (1, 1)]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_patches_are_those_of_padded_images(stride, size):
    images = random(2, 3, *size, 4)
    patches = unfold(images, stride)
    # torch's own are ordered by channel, row, column
    expected = F.unfold(images.flatten(0, 1).permute(0, 3, 1, 2), 3, stride=stride, padding=1)
    expected = expected.view(2, 3, 4, 9, -1).permute(0, 1, 4, 3, 2).reshape(2, -1, 9 * 4)
    torch.testing.assert_close(patches, expected, rtol=0, atol=0)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_folding_is_the_transpose_of_unfolding(stride, size):
    images = random(2, 2, *size, 3)
    patches = unfold(images, stride)
    others = random(*patches.shape, seed=1)
    torch.testing.assert_close((patches * others).sum(), (images * fold(others, stride, size)).sum())


@pytest.mark.parametrize(("side", "stride", "expected"), [(28, 2, 14), (7, 2, 4), (28, 1, 28), (1, 2, 1)])
def test_patches_begin_at_every_stride_th_pixel(side, stride, expected):
    assert places(side, stride) == expected
    assert unfold(torch.zeros(1, 1, side, 1, 1), stride).shape[1] == expected
