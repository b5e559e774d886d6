"""Small convolutional encoders with a head, as functions of parameters that may differ from task to task."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from metagui.data.glyph import SIDE
from metagui.learn.convolution import Moments, convolve, max_pool, moments, normalise
from metagui.learn.heads import HEADS

# What normalises a query. "support": the statistics of the support, for support and query alike, so that no query sees
# another. "batch": those of the batch at hand, as in the paper of MAML; a query alone is then predicted in a batch of
# the support and itself.
NORMS = ("support", "batch")

TaskParameters = dict[str, Tensor]  # every tensor has a leading axis of tasks
Statistics = list[Moments]  # of each block's convolution


@dataclass(frozen=True)
class Architecture:
    """Blocks of 3×3 convolution, batch norm, ReLU and, where `pool`, 2×2 max-pooling, of 64 channels each."""

    blocks: int
    stride: int
    pool: bool


ARCHITECTURES = {
    # Finn et al. 2017, appendix A.1: strides in place of pooling on Omniglot. 64·2·2 features.
    "conv4-stride": Architecture(blocks=4, stride=2, pool=False),
    # Vinyals et al. 2016, and every prototypical network since. 64·1·1 features.
    "conv4-pool": Architecture(blocks=4, stride=1, pool=True),
    # For quick looks: two same-padded blocks, then the head. Unpooled its 64·28·28 features would make the head the
    # largest part of the network by far; pooled twice they are 64·7·7.
    "conv2": Architecture(blocks=2, stride=1, pool=True),
}
CHANNELS = 64


class Network(nn.Module):
    """An encoder and a head. Its own parameters are the initialization; tasks carry adapted copies of them."""

    def __init__(self, architecture: str, head: str, way: int, generator: torch.Generator) -> None:
        """`way` matters to a fixed head only; the weights are drawn by `generator`."""
        super().__init__()
        self._architecture = ARCHITECTURES[architecture]
        self.encoder = nn.ParameterDict()
        channels, side = 1, SIDE
        for block in range(self._architecture.blocks):
            kernel = torch.empty(9 * channels, CHANNELS)
            # He et al. 2015, eq. 10, which torch's own initialization by 1/√fan-in falls short of for deep ReLU nets.
            self.encoder[f"kernel{block}"] = nn.Parameter(
                kernel.normal_(0, (2 / len(kernel)) ** 0.5, generator=generator)
            )
            self.encoder[f"scale{block}"] = nn.Parameter(torch.ones(CHANNELS))
            self.encoder[f"shift{block}"] = nn.Parameter(torch.zeros(CHANNELS))
            channels = CHANNELS
            side = side // 2 if self._architecture.pool else -(-side // self._architecture.stride)
        self.features = channels * side * side
        self.head = HEADS[head](self.features, way, generator)

    def start(self, support: Tensor, labels: Tensor, way: int) -> TaskParameters:
        """The parameters of each task before its first inner step; gradients reach the initialization through them.

        Shapes: `support` (tasks, support, 1, 28, 28), `labels` (tasks, support).
        """
        # Features for the head are made with copies of their own: an inner step's gradient by the encoder is to hold
        # the head as it is, and not to flow through the head's start.
        weight, bias = self.head.start(  # type: ignore[operator]  # torch types a module's attributes loosely
            lambda: self.encode(self._copies(len(support)), support)[0], labels, way
        )
        return self._copies(len(support)) | {"head.weight": weight, "head.bias": bias}

    def _copies(self, tasks: int) -> TaskParameters:
        return {name: value.expand(tasks, *value.shape) for name, value in self.encoder.items()}

    def encode(
        self, parameters: TaskParameters, images: Tensor, statistics: Statistics | None = None
    ) -> tuple[Tensor, Statistics]:
        """(tasks, images, 1, 28, 28) → (tasks, images, features), and the statistics that normalised them.

        Without `statistics` the images are normalised by their own.
        """
        hidden = images.movedim(2, -1)
        used: Statistics = []
        for block in range(self._architecture.blocks):
            hidden = convolve(hidden, parameters[f"kernel{block}"], self._architecture.stride)
            used.append(moments(hidden) if statistics is None else statistics[block])
            hidden = normalise(hidden, parameters[f"scale{block}"], parameters[f"shift{block}"], used[-1]).relu()
            if self._architecture.pool:
                hidden = max_pool(hidden)
        return hidden.flatten(2), used

    def forward(
        self, parameters: TaskParameters, images: Tensor, statistics: Statistics | None = None
    ) -> tuple[Tensor, Statistics]:
        """As `encode`, with logits (tasks, images, way) in place of features."""
        features, used = self.encode(parameters, images, statistics)
        logits = torch.baddbmm(parameters["head.bias"][:, None], features, parameters["head.weight"].mT)
        return logits, used
