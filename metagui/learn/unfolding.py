"""The 3×3 patches of images, unfolded and folded back.

Patches are read, and added up, through views of images in a frame of zeros: each number is moved once and no more.
"""

import torch
from torch import Tensor


def places(side: int, stride: int) -> int:
    """How many patches there are along a side of so many pixels: one around every stride-th."""
    return -(-side // stride)


def unfold(images: Tensor, stride: int) -> Tensor:
    """The 3×3 patches around every stride-th pixel, with zeros beyond the edges; not differentiable.

    Images (tasks, images, height, width, c) → (tasks, images·places·places, 9·c).
    """
    tasks, count, height, width, channels = images.shape
    framed = images.new_empty(tasks, count, _with_frame(height, stride), _with_frame(width, stride), channels)
    for edge in (framed[:, :, 0], framed[:, :, height + 1 :], framed[:, :, :, 0], framed[:, :, :, width + 1 :]):
        edge.zero_()
    framed[:, :, 1 : height + 1, 1 : width + 1] = images
    rows, columns = places(height, stride), places(width, stride)
    _, image, row, pixel, _ = framed.stride()
    # A row of a patch is 3·c numbers that lie side by side: a view of overlapping rows, copied once.
    patches = framed.as_strided(
        (tasks * count, rows, columns, 3, 3 * channels), (image, stride * row, stride * pixel, row, 1)
    )
    copied = patches.clone(memory_format=torch.contiguous_format)
    return copied.view(tasks, count * rows * columns, 9 * channels)


def fold(patches: Tensor, stride: int, size: tuple[int, int]) -> Tensor:
    """The transpose of `unfold`: patches added up where they lie, in images of this height and width."""
    height, width = size
    rows, columns = places(height, stride), places(width, stride)
    tasks, channels = len(patches), patches.shape[2] // 9
    count = patches.shape[1] // (rows * columns)
    # Taps that fall in one block of stride × stride pixels do not overlap, and are added together.
    framed = patches.new_zeros(tasks, count, _with_frame(height, stride), _with_frame(width, stride), channels)
    _, image, row, pixel, _ = framed.stride()
    patch = 9 * channels
    for down in range(0, 3, stride):
        for right in range(0, 3, stride):
            block = (tasks * count, rows, min(stride, 3 - down), columns, min(stride, 3 - right) * channels)
            there = framed.as_strided(block, (image, stride * row, row, stride * pixel, 1), down * row + right * pixel)
            there += patches.as_strided(
                block,
                (rows * columns * patch, columns * patch, 3 * channels, patch, 1),
                patches.storage_offset() + (3 * down + right) * channels,
            )
    return framed[:, :, 1 : height + 1, 1 : width + 1]


def _with_frame(side: int, stride: int) -> int:
    return stride * (places(side, stride) - 1) + 3
