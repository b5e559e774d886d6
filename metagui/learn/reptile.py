"""Reptile (Nichol, Achiam & Schulman 2018, arXiv:1803.02999)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from metagui.data.episodes import Episodes
from metagui.learn.chunks import set_gradient
from metagui.learn.inner_loop import AdaptedTasks, accuracy, mean_loss
from metagui.learn.learner import MetaStep
from metagui.learn.network import Network, TaskParameters

_BETA, _EPSILON = 0.999, 1e-8  # Adam's own


class Reptile:
    """θ ← θ + ε (mean φ − θ), with φ after some inner steps from θ (the paper's algorithm 2): no gradient of gradients.

    The gradient given out is θ − mean φ, so that plain SGD's rate is ε. Each inner step is on a mini-batch of a task's
    support. With `adam` it is Adam's with β1 = 0, whose second moment persists over tasks and into later use, as in the
    paper's own code. There the tasks of a meta-batch follow one another; here each begins with the moments that the
    meta-batch before left, and they leave their mean.
    """

    def __init__(
        self, network: Network, norm: str, inner_steps: int, inner_lr: float, inner_batch: int, adam: bool
    ) -> None:
        """`inner_batch` images make a mini-batch; 0: the whole support does."""
        self.network = network
        self.norm = norm
        self.inner_steps, self.inner_lr, self.inner_batch = inner_steps, inner_lr, inner_batch
        self._adam = adam
        network.register_buffer("meta_steps", torch.zeros((), dtype=torch.int64))
        if adam:
            # By the names of a task's parameters; the head's are means over classes, which come in any order.
            shapes = {name: value.shape for name, value in network.encoder.items()}
            shapes |= {"head.weight": torch.Size([network.features]), "head.bias": torch.Size([])}
            for name, shape in shapes.items():
                network.register_buffer(_moment(name), torch.zeros(shape))

    def meta_gradient(self, episodes: Episodes) -> MetaStep:
        results = set_gradient(list(self.network.parameters()), self._chunk_gradient, self._shuffled(episodes))
        self.network.meta_steps += 1
        if self._adam:
            for name in results[0][1][1]:
                moments = [share * squares[name] for share, (_, squares) in results]
                self.network.get_buffer(_moment(name)).copy_(torch.stack(moments).sum(0))
        return MetaStep(*torch.stack([share * figures for share, (figures, _) in results]).sum(0).tolist())

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator[AdaptedTasks]:
        # The order of mini-batches is the task's own, not the caller's: the same drawings give the same answer.
        order = torch.randperm(labels.shape[1], generator=torch.Generator().manual_seed(0)).to(labels.device)
        for tasks, _ in self._inner_loop(support, labels, order, steps):
            yield tasks.detached()

    def _shuffled(self, episodes: Episodes) -> Episodes:
        """With the support of each task in random order, which is that of its mini-batches."""
        generator = torch.Generator().manual_seed(int(self.network.meta_steps))
        keys = torch.rand(episodes.support_labels.shape, generator=generator).to(episodes.support.device)
        order = keys.argsort(1)
        return replace(
            episodes,
            support=torch.take_along_dim(episodes.support, order[:, :, None, None, None], 1),
            support_labels=torch.take_along_dim(episodes.support_labels, order, 1),
        )

    def _chunk_gradient(
        self, episodes: Episodes, is_first: bool
    ) -> tuple[Sequence[Tensor | None], tuple[Tensor, TaskParameters]]:
        """With the figures of MetaStep and the means of the second moments."""
        labels, query_labels = episodes.support_labels, episodes.query_labels
        order = torch.arange(labels.shape[1], device=labels.device)
        (started, _), *_, (adapted, squares) = self._inner_loop(episodes.support, labels, order, self.inner_steps)
        moved = [
            torch.sum(value * (value - adapted.parameters[name]).detach()) for name, value in started.parameters.items()
        ]
        parameters = list(self.network.parameters())
        gradients = torch.autograd.grad(torch.stack(moved).sum() / len(labels), parameters, allow_unused=True)
        with torch.no_grad():
            query = self.network.patches(episodes.query)
            before, _ = started.training_query_pass(query)
            after, _ = adapted.training_query_pass(query)
            figures = [
                mean_loss(after, query_labels),
                accuracy(before, query_labels),
                accuracy(after, query_labels),
                mean_loss(started.logits, labels),
                mean_loss(adapted.logits, labels),
            ]
        return gradients, (torch.stack(figures).cpu(), squares)

    def _inner_loop(
        self, support: Tensor, labels: Tensor, order: Tensor, steps: int
    ) -> Iterator[tuple[AdaptedTasks, TaskParameters]]:
        """The tasks after 0, 1, … `steps` inner steps, with the means of Adam's second moments over tasks, if any.

        Mini-batches follow the `order` (support,) of the support, over and over.
        """
        network = self.network
        with torch.enable_grad():
            tasks = AdaptedTasks.started(network, support, labels, self.norm, is_training=True)
        squares: TaskParameters = {}
        if self._adam:
            squares = {
                name: network.get_buffer(_moment(name)).expand(value.shape) for name, value in tasks.parameters.items()
            }
        yield tasks, {}
        taken = int(network.meta_steps) * self.inner_steps
        batch = self.inner_batch if 0 < self.inner_batch < len(order) else len(order)
        for step in range(steps):
            chosen = order[torch.arange(step * batch, (step + 1) * batch, device=order.device) % len(order)]
            images = support[:, chosen]
            on_batch = replace(tasks, images=images, support=network.patches(images))
            gradients = on_batch.gradients(labels[:, chosen], tasks.parameters, create_graph=False)
            if self._adam:
                correction = 1 - _BETA ** (taken + step + 1)
                squares = {name: value.lerp(gradients[name].square(), 1 - _BETA) for name, value in squares.items()}
                gradients = {
                    name: gradient / ((squares[name] / correction).sqrt() + _EPSILON)
                    for name, gradient in gradients.items()
                }
            tasks = tasks.stepped(
                {
                    name: torch.sub(value.detach(), gradients[name], alpha=self.inner_lr).requires_grad_()
                    for name, value in tasks.parameters.items()
                }
            )
            yield tasks, {name: _gathered(name, value) for name, value in squares.items()}


def _moment(name: str) -> str:
    """The buffer of a parameter's second moment."""
    return f"square_{name.replace('.', '_')}"


def _gathered(name: str, squares: Tensor) -> Tensor:
    """The mean over tasks, and over the classes of a head."""
    return squares.mean((0, 1) if name.startswith("head.") else 0)
