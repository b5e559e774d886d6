"""The last layer: how its weights start before the first inner step."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from metagui.data.errors import InputError

Features = Callable[[], Tensor]

_SCALE = 8.0  # of features before any training: an inner rate of 0.2 is then just stable in a 5-way task
LEAST_SQUARE = 1e-6  # added to the square of a length by which is divided


class Head(nn.Module):
    """Gives each task a linear layer of its own, which the inner steps then adapt."""

    # Whether all classes of a task start with the same vector. Their shares of the gradient by the features, which add
    # up to zero, then do so along that vector: the first inner step leaves the encoder as it is.
    starts_alike = False

    def start(self, support_features: Features, labels: Tensor, way: int) -> tuple[Tensor, Tensor]:
        """Weight (tasks, way, features) and bias (tasks, way) before the first inner step.

        `support_features` gives the support's features under the initialization, (tasks, support, features), to a head
        that asks for them; `labels` (tasks, support) are the support's, in [0, way).
        """
        raise NotImplementedError

    def seen(self, features: Tensor) -> Tensor:
        """What the linear layer sees of features (tasks, images, features): all, unless a head says otherwise."""
        return features


class SharedHead(Head):
    """One vector for every class (UNICORN-MAML: Ye & Chao 2022): any number of classes, in any order.

    All classes start equal, so that accuracy before adaptation is that of chance, and the first inner step moves each
    class's vector by its support's features less their mean.

    What all classes share adds the same to every logit: the loss does not depend on the vector, and its gradient is
    zero but for rounding. So the vector stays where it starts, at zero: Adam, which divides a gradient by
    its own size, would make steps of full length of the rounding, in other directions for each order of summation.
    """

    starts_alike = True

    def __init__(self, features: int, way: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features))

    def start(self, support_features: Features, labels: Tensor, way: int) -> tuple[Tensor, Tensor]:
        tasks = len(labels)
        vectors = self.weight.detach().expand(tasks, way, -1).requires_grad_()  # for the inner steps
        return vectors, self.weight.new_zeros(tasks, way, requires_grad=True)


class CosineHead(SharedHead):
    """As the shared head, of a feature's direction alone: the cosine classifier with a learned scale (Gidaris &
    Komodakis 2018, arXiv:1804.09458, section 3.2), about a learned centre (Wang et al. 2019, arXiv:1911.04623, CL2N).

    Features of a ReLU have a large part in common. In the product with a class's vector, which the first inner steps
    move by its support's features less their mean, that part speaks louder than what tells classes apart.
    """

    def __init__(self, features: int, way: int, generator: torch.Generator) -> None:
        super().__init__(features, way, generator)
        self.centre = nn.Parameter(torch.zeros(features))
        self.log_scale = nn.Parameter(torch.tensor(math.log(_SCALE)))  # steps of one rate change it by like factors

    @property
    def scale(self) -> Tensor:
        """How long features are made."""
        return self.log_scale.exp()

    def seen(self, features: Tensor) -> Tensor:
        apart = features - self.centre
        # Not by normalize(), whose second derivative at zero is none.
        return self.scale * apart * (apart.square().sum(-1, keepdim=True) + LEAST_SQUARE).rsqrt()


class PrototypeHead(Head):
    """The prototype classifier as a linear layer (Proto-MAML: Triantafillou et al. 2020, section 3.3).

    With prototypes c, the weights are 2c and the biases −‖c‖²: squared Euclidean distance up to a constant.
    """

    def __init__(self, features: int, way: int, generator: torch.Generator) -> None:
        super().__init__()

    def start(self, support_features: Features, labels: Tensor, way: int) -> tuple[Tensor, Tensor]:
        features = support_features()
        members = nn.functional.one_hot(labels, way).to(features.dtype)
        prototypes = members.mT @ features / members.sum(1)[..., None]
        return 2 * prototypes, -prototypes.square().sum(-1)


class FixedHead(Head):
    """A meta-learned vector for each of exactly `way` classes, as in the paper of MAML."""

    def __init__(self, features: int, way: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = features**-0.5  # as torch's own linear layer begins
        self.weight = nn.Parameter(torch.empty(way, features).uniform_(-bound, bound, generator=generator))
        self.bias = nn.Parameter(torch.empty(way).uniform_(-bound, bound, generator=generator))

    def start(self, support_features: Features, labels: Tensor, way: int) -> tuple[Tensor, Tensor]:
        if way != len(self.weight):
            raise InputError(
                f"This network's head serves exactly {len(self.weight)} classes, not {way}: "
                f"use {len(self.weight)} classes, or a checkpoint with a shared or prototype head."
            )
        tasks = len(labels)
        return self.weight.expand(tasks, -1, -1), self.bias.expand(tasks, -1)


HEADS: dict[str, Callable[[int, int, torch.Generator], Head]] = {
    "shared": SharedHead,
    "cosine": CosineHead,
    "prototype": PrototypeHead,
    "fixed": FixedHead,
}
