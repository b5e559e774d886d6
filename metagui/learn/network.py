"""Small convolutional encoders with a head, as functions of parameters that may differ from task to task."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from metagui.data.glyph import SIDE
from metagui.learn.convolution import convolve, max_pool
from metagui.learn.first_layer import first_layer
from metagui.learn.heads import HEADS
from metagui.learn.normalisation import RunningMoments, Statistics, folded, normalise_by, normalised_relu
from metagui.learn.patches import Patches

# What normalises a query. "support": the statistics of the support, for support and query alike, so that no query sees
# another. "batch": those of the batch at hand, as in the paper of MAML; a query alone is then predicted in a batch of
# the support and itself. "running": those of the batch at hand in training, and their running mean for a query later.
# With "frozen" they are the running means of the network that the run started from, in training and later: an inner
# step's statistics are then neither a few drawings' nor others than those of use.
NORMS = ("support", "batch", "running", "frozen")
KEPT_NORMS = ("running", "frozen")  # whose statistics belong to the network

TaskParameters = dict[str, Tensor]  # every tensor has a leading axis of tasks


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
    """An encoder and a head. Its own parameters are the initialization; tasks carry adapted copies of them.

    What else a learner learns or keeps lies here too, so that one state holds all.
    """

    running: RunningMoments  # of batch norm, where that is by running means
    rates: nn.Module  # of the inner loop, where they are learned
    classifier: nn.ParameterDict  # of all training characters, in supervised learning
    meta_steps: Tensor  # how many were taken, where the learner counts them

    def __init__(
        self,
        architecture: str,
        head: str,
        way: int,
        generator: torch.Generator,
        step_norms: int = 0,
        running_steps: int = 0,
    ) -> None:
        """`way` matters to a fixed head only; the weights are drawn by `generator`.

        With `step_norms` batch norm has so many scales and shifts, one for each step of the inner loop, which are not
        adapted; with `running_steps` so many running moments are kept.
        """
        super().__init__()
        self._architecture = ARCHITECTURES[architecture]
        self.encoder = nn.ParameterDict()
        self.scales = nn.ParameterDict()
        channels, side = 1, SIDE
        for block in range(self._architecture.blocks):
            kernel = torch.empty(9 * channels, CHANNELS)
            # He et al. 2015, eq. 10, which torch's own initialization by 1/√fan-in falls short of for deep ReLU nets.
            self.encoder[f"kernel{block}"] = nn.Parameter(
                kernel.normal_(0, (2 / len(kernel)) ** 0.5, generator=generator)
            )
            norm, shape = (self.scales, (step_norms, CHANNELS)) if step_norms else (self.encoder, (CHANNELS,))
            norm[f"scale{block}"] = nn.Parameter(torch.ones(shape))
            norm[f"shift{block}"] = nn.Parameter(torch.zeros(shape))
            channels = CHANNELS
            side = side // 2 if self._architecture.pool else -(-side // self._architecture.stride)
        self.features = channels * side * side
        self.head = HEADS[head](self.features, way, generator)
        if running_steps:
            self.running = RunningMoments(self._architecture.blocks, running_steps, CHANNELS)

    @property
    def has_step_norms(self) -> bool:
        return len(self.scales) > 0

    @property
    def layers(self) -> dict[str, tuple[str, ...]]:
        """The layers' names, from the first to the head, with those of the parameters that tasks carry of each."""
        blocks = range(self._architecture.blocks)
        encoder = {
            f"block {block + 1}": tuple(f"{part}{block}" for part in ("kernel", "scale", "shift")) for block in blocks
        }
        return {**encoder, "head": ("head.weight", "head.bias")}

    def patches(self, images: Tensor) -> Patches:
        """Images (tasks, images, 1, 28, 28) as this network's passes take them."""
        return Patches.of(images, self._architecture.stride)

    def start_head(self, features: Callable[[], Tensor], labels: Tensor) -> TaskParameters:
        """The head's parameters before the first inner step.

        Shapes: `labels` (tasks, support); `features` gives, to a head that asks, those of the support, (tasks, support,
        features).
        """
        weight, bias = self.head.start(features, labels, int(labels.max()) + 1)
        return {"head.weight": weight, "head.bias": bias}

    def copies(self, tasks: int) -> TaskParameters:
        """The encoder's parameters for each task; gradients add up over the tasks."""
        return {name: value.expand(tasks, *value.shape) for name, value in self.encoder.items()}

    def step_norms(self, step: int, tasks: int) -> TaskParameters:
        """Batch norm's scales and shifts at this step, where each has its own; later steps have the last one's."""
        return {name: value[min(step, len(value) - 1)].expand(tasks, -1) for name, value in self.scales.items()}

    def encode(
        self, parameters: TaskParameters, images: Patches, statistics: Statistics | None = None
    ) -> tuple[Tensor, Statistics]:
        """Features (tasks, images, features), and the statistics that normalised them.

        Without `statistics` the images are normalised by their own.
        """
        architecture = self._architecture
        first = images.moments(parameters["kernel0"]) if statistics is None else statistics[0]
        mean = first[0] if statistics is None else images.mean_of(parameters["kernel0"])
        # Batch norm is folded into the kernel: the largest images of the network are passed over once.
        factor, offset = folded(parameters["scale0"], parameters["shift0"], (first[0] - mean, first[1]))
        kernel = torch.cat([parameters["kernel0"] * factor[:, None], offset[:, None]], dim=1)
        hidden = first_layer(images.patches, kernel).view(*images.shape, -1)
        used: Statistics = [first]
        for block in range(1, architecture.blocks):
            if architecture.pool:
                hidden = max_pool(hidden)
            hidden = convolve(hidden, parameters[f"kernel{block}"], architecture.stride)
            scale, shift = parameters[f"scale{block}"], parameters[f"shift{block}"]
            if statistics is None:
                hidden, own = normalised_relu(hidden, scale, shift)
                used.append(own)
            else:
                hidden = normalise_by(hidden, scale, shift, statistics[block]).relu_()
                used.append(statistics[block])
        if architecture.pool:
            hidden = max_pool(hidden)
        return hidden.flatten(2), used

    def classify(self, parameters: TaskParameters, features: Tensor) -> Tensor:
        """The head's logits (tasks, images, way)."""
        return torch.baddbmm(parameters["head.bias"][:, None], self.head.seen(features), parameters["head.weight"].mT)
