"""An adapted classifier as a plain network: convolutions and a linear layer, as any other program can run it."""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from metagui.learn.heads import CosineHead, Head
from metagui.learn.inner_loop import AdaptedTasks
from metagui.learn.learner import Classifier
from metagui.learn.network import ARCHITECTURES, CHANNELS
from metagui.learn.normalisation import folded
from metagui.learn.novelty import Calibration

Array = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Block:
    """A 3×3 convolution with padding 1, then ReLU, then 2×2 max-pooling where the network pools.

    Batch norm by known statistics is folded into `weight` and `bias`, and `scale` is None. Else it stands between
    convolution and ReLU: over the places of all images of the batch, times `scale`, plus `bias`.
    """

    weight: Array  # (out, in, 3, 3)
    bias: Array  # (out,)
    scale: Array | None = None  # (out,)


@dataclass(frozen=True, eq=False)
class Known:
    """P(a glyph is of one of the classes), from its features: see `novelty.scalars`.

    σ(w₀ · log of the squared distance to the nearest class's mean + w₁ · log of one less the largest cosine to a mean +
    the nearest class's offset); what the logarithms are of is at least `LEAST`.
    """

    means: Array  # (way, features), ordered as those of the head's weight
    offset: Array  # (way,): what the class's number of drawings, the way and the calibration's bias add up to
    weight: Array  # (2,)


@dataclass(frozen=True, eq=False)
class PlainNetwork:
    """Glyphs (n, 1, 28, 28) → blocks → features, flattened by channel, row and column → linear → softmax (n, way).

    With a `centre`, the linear layer sees features less it, divided by √(their square sum + `LEAST_SQUARE`).
    """

    blocks: tuple[Block, ...]
    stride: int
    pool: bool
    head_weight: Array  # (way, features)
    head_bias: Array  # (way,)
    centre: Array | None = None  # (features,)
    support: Array | None = None  # (support, 1, 28, 28): each glyph is normalised in a batch of these and itself
    known: Known | None = None

    def tensors(self) -> dict[str, Array]:
        """All of its numbers, by the names that they have in files."""
        named: dict[str, Array | None] = {}
        for number, block in enumerate(self.blocks):
            named |= {f"block{number}.weight": block.weight, f"block{number}.bias": block.bias}
            named[f"block{number}.scale"] = block.scale
        named |= {"head.weight": self.head_weight, "head.bias": self.head_bias, "head.centre": self.centre}
        if self.known is not None:
            named |= {f"known.{part.name}": getattr(self.known, part.name) for part in fields(self.known)}
        named |= {"support": self.support}
        return {name: value for name, value in named.items() if value is not None}


def plain_network(
    classifier: Classifier, architecture: str, labels: Labels | None = None, calibration: Calibration | None = None
) -> PlainNetwork:
    """A classifier of one task, whose network has this architecture, as it classifies a query on its own.

    With the `labels` (support,) of its support and a `calibration` it can tell a glyph of none of the classes.
    """
    if not isinstance(classifier, AdaptedTasks):
        raise TypeError(f"A {type(classifier).__name__} is not made of convolutions and a linear layer.")
    network = classifier.network
    parameters = classifier.parameters | network.step_norms(classifier.step, 1)
    shape = ARCHITECTURES[architecture]
    statistics = None if classifier.norm == "batch" else classifier.encoded[1]
    blocks = []
    for number in range(shape.blocks):
        kernel, scale, shift = (parameters[f"{name}{number}"].double() for name in ("kernel", "scale", "shift"))
        if statistics is None:
            blocks.append(Block(_standard(kernel), _array(shift), _array(scale)))
        else:
            mean, inverse = statistics[number]
            factor, offset = folded(scale, shift, (mean.double(), inverse.double()))
            blocks.append(Block(_standard(kernel * factor[:, None]), _array(offset)))
    weight, centre, head = parameters["head.weight"], None, network.head
    if isinstance(head, CosineHead):
        weight, centre = weight * head.scale, _channels_first(head.centre[None, None])[0]
    elif type(head).seen is not Head.seen:
        raise TypeError(f"What a {type(head).__name__} sees of features is not known here.")
    return PlainNetwork(
        tuple(blocks),
        shape.stride,
        shape.pool,
        _array(_channels_first(weight)),
        _array(parameters["head.bias"]),
        None if centre is None else _array(centre),
        _array(classifier.images) if statistics is None else None,
        None if labels is None or calibration is None else _known(classifier.support_features(), labels, calibration),
    )


def _known(features: Tensor, labels: Labels, calibration: Calibration) -> Known:
    counts = np.bincount(labels)
    members = np.eye(len(counts))[labels]
    means = members.T @ _channels_first(features)[0].detach().double().numpy() / counts[:, None]
    distance, cosine, few, way = calibration.weights
    offset = calibration.bias + few / counts + way * math.log(len(counts))
    return Known(means.astype(np.float32), offset.astype(np.float32), np.array([distance, cosine], np.float32))


def _channels_first(features: Tensor) -> Tensor:
    """(1, ·, features) by row, column and channel, as our images have them → by channel, row and column."""
    side = round((features.shape[2] // CHANNELS) ** 0.5)
    return features.reshape(1, -1, side, side, CHANNELS).movedim(4, 2).flatten(2)


def _standard(kernel: Tensor) -> Array:
    """(1, 9·in, out) by row, column and channel → (out, in, 3, 3)."""
    return _array(kernel.reshape(1, 3, 3, -1, CHANNELS).permute(0, 4, 3, 1, 2))


def _array(tensor: Tensor) -> Array:
    """The one task's part."""
    values: Array = tensor[0].detach().float().contiguous().numpy()
    return values
