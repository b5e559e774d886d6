"""What meta-learning is measured against: ordinary pretraining, and no training at all."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from metagui.data.episodes import Episodes
from metagui.learn.chunks import in_chunks, set_gradient
from metagui.learn.inner_loop import AdaptedTasks, accuracy, mean_loss
from metagui.learn.learner import MetaStep
from metagui.learn.maml import MAML
from metagui.learn.network import Network
from metagui.learn.normalisation import RunningMoments


class Baseline:
    """Supervised learning of all training characters, then fine-tuning (Chen et al. 2019, section 3.1).

    An episode's images, support and queries alike, are one mini-batch for a linear classifier of all classes, which is
    left behind at test: there a new head and the encoder are adapted as MAML does it, from zero.
    """

    def __init__(self, network: Network, classes: int, tuning: MAML) -> None:
        self.network = network
        self._tuning = tuning
        network.classifier = nn.ParameterDict(
            {"weight": torch.zeros(classes, network.features), "bias": torch.zeros(classes)}
        )

    def meta_gradient(self, episodes: Episodes) -> MetaStep:
        """The figures are those of the supervised task: its loss and accuracy, before and after alike."""
        results = set_gradient(list(self.network.parameters()), self._chunk_gradient, episodes)
        if self._tuning.norm == "running":
            self.network.running.add(torch.stack([share * observed for share, (_, observed) in results]).sum(0))
        loss, correct = torch.stack([share * means for share, (means, _) in results]).sum(0).tolist()
        return MetaStep(loss, correct, correct, loss, loss)

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator[AdaptedTasks]:
        return self._tuning.adapt(support, labels, steps)

    def _chunk_gradient(
        self, episodes: Episodes, is_first: bool
    ) -> tuple[Sequence[Tensor | None], tuple[Tensor, Tensor]]:
        images = torch.cat([episodes.support, episodes.query], dim=1)
        labels = torch.cat([episodes.support_labels, episodes.query_labels], dim=1)
        classes = torch.take_along_dim(episodes.classes, labels, 1)
        features, statistics = self.network.encode(self.network.copies(len(images)), self.network.patches(images))
        classifier = self.network.classifier
        logits = nn.functional.linear(features, classifier["weight"], classifier["bias"])
        loss = mean_loss(logits, classes)
        gradients = torch.autograd.grad(loss, list(self.network.parameters()), allow_unused=True)
        means = torch.stack([loss.detach(), accuracy(logits, classes)])
        return gradients, (means.cpu(), RunningMoments.observed([statistics]))


class RandomInitialization:
    """Nothing is learned beforehand: the random network is adapted as MAML does it."""

    def __init__(self, network: Network, tuning: MAML) -> None:
        self.network = network
        self._tuning = tuning

    def meta_gradient(self, episodes: Episodes) -> MetaStep:
        """Zero; the figures are those of the adaptation."""
        for parameter in self.network.parameters():
            parameter.grad = torch.zeros_like(parameter)
        with torch.no_grad():
            figures = [share * torch.tensor(step) for share, step in in_chunks(self._figures, episodes)]
        return MetaStep(*torch.stack(figures).sum(0).tolist())

    def adapt(self, support: Tensor, labels: Tensor, steps: int) -> Iterator[AdaptedTasks]:
        return self._tuning.adapt(support, labels, steps)

    def _figures(self, episodes: Episodes, is_first: bool) -> list[float]:
        labels, query_labels = episodes.support_labels, episodes.query_labels
        started, *_, adapted = self.adapt(episodes.support, labels, self._tuning.inner_steps)
        query = self.network.patches(episodes.query)
        before, _ = started.training_query_pass(query)
        after, _ = adapted.training_query_pass(query)
        return [
            float(figure)
            for figure in (
                mean_loss(after, query_labels),
                accuracy(before, query_labels),
                accuracy(after, query_labels),
                mean_loss(started.logits, labels),
                mean_loss(adapted.logits, labels),
            )
        ]
