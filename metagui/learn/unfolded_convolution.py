"""The products of a 3×3 convolution and of its derivatives by torch's own, of patches that are copied out.

They serve every device and number of channels; where those of `direct_convolution` serve, these are slower.
"""

import torch
from torch import Tensor

from metagui.learn.unfolding import fold, places, unfold


def convolved(images: Tensor, kernel: Tensor, stride: int, plus: Tensor | None = None) -> Tensor:
    """The convolution of images (tasks, images, height, width, in) with kernels (tasks, 9·in, out).

    It is added to `plus`, where that is given.
    """
    _, _, height, width, _ = images.shape
    patches = unfold(images, stride)
    if plus is not None:
        plus.view(len(patches), -1, plus.shape[-1]).baddbmm_(patches, kernel)
        return plus
    shape = (*images.shape[:2], places(height, stride), places(width, stride), kernel.shape[2])
    return torch.bmm(patches, kernel).view(shape)


def by_images(gradient: Tensor, kernel: Tensor, stride: int, size: tuple[int, int]) -> Tensor:
    """The gradient by the images, which are of this height and width."""
    return fold(torch.bmm(gradient.flatten(1, 3), kernel.mT), stride, size)


def by_kernel(images: Tensor, gradient: Tensor, stride: int) -> Tensor:
    """The gradient by each task's kernel."""
    return torch.bmm(unfold(images, stride).mT, gradient.flatten(1, 3))
