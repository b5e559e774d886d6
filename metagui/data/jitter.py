"""Small changes of images, as another hand would have drawn them."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

_TURN = math.radians(10)
_SHEAR = 0.3
_SCALE = 0.2
_SHIFT = 2 / 14  # two pixels, in halves of an image's side
# A hand's tremor bends a line over some four pixels. In a small drawing that is fitted to its frame it is as large as
# this, a standard deviation in halves of an image's side.
_TREMOR = 0.6 / 14
_TREMOR_PLACES = 7  # along a side
_PENS = 0.7, 1.0  # how much thinner and thicker: ink x becomes x + a·x·(1 − x), measured on strokes rasterised anew


def moved(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned by up to 10°, sheared by 0.3, scaled by 0.8 to 1.2, shifted by 2 pixels, each with even odds.

    (images, 1, side, side) in [0, 1], as is the result; what comes in at the edges is without ink.
    """
    return grid_sample(images, _motion(images, generator), align_corners=False)


def redrawn(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image moved (see above), by a hand that trembles more or less, with a pen of another width.

    Shapes and range as above. Free-hand drawings differ so; Omniglot's, of one pen in full size, do not.
    """
    motion = _motion(images, generator)
    places = len(images), 2, _TREMOR_PLACES, _TREMOR_PLACES
    tremor = torch.randn(places, generator=generator) * _TREMOR * torch.rand(len(images), 1, 1, 1, generator=generator)
    tremor = interpolate(tremor, images.shape[2:], mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    images = grid_sample(images, motion + tremor, align_corners=False)
    thinner, thicker = _PENS
    pen = torch.rand(len(images), 1, 1, 1, generator=generator) * (thinner + thicker) - thinner
    return images + pen * images * (1 - images)


def _motion(images: Tensor, generator: torch.Generator) -> Tensor:
    """(images, side, side, 2): where each pixel of the result comes from: turned, sheared along x, and scaled."""
    turn, shear, wide, high, right, down = (
        _some(len(images), most, generator) for most in (_TURN, _SHEAR, _SCALE, _SCALE, _SHIFT, _SHIFT)
    )
    first = torch.stack([turn.cos() / (1 + wide), (shear * turn.cos() - turn.sin()) / (1 + high), right], dim=1)
    second = torch.stack([turn.sin() / (1 + wide), (shear * turn.sin() + turn.cos()) / (1 + high), down], dim=1)
    return affine_grid(torch.stack([first, second], dim=1), list(images.shape), align_corners=False)


def _some(number: int, most: float, generator: torch.Generator) -> Tensor:
    """Evenly from −most to most for about half of them, zero for the others."""
    value, odds = torch.rand(2, number, generator=generator)
    chosen: Tensor = most * (2 * value - 1) * (odds < 0.5)
    return chosen
