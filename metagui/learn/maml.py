"""Model-agnostic meta-learning (Finn, Abbeel & Levine 2017, arXiv:1703.03400), and what was built on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from metagui.data.episodes import Episodes
from metagui.learn.chunks import set_gradient
from metagui.learn.inner_loop import AdaptedTasks, accuracy, mean_loss
from metagui.learn.learner import MetaStep
from metagui.learn.network import Network
from metagui.learn.normalisation import RunningMoments
from metagui.learn.rates import FixedRate, Rates

_WAY_OF_RATE = 5  # classes, for which the inner rate is meant where it grows with the way
_LEAST_WEIGHT = 0.03  # of a step's loss before the last one's, times 1/steps


@dataclass(frozen=True)
class Outer:
    """How the meta-gradient is taken; the parts of MAML++ (Antoniou et al. 2019, section 4) are off by default."""

    first_order: bool = False
    # The loss after every inner step counts, the earlier ones less and less over so many meta-steps; then the last one
    # alone ("multi-step loss", MSL).
    multi_step: int = 0
    warm_up: int = 0  # so many meta-steps are of first order ("derivative-order annealing", DA)


@dataclass(frozen=True)
class _Chunk:
    """What some tasks of a meta-batch tell besides their gradient."""

    means: Tensor  # query loss and accuracy, support loss before adaptation
    # Query accuracy before adaptation and support loss after, of the first task of a meta-batch: passes over all for
    # these figures alone would cost a tenth of the time.
    sample: tuple[float, float] = (0.0, 0.0)
    observed: Tensor | None = None  # moments of batch norm


class MAML:
    """θ ← θ − β ∇θ Σ L(query; φ), with φ = θ − α ∇θ L(support; θ) repeated (the paper's algorithm 2, eq. 1).

    The meta-gradient is exact, through the second derivatives of the inner steps, or of first order, which takes
    ∂φ/∂θ for the identity (the paper's section 5.2). Every parameter is adapted, batch norm's scale and shift too, or
    the head alone (ANIL: Raghu et al. 2020, arXiv:1909.09157, eq. 1).

    With `rate_by_way` the rate α is that of a 5-way task and grows with the way. The support's mean loss moves each of
    N classes' vectors by a share of 1/N: one α is then too timid for many classes or too bold for few.
    """

    def __init__(
        self,
        network: Network,
        norm: str,
        inner_steps: int,
        rates: Rates,
        outer: Outer | None = None,
        head_only: bool = False,
        rate_by_way: bool = False,
    ) -> None:
        self.network = network
        self.norm = norm
        self.inner_steps = inner_steps
        self.outer = outer or Outer()
        self.head_only = head_only
        self.rate_by_way = rate_by_way
        self._rates = rates
        if not isinstance(rates, FixedRate):
            network.rates = rates
        if self.outer.multi_step or self.outer.warm_up:
            network.register_buffer("meta_steps", torch.zeros((), dtype=torch.int64))

    def meta_gradient(self, episodes: Episodes) -> MetaStep:
        results = set_gradient(list(self.network.parameters()), self._chunk_gradient, episodes)
        loss, accuracy, support_loss = torch.stack([share * one.means for share, one in results]).sum(0).tolist()
        accuracy_before, support_loss_after = results[0][1].sample
        if self.norm == "running":
            observed = [share * one.observed for share, one in results if one.observed is not None]
            self.network.running.add(torch.stack(observed).sum(0))
        if self._is_counting:
            self.network.meta_steps += 1
        return MetaStep(loss, accuracy_before, accuracy, support_loss, support_loss_after)

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator[AdaptedTasks]:
        for tasks in self._inner_loop(support, labels, steps, create_graph=False, keep_graph=False, is_training=False):
            yield tasks.detached()

    @property
    def _is_counting(self) -> bool:
        return bool(self.outer.multi_step or self.outer.warm_up)

    def _chunk_gradient(self, episodes: Episodes, is_first: bool) -> tuple[Sequence[Tensor | None], "_Chunk"]:
        loss, chunk = self._loss(episodes, is_first)
        return torch.autograd.grad(loss, list(self.network.parameters()), allow_unused=True), chunk

    def _loss(self, episodes: Episodes, is_first: bool) -> tuple[Tensor, "_Chunk"]:
        """The mean query loss after adaptation, with its graph."""
        done = int(self.network.meta_steps) if self._is_counting else 0
        is_exact = not self.outer.first_order and done >= self.outer.warm_up
        labels, query_labels = episodes.support_labels, episodes.query_labels
        weights = self._step_weights(done)
        steps = list(
            self._inner_loop(
                episodes.support, labels, self.inner_steps, is_exact, keep_graph=len(weights) > 1, is_training=True
            )
        )
        started, adapted = steps[0], steps[-1]
        query = self.network.patches(episodes.query)
        passes = [tasks.training_query_pass(query) for tasks in steps[-len(weights) :]]
        losses = [mean_loss(logits, query_labels) for logits, _ in passes]
        loss = losses[0]
        if len(weights) > 1:
            loss = torch.stack(losses) @ loss.new_tensor(weights)
        with torch.no_grad():
            chunk = _Chunk(
                torch.stack(
                    [losses[-1], accuracy(passes[-1][0], query_labels), mean_loss(started.logits, labels)]
                ).cpu()
            )
            if is_first:
                before, _ = started.detached(slice(1)).training_query_pass(query[:1])
                after = adapted.detached(slice(1)).logits
                sample = float(accuracy(before, query_labels[:1])), float(mean_loss(after, labels[:1]))
                chunk = replace(chunk, sample=sample)
            if self.norm == "running":
                statistics = [*(tasks.encoded[1] for tasks in steps[:-1]), passes[-1][1]]
                chunk = replace(chunk, observed=RunningMoments.observed(statistics))
        return loss, chunk

    def _step_weights(self, done: int) -> list[float]:
        """Of the query losses after the last steps, their sum one, when `done` meta-steps have been taken."""
        if done >= self.outer.multi_step or self.inner_steps < 2:
            return [1.0]
        early = max(1 - done / self.outer.multi_step, _LEAST_WEIGHT) / self.inner_steps
        return [early] * (self.inner_steps - 1) + [1 - early * (self.inner_steps - 1)]

    def _inner_loop(
        self, support: Tensor, labels: Tensor, steps: int, create_graph: bool, keep_graph: bool, is_training: bool
    ) -> Iterator[AdaptedTasks]:
        """The tasks after 0, 1, … `steps` inner steps on their support, with the graph back to the initialization."""
        with torch.enable_grad():
            tasks = AdaptedTasks.started(self.network, support, labels, self.norm, is_training, self.head_only)
        factor = (int(labels.max()) + 1) / _WAY_OF_RATE if self.rate_by_way else 1.0
        yield tasks
        for step in range(steps):
            names = tasks.origin.names
            if step == 0 and self.network.head.starts_alike:
                names = [name for name in names if name.startswith("head.")]
            gradients = tasks.gradients(labels, names, create_graph, keep_graph)
            with torch.enable_grad():
                tasks = tasks.stepped(
                    {
                        name: self._moved(tasks.parameters[name], gradient, name, step, factor)
                        for name, gradient in gradients.items()
                    }
                )
            yield tasks

    def _moved(self, value: Tensor, gradient: Tensor, name: str, step: int, factor: float) -> Tensor:
        rate = self._rates(name, step)
        if isinstance(rate, Tensor):
            return torch.addcmul(value, gradient, rate, value=-factor)
        return torch.sub(value, gradient, alpha=rate * factor)
