"""Prototypical networks (Snell, Swersky & Zemel 2017, arXiv:1703.05175)."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from metagui.data.episodes import Episodes
from metagui.learn.chunks import set_gradient
from metagui.learn.inner_loop import AdaptedTasks, accuracy, mean_loss
from metagui.learn.learner import MetaStep
from metagui.learn.network import Network
from metagui.learn.normalisation import RunningMoments


class ProtoNet:
    """p(y = k | x) ∝ exp(−‖f(x) − c_k‖²), with c_k the mean of the support's features of class k (eqs. 1 and 2).

    Nothing adapts: the prototypes are a linear layer's weights (eq. 8), and the one classifier is that of zero inner
    steps. The way of training may differ from that of use. In training, support and queries are one batch for batch
    norm, unless the norm is the support's.
    """

    def __init__(self, network: Network, norm: str) -> None:
        """`network` has the prototype head."""
        self.network = network
        self.norm = norm

    def meta_gradient(self, episodes: Episodes) -> MetaStep:
        results = set_gradient(list(self.network.parameters()), self._chunk_gradient, episodes)
        if self.norm == "running":
            self.network.running.add(torch.stack([share * observed for share, (_, observed) in results]).sum(0))
        loss, correct, support_loss = torch.stack([share * means for share, (means, _) in results]).sum(0).tolist()
        return MetaStep(loss, correct, correct, support_loss, support_loss)

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator[AdaptedTasks]:
        network = self.network
        tasks = AdaptedTasks(
            network, network.copies(len(labels)), support, network.patches(support), self.norm, is_training=False
        )
        with torch.no_grad():
            head = network.start_head(lambda: tasks.encoded[0], labels)
        yield tasks.stepped(head, steps=0).detached()

    def _chunk_gradient(
        self, episodes: Episodes, is_first: bool
    ) -> tuple[Sequence[Tensor | None], tuple[Tensor, Tensor]]:
        """With the means of query loss, query accuracy and support loss, and the observed moments."""
        network, labels, query_labels = self.network, episodes.support_labels, episodes.query_labels
        parameters = network.copies(len(episodes))
        if self.norm == "support":
            support, statistics = network.encode(parameters, network.patches(episodes.support))
            query, _ = network.encode(parameters, network.patches(episodes.query), statistics)
        else:
            together = torch.cat([episodes.support, episodes.query], dim=1)
            features, statistics = network.encode(parameters, network.patches(together))
            support, query = torch.split(features, [labels.shape[1], query_labels.shape[1]], dim=1)
        head = network.start_head(lambda: support, labels)
        support_logits, query_logits = network.classify(head, support), network.classify(head, query)
        loss = mean_loss(query_logits, query_labels)
        gradients = torch.autograd.grad(loss, list(self.network.parameters()), allow_unused=True)
        with torch.no_grad():
            means = torch.stack([loss, accuracy(query_logits, query_labels), mean_loss(support_logits, labels)])
        return gradients, (means.cpu(), RunningMoments.observed([statistics]))
