"""Whether a query is of any of a task's classes: a network names every drawing, the most foreign too."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-12  # a distance of zero has no logarithm
_RIDGE = 1e-4  # keeps the fit finite where the scalars tell all queries apart
_ROUNDS = 50  # of Newton's method, which needs about ten


@dataclass(frozen=True)
class Calibration:
    """P(a query is of one of the task's classes) = σ(bias + Σ weight · scalar), with the scalars of `scalars`.

    The bias is for queries of which as many are of the task's classes as are not.
    """

    weights: tuple[float, ...]
    bias: float

    def __post_init__(self) -> None:
        if len(self.weights) != SCALARS or not all(map(math.isfinite, (*self.weights, self.bias))):
            raise ValueError("weights of another kind")

    def known(
        self, support: NDArray[np.float32], labels: NDArray[np.int64], query: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The probability for each query (queries,). Shapes: see `scalars`."""
        return self.probabilities(scalars(support, labels, query)).astype(np.float32)

    def probabilities(self, told: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, scalars) → (n,)."""
        return _sigmoid(told @ np.array(self.weights) + self.bias)

    @classmethod
    def fitted(cls, told: NDArray[np.float64], known: NDArray[np.bool_]) -> "Calibration":
        """Logistic regression: the scalars (n, scalars) of queries, and whether they are of their task's classes (n,).

        By Newton's method; with a ridge, on scalars of one size.
        """
        mean, size = told.mean(0), told.std(0) + LEAST
        design = np.hstack([(told - mean) / size, np.ones((len(told), 1))])
        weights = np.zeros(design.shape[1])
        for _ in range(_ROUNDS):
            p = _sigmoid(design @ weights)
            gradient = design.T @ (p - known) / len(told) + _RIDGE * weights
            curvature = (design * (p * (1 - p))[:, None]).T @ design / len(told) + _RIDGE * np.eye(len(weights))
            weights -= np.linalg.solve(curvature, gradient)
        by_scalar = weights[:-1] / size
        return cls(tuple(by_scalar.tolist()), float(weights[-1] - by_scalar @ mean))


SCALARS = 4


def scalars(support: NDArray[np.float32], labels: NDArray[np.int64], query: NDArray[np.float32]) -> NDArray[np.float64]:
    """What tells how far a query is from all classes, and what that depends on: (queries, 4).

    Features: `support` (support, f) with `labels` (support,) in [0, way), every class present; `query` (queries, f).
    The logarithms of the squared distance to the nearest class mean, and of one less the cosine to the likeliest; the
    reciprocal of the nearest class's number of drawings, since a mean of few is itself off; and the logarithm of the
    way, since of many classes one is near by chance.
    """
    way = int(labels.max()) + 1
    members = np.eye(way)[labels]
    counts = members.sum(0)
    means = members.T @ support / counts[:, None]
    queries = query.astype(np.float64)
    lengths, of_means = (queries**2).sum(1), (means**2).sum(1)
    products = queries @ means.T
    distances = lengths[:, None] - 2 * products + of_means
    nearest = distances.argmin(1)
    cosines = products / np.sqrt(np.maximum(lengths[:, None] * of_means, LEAST))
    return np.stack(
        [
            np.log(np.maximum(distances.min(1), LEAST)),
            np.log(np.maximum(1 - cosines.max(1), LEAST)),
            1 / counts[nearest],
            np.full(len(query), math.log(way)),
        ],
        axis=1,
    )


def with_none(probabilities: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Class probabilities (queries, way) given that a query is of one of the classes → (queries, way + 1).

    Those of the classes times P(known), and last the probability of none of them.
    """
    return np.hstack([probabilities * known[:, None], 1 - known[:, None]])


def auroc(scores: NDArray[np.float64], known: NDArray[np.bool_]) -> float:
    """How probable it is that a query of a class scores higher than one of none; of equal scores half counts."""
    of_none = np.sort(scores[~known])
    below, up_to = (np.searchsorted(of_none, scores[known], side) for side in ("left", "right"))
    return float((below + up_to).mean() / (2 * len(of_none)))


def calibration_error(probabilities: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15) -> float:
    """ECE (Guo et al. 2017, eq. 5): the mean of |share right − mean probability| over bins of equal width, by size."""
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    parts: Sequence[NDArray[np.bool_]] = [places == place for place in range(bins)]
    return float(
        sum(abs(right[part].mean() - probabilities[part].mean()) * part.mean() for part in parts if part.any())
    )


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 * (1 + np.tanh(0.5 * values))
