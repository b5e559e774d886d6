"""Model-agnostic meta-learning (Finn, Abbeel & Levine 2017, arXiv:1703.03400)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from metagui.data.episodes import Episodes
from metagui.learn.learner import MetaStep
from metagui.learn.network import Network, Statistics, TaskParameters

_CHUNK_IMAGES = 80  # adapted together: more spill out of the cache, and their graph's memory grows with them
_WAY_OF_RATE = 5  # classes, for which the inner rate is meant where it grows with the way


@dataclass(frozen=True)
class AdaptedTasks:
    """A batch of tasks with parameters of their own; the Classifier of MAML."""

    network: Network
    parameters: TaskParameters
    support: Tensor
    norm: str

    @cached_property
    def support_pass(self) -> tuple[Tensor, Statistics]:
        """The support's logits and statistics: one forward pass serves the inner step, the figures and every query."""
        passed: tuple[Tensor, Statistics] = self.network(self.parameters, self.support)
        return passed

    def detached(self) -> "AdaptedTasks":
        """The same without its graph, and without a second pass."""
        logits, statistics = self.support_pass
        tasks = replace(self, parameters={name: value.detach() for name, value in self.parameters.items()})
        tasks.__dict__["support_pass"] = (
            logits.detach(),
            [(mean.detach(), variance.detach()) for mean, variance in statistics],
        )
        return tasks

    def support_logits(self) -> Tensor:
        return self.support_pass[0]

    def query_logits(self, query: Tensor, transductive: bool = False) -> Tensor:
        if transductive or self.norm == "support":
            logits: Tensor = self.network(self.parameters, query, None if transductive else self.support_pass[1])[0]
            return logits
        # Each query in a batch of the support and itself.
        alone = [torch.cat([self.support, query[:, [i]]], dim=1) for i in range(query.shape[1])]
        return torch.cat([self.network(self.parameters, batch)[0][:, -1:] for batch in alone], dim=1)

    def training_query_logits(self, query: Tensor) -> Tensor:
        """As meta-training has them: under the norm "batch" the queries share their statistics."""
        return self.query_logits(query, transductive=self.norm == "batch")


class MAML:
    """θ ← θ − β ∇θ Σ L(query; φ), with φ = θ − α ∇θ L(support; θ) repeated (the paper's algorithm 2, eq. 1).

    The meta-gradient is exact, through the second derivatives of the inner steps, unless `first_order`, which takes
    ∂φ/∂θ for the identity (the paper's section 5.2). Every parameter is adapted, batch norm's scale and shift too.

    With `rate_by_way` the rate α is that of a 5-way task and grows with the way. The support's mean loss moves each of
    N classes' vectors by a share of 1/N: one α is then too timid for many classes or too bold for few.
    """

    def __init__(
        self,
        network: Network,
        norm: str,
        inner_steps: int,
        inner_lr: float,
        first_order: bool,
        rate_by_way: bool = False,
    ) -> None:
        self.network = network
        self.norm = norm
        self.inner_steps, self.inner_lr, self.first_order = inner_steps, inner_lr, first_order
        self.rate_by_way = rate_by_way

    def meta_gradient(self, episodes: Episodes) -> MetaStep:
        self.network.zero_grad(set_to_none=True)
        figures = torch.zeros(5)
        size = max(1, _CHUNK_IMAGES // (episodes.support.shape[1] + episodes.query.shape[1]))
        for first in range(0, len(episodes), size):
            chunk = episodes[first : first + size]
            loss, chunk_figures = self._loss(chunk)
            (loss * (len(chunk) / len(episodes))).backward()  # type: ignore[no-untyped-call]
            figures += chunk_figures.float().cpu() * (len(chunk) / len(episodes))
        return MetaStep(*figures.tolist())

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator[AdaptedTasks]:
        for tasks in self._inner_loop(support, labels, steps, create_graph=False):
            with torch.enable_grad():  # the pass that is detached here is the one that the next step differentiates
                classifier = tasks.detached()
            yield classifier

    def _loss(self, episodes: Episodes) -> tuple[Tensor, Tensor]:
        """The mean query loss after adaptation, with its graph, and the figures of MetaStep."""
        steps = list(
            self._inner_loop(
                episodes.support, episodes.support_labels, self.inner_steps, create_graph=not self.first_order
            )
        )
        started, adapted = steps[0], steps[-1]
        query_logits = adapted.training_query_logits(episodes.query)
        loss = _mean_loss(query_logits, episodes.query_labels)
        with torch.no_grad():
            figures = [
                loss,
                _accuracy(started.training_query_logits(episodes.query), episodes.query_labels),
                _accuracy(query_logits, episodes.query_labels),
                _mean_loss(started.support_logits(), episodes.support_labels),
                _mean_loss(adapted.support_logits(), episodes.support_labels),
            ]
        return loss, torch.stack(figures)

    def _inner_loop(self, support: Tensor, labels: Tensor, steps: int, create_graph: bool) -> Iterator[AdaptedTasks]:
        """The tasks after 0, 1, … `steps` inner steps on their support, with the graph back to the initialization."""
        way = int(labels.max()) + 1
        rate = self.inner_lr * (way / _WAY_OF_RATE if self.rate_by_way else 1)
        with torch.enable_grad():
            tasks = AdaptedTasks(self.network, self.network.start(support, labels, way), support, self.norm)
        yield tasks
        for _ in range(steps):
            with torch.enable_grad():
                # The sum over tasks of each task's mean loss: no task's gradient depends on how many stand beside it.
                loss = _mean_loss(tasks.support_logits(), labels) * len(support)
                gradients = torch.autograd.grad(loss, list(tasks.parameters.values()), create_graph=create_graph)
                stepped = {
                    name: value - rate * gradient
                    for (name, value), gradient in zip(tasks.parameters.items(), gradients, strict=True)
                }
            tasks = replace(tasks, parameters=stepped)
            yield tasks


def _mean_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy in nats, the mean over tasks and images."""
    return cross_entropy(logits.flatten(0, 1), labels.flatten())


def _accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.argmax(-1) == labels).to(logits.dtype).mean()
