"""Small affine changes of images, as another hand would have drawn them."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

_TURN = math.radians(10)
_SHEAR = 0.3
_SCALE = 0.2
_SHIFT = 2 / 14  # two pixels, in halves of an image's side


def jitter(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned by up to 10°, sheared by 0.3, scaled by 0.8 to 1.2, shifted by 2 pixels, each with even odds.

    (images, 1, side, side) in [0, 1], as is the result; what comes in at the edges is without ink.
    """
    turn, shear, wide, high, right, down = (
        _some(len(images), most, generator) for most in (_TURN, _SHEAR, _SCALE, _SCALE, _SHIFT, _SHIFT)
    )
    # Where a pixel of the result comes from: turned, sheared along x, and scaled.
    first = torch.stack([turn.cos() / (1 + wide), (shear * turn.cos() - turn.sin()) / (1 + high), right], dim=1)
    second = torch.stack([turn.sin() / (1 + wide), (shear * turn.sin() + turn.cos()) / (1 + high), down], dim=1)
    grid = affine_grid(torch.stack([first, second], dim=1), list(images.shape), align_corners=False)
    return grid_sample(images, grid, align_corners=False)


def _some(number: int, most: float, generator: torch.Generator) -> Tensor:
    """Evenly from −most to most for about half of them, zero for the others."""
    value, odds = torch.rand(2, number, generator=generator)
    chosen: Tensor = most * (2 * value - 1) * (odds < 0.5)
    return chosen
