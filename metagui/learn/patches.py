"""Images as the first convolution sees them."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from metagui.learn.normalisation import Moments
from metagui.learn.plain_normalisation import EPSILON
from metagui.learn.unfolding import places, unfold


@dataclass(frozen=True)
class Patches:
    """The pixels that the first convolution multiplies, unfolded once for all the steps that pass over the images.

    That convolution is linear in the patches. Its mean and variance follow from theirs, so that its result, the largest
    tensor of the network, need not be looked at.
    """

    patches: Tensor  # (tasks, images·places, 10): the 3×3 pixels around each place less their mean, and a one
    shape: tuple[int, int, int, int]  # (tasks, images, height, width) of the places
    mean: Tensor  # (tasks, 9)

    @classmethod
    def of(cls, images: Tensor, stride: int) -> "Patches":
        """Of images (tasks, images, 1, 28, 28)."""
        tasks, count, _, height, width = images.shape
        pixels = unfold(images.movedim(2, -1), stride)
        mean = pixels.mean(1)
        centred = pixels - mean[:, None]
        return cls(
            torch.cat([centred, torch.ones_like(pixels[..., :1])], dim=2),
            (tasks, count, places(height, stride), places(width, stride)),
            mean,
        )

    def __getitem__(self, tasks: slice) -> "Patches":
        some = Patches(self.patches[tasks], (len(self.mean[tasks]), *self.shape[1:]), self.mean[tasks])
        if "root" in self.__dict__:  # it is made once for all the steps
            some.__dict__["root"] = self.root[tasks]
        return some

    @cached_property
    def root(self) -> Tensor:
        """(tasks, 9, 9): R with RᵀR the covariance of the pixels. Who is normalised by other moments needs none."""
        return _root_of_covariance(self.patches[..., :-1])

    def mean_of(self, kernel: Tensor) -> Tensor:
        """(tasks, channels), of the convolution with `kernel` (tasks, 9, channels)."""
        return torch.bmm(self.mean[:, None], kernel)[:, 0]

    def moments(self, kernel: Tensor) -> Moments:
        """Of the convolution with `kernel` (tasks, 9, channels)."""
        variance = torch.bmm(self.root, kernel).square().sum(1)
        return self.mean_of(kernel), (variance + EPSILON).rsqrt()


def _root_of_covariance(centred: Tensor) -> Tensor:
    """R with RᵀR = XᵀX / rows, of X (tasks, rows, 9).

    A kernel's variance ‖R W‖² is then a sum of squares. Wᵀ (RᵀR) W would lose half of the digits where neighbouring
    pixels, which are alike, cancel in the kernel; the root is taken in double precision, on the CPU, which has it.
    """
    precise = centred.to("cpu", torch.float64)
    covariance = torch.bmm(precise.mT, precise) / precise.shape[1]
    values, vectors = torch.linalg.eigh(covariance.nan_to_num())  # it is the loss that tells of images that are NaN
    root: Tensor = values.clamp_min(0).sqrt()[..., None] * vectors.mT
    return root.to(centred)
