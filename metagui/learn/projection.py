"""Features in two dimensions: principal component analysis (Pearson 1901), for looking at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane in which points of f numbers each vary most."""

    centre: NDArray[np.float64]  # (f,)
    axes: NDArray[np.float64]  # (2, f), of length one and at a right angle, or zero where the points vary in fewer
    shares: NDArray[np.float64]  # (2,), of the variance, along each axis

    def project(self, points: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, f) → (n, 2)."""
        projected: NDArray[np.float64] = (points - self.centre) @ self.axes.T
        return projected


def principal_plane(points: NDArray[np.float32]) -> Plane:
    """Of points (n, f), of which those that are not finite do not count.

    An axis could as well point the other way: its largest entry is positive, so that the same points always lie the
    same way round.
    """
    finite = points[np.isfinite(points).all(axis=1)].astype(np.float64)
    features = points.shape[1]
    if not len(finite):
        return Plane(np.zeros(features), np.zeros((2, features)), np.zeros(2))
    centre = finite.mean(axis=0)
    _, deviations, axes = np.linalg.svd(finite - centre, full_matrices=False)
    variances = np.square(deviations)
    axes = axes[:2] * (deviations[:2, None] > 0)
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    missing = 2 - len(axes)
    return Plane(
        centre,
        np.pad(np.where(largest < 0, -axes, axes), ((0, missing), (0, 0))),
        np.pad(variances[:2] / (variances.sum() or 1.0), (0, missing)),
    )
