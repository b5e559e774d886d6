"""What training, evaluation and the adaptation panel know of a meta-learning algorithm, and nothing more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from torch import Tensor, nn

from metagui.data.episodes import Episodes


@dataclass(frozen=True)
class MetaStep:
    """The figures of one meta-gradient, each the mean over the meta-batch's tasks and images. Losses are in nats.

    What costs a pass of its own may be of one task as a sample. A learner that takes no inner steps has the same
    figures before and after.
    """

    query_loss: float  # after adaptation: what the outer step descends
    query_accuracy_before: float
    query_accuracy: float
    support_loss_before: float
    support_loss: float


@dataclass(frozen=True)
class Movement:
    """How far a layer's parameters, taken as one vector θ of each task, are from θ₀, before the first inner step.

    Shapes: both (tasks,).
    """

    distance: Tensor  # ‖θ − θ₀‖
    start: Tensor  # ‖θ₀‖: zero for a head that starts from nothing


class QueryPass(Protocol):
    """What names the queries of a batch of tasks."""

    def query_features(self, query: Tensor, transductive: bool = False) -> Tensor:
        """(tasks, queries, 1, 28, 28) → (tasks, queries, features): what the head sees of them.

        Inductive by default: no query's features depend on another query. Transductive: the queries of a task are
        normalised by their common statistics.
        """
        ...

    def classify(self, features: Tensor) -> Tensor:
        """The logits (tasks, images, way) of features (tasks, images, features): no second pass over the images."""
        ...


class Classifier(QueryPass, Protocol):
    """Tasks adapted by some number of inner steps."""

    def support_logits(self) -> Tensor:
        """(tasks, support, way), of the images that the tasks were adapted on."""
        ...

    def query_logits(self, query: Tensor, transductive: bool = False) -> Tensor:
        """(tasks, queries, 1, 28, 28) → (tasks, queries, way); see `query_features`."""
        ...

    @property
    def images_a_query(self) -> int:
        """How many images pass through a task's network to name one query: it may not be normalised alone."""
        ...

    def joined(self, others: Sequence[Self]) -> QueryPass:
        """These tasks and others of the same learner as one batch, though they may have taken other steps."""
        ...

    # What it can tell of itself

    def support_features(self) -> Tensor:
        """(tasks, support, features): what the head sees of the images that the tasks were adapted on."""
        ...

    def movements(self) -> dict[str, Movement | None]:
        """Of each layer from the first to the head, by its name; None where the inner steps leave it as it is."""
        ...

    def filters(self) -> Tensor:
        """(tasks, channels, 3, 3): the kernels of the first layer."""
        ...


class Learner(Protocol):
    """A meta-learning algorithm around the network whose initialization it learns."""

    @property
    def network(self) -> nn.Module: ...

    def meta_gradient(self, episodes: Episodes) -> MetaStep:
        """Fill `.grad` of the network's parameters with the mean gradient over the episodes."""
        ...

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator[Classifier]:
        """The classifier after 0, 1, … `steps` inner steps; that after none alone where the learner takes none.

        Shapes: `support` (tasks, support, 1, 28, 28); `labels` (tasks, support) int64, every class of [0, way) present.
        """
        ...
