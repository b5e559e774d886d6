"""Tasks with parameters of their own, and the gradient that moves them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn.functional import cross_entropy

from metagui.learn.learner import Movement
from metagui.learn.movement import Origin
from metagui.learn.network import KEPT_NORMS, Network, TaskParameters
from metagui.learn.normalisation import Statistics
from metagui.learn.patches import Patches

_ALL = slice(None)


@dataclass(frozen=True)
class AdaptedTasks:
    """A batch of tasks after some inner steps; the Classifier of every learner that adapts by gradient."""

    network: Network
    parameters: TaskParameters
    images: Tensor  # of the support, (tasks, support, 1, 28, 28)
    support: Patches
    norm: str
    is_training: bool  # the network, and so by its batches' own statistics where the norm is "running"
    step: int = 0  # how many have been taken
    origin: Origin = field(default_factory=lambda: Origin({}))

    @classmethod
    def started(
        cls, network: Network, support: Tensor, labels: Tensor, norm: str, is_training: bool, head_only: bool = False
    ) -> "AdaptedTasks":
        """Before the first inner step, with the graph back to the network's own parameters.

        The inner steps move all of them, or those of the head alone.
        """
        tasks = cls(network, network.copies(len(labels)), support, network.patches(support), norm, is_training)
        # The head has features of its own: an inner step's gradient by the encoder is to hold the head as it is, and
        # not to flow through the head's start.
        head = network.start_head(lambda: tasks.encoded[0], labels)
        parameters = network.copies(len(labels)) | head
        return replace(tasks, parameters=parameters, origin=Origin(head if head_only else parameters))

    @cached_property
    def encoded(self) -> tuple[Tensor, Statistics]:
        """The support's features and statistics: one pass serves the inner step, the figures and every query."""
        return self.network.encode(self._now, self.support, self._running)

    @cached_property
    def logits(self) -> Tensor:
        """(tasks, support, way), of the support."""
        return self.network.classify(self.parameters, self._held_features)

    @cached_property
    def _held_features(self) -> Tensor:
        """The support's, as this step's head sees them: one that was made from them is not a function of these."""
        return self.encoded[0].view_as(self.encoded[0])

    def gradients(
        self, labels: Tensor, names: Collection[str], create_graph: bool, keep_graph: bool = False
    ) -> TaskParameters:
        """Of each task's mean support loss, by the parameters of these names; with their graph on demand.

        `keep_graph` keeps that of the support's pass, for what else is to be differentiated through it.
        """
        keep_graph |= create_graph
        of_head = [name for name in names if name.startswith("head.")]
        of_encoder = [name for name in names if not name.startswith("head.")]
        head, encoder = ([self.parameters[name] for name in some] for some in (of_head, of_encoder))
        with torch.enable_grad():
            # The sum over tasks of each task's mean loss: no task's gradient depends on how many stand beside it.
            loss = mean_loss(self.logits, labels) * len(labels)
            # In two stages, with the head held in the second: it may have moved along these very features.
            by = [*([self._held_features] if encoder else []), *head]
            found = list(torch.autograd.grad(loss, by, create_graph=create_graph, retain_graph=keep_graph))
            by_features = found.pop(0) if encoder else None
            gradients = dict(zip(of_head, found, strict=True))
            if encoder:
                seed = _Seed.apply(self.encoded[0], by_features)
                by_encoder = torch.autograd.grad(seed, encoder, create_graph=create_graph, retain_graph=keep_graph)
                gradients |= dict(zip(of_encoder, by_encoder, strict=True))
        return gradients

    def stepped(self, parameters: TaskParameters, steps: int = 1) -> "AdaptedTasks":
        """So many steps further, with these parameters in place of those of the same names."""
        tasks = replace(self, parameters=self.parameters | parameters, step=self.step + steps)
        if all(name.startswith("head.") for name in parameters) and not self.network.has_step_norms:
            tasks.__dict__["encoded"] = self.encoded  # the encoder is as it was
        return tasks

    def detached(self, tasks: slice = _ALL) -> "AdaptedTasks":
        """These tasks without their graph, and without a second pass."""
        # The pass that is detached here is the one that the next step differentiates.
        with torch.enable_grad():
            logits, (features, statistics) = self.logits, self.encoded
        some = replace(
            self,
            parameters={name: value[tasks].detach() for name, value in self.parameters.items()},
            images=self.images[tasks],
            support=self.support[tasks],
            origin=self.origin if tasks == _ALL else self.origin[tasks],
        )
        some.__dict__["logits"] = logits[tasks].detach()
        some.__dict__["encoded"] = (
            features[tasks].detach(),
            [(mean[tasks].detach(), inverse[tasks].detach()) for mean, inverse in statistics],
        )
        return some

    @property
    def images_a_query(self) -> int:
        return 1 + self.images.shape[1] if self.norm == "batch" else 1

    def joined(self, others: Sequence["AdaptedTasks"]) -> "AdaptedTasks":
        """Of the result that alone is right which names queries: it has neither a graph nor one support and step."""
        if not others:
            return self
        parts = [self, *others]
        parameters = {name: torch.cat([one._now[name] for one in parts]).detach() for name in self._now}
        images = torch.cat([one.images for one in parts])
        tasks = replace(self, parameters=parameters, images=images, origin=Origin({}))
        tasks.__dict__["_now"] = parameters  # each as at its own step
        statistics = zip(*(one.encoded[1] for one in parts), strict=True)
        tasks.__dict__["encoded"] = (
            torch.cat([one.encoded[0] for one in parts]).detach(),
            [tuple(torch.cat(moments).detach() for moments in zip(*block, strict=True)) for block in statistics],
        )
        return tasks

    def support_logits(self) -> Tensor:
        return self.logits

    def query_logits(self, query: Tensor, transductive: bool = False) -> Tensor:
        return self.classify(self.query_features(query, transductive))

    def support_features(self) -> Tensor:
        return self.encoded[0]

    def query_features(self, query: Tensor, transductive: bool = False) -> Tensor:
        if transductive:
            return self._features(query, None)
        if self.norm != "batch":
            return self._features(query, self.encoded[1])
        # Each query in a batch of the support and itself.
        alone = [torch.cat([self.images, query[:, [i]]], dim=1) for i in range(query.shape[1])]
        return torch.cat([self._features(batch, None)[:, -1:] for batch in alone], dim=1)

    def classify(self, features: Tensor) -> Tensor:
        return self.network.classify(self.parameters, features)

    def movements(self) -> dict[str, Movement | None]:
        return self._movements

    def filters(self) -> Tensor:
        kernel = self.parameters["kernel0"]
        return kernel.mT.reshape(len(kernel), -1, 3, 3)

    @cached_property
    def _movements(self) -> dict[str, Movement | None]:
        return self.origin.movements(self.network.layers, self.parameters)

    def training_query_pass(self, query: Patches) -> tuple[Tensor, Statistics]:
        """Logits and statistics as in meta-training: the queries share theirs, where the norm is by their batch."""
        by_batch = self.norm in ("batch", "running")
        features, statistics = self.network.encode(self._now, query, None if by_batch else self.encoded[1])
        return self.network.classify(self.parameters, features), statistics

    @property
    def _running(self) -> Statistics | None:
        """What normalises the support where that is not itself."""
        if self.norm not in KEPT_NORMS or (self.norm == "running" and self.is_training):
            return None
        return self.network.running.statistics(self.step, len(self.images))

    @cached_property
    def _now(self) -> TaskParameters:
        """The parameters, with those that belong to the step and are not adapted."""
        return self.parameters | self.network.step_norms(self.step, len(self.images))

    def _features(self, images: Tensor, statistics: Statistics | None) -> Tensor:
        return self.network.encode(self._now, self.network.patches(images), statistics)[0]


class _Seed(Function):
    """A number whose gradient by the features is the given one, from which the encoder's follows.

    torch.autograd.grad takes a gradient to begin with as well, but imports sympy to look at its shape: most of a second
    and 35 MB, before the first drawing has an answer.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, gradient: Tensor) -> Tensor:
        ctx.save_for_backward(gradient)
        return features.new_zeros(())

    @staticmethod
    def backward(ctx: Any, one: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return gradient, None


def mean_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy in nats, the mean over tasks and images."""
    return cross_entropy(logits.flatten(0, 1), labels.flatten())


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    return (logits.argmax(-1) == labels).to(logits.dtype).mean()
