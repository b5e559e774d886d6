"""An adapted classifier as files: whoever has them needs neither this program nor what it was trained with."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from string import Template
from textwrap import fill
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray

from metagui import __version__
from metagui.data.errors import InputError
from metagui.data.glyph import CENTRE, FRAME, LONG_SIDE, PEN, SIDE, SMALLEST_SIDE, GlyphSettings
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.fingerprint import fingerprint
from metagui.learn.heads import LEAST_SQUARE
from metagui.learn.novelty import LEAST
from metagui.learn.plain_network import Array, PlainNetwork, plain_network
from metagui.learn.plain_normalisation import EPSILON

_LINE = 116  # letters
_LAYOUT = {
    "block<i>.weight": "3×3 kernels (out, in, row, column), of convolutions with padding 1",
    "block<i>.bias": "(out,), added to the convolution's result or, where there is a scale, after the norm",
    "block<i>.scale": "(out,), only where the norm is over the support and the glyph at hand: not folded then",
    "head.weight": "(classes, features), the features ordered by channel, row and column",
    "head.bias": "(classes,)",
    "head.centre": "(features,), only where the head sees directions: features less it, over the root of their square "
    "sum and least_square",
    "known.means": "(classes, features), only where the network can tell a glyph of none of the classes: their means",
    "known.offset": "(classes,): P(known) is the sigmoid of the nearest class's, plus known.weight[0] times the "
    "logarithm of the squared distance to its mean, plus known.weight[1] times that of one less the largest cosine",
    "known.weight": "(2,); what the logarithms are of is at least the network's least",
    "support": "(drawings, 1, 28, 28), only where there is a scale: what each glyph is normalised with",
}


@dataclass(frozen=True, eq=False)
class AdaptedClassifier:
    """A network after some inner steps, and what one has to know in order to use it."""

    network: PlainNetwork
    names: tuple[str, ...]  # of the classes
    settings: GlyphSettings
    step: int  # how many inner steps it took
    checkpoint: str  # the name of the checkpoint that it began as
    fingerprint: str  # and that checkpoint's hash

    def metadata(self) -> dict[str, str]:
        """What its files say of it; all but the names of checkpoint and program is JSON."""
        return {
            "class_names": json.dumps(self.names, ensure_ascii=False),
            "glyph_settings": json.dumps(self._glyph()),
            "inner_step": str(self.step),
            "checkpoint": self.checkpoint,
            "checkpoint_sha256": self.fingerprint,
            "program": f"metagui {__version__}",
        }

    def description(self) -> str:
        """The same as one JSON object for people and programs."""
        told = {
            "names": self.names,
            "glyph": self._glyph(),
            "inner_step": self.step,
            "checkpoint": self.checkpoint,
            "checkpoint_sha256": self.fingerprint,
            "program": f"metagui {__version__}",
        }
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"

    def _glyph(self) -> dict[str, Any]:
        """The settings, and the constants of what they set: lengths in pixels of the strokes' frame."""
        constants = {"frame": FRAME, "pen": PEN, "centre": CENTRE, "long_side": LONG_SIDE}
        return {**asdict(self.settings), "side": SIDE, **constants, "smallest_side": SMALLEST_SIDE}


def adapted_classifier(
    checkpoint: Checkpoint,
    settings: GlyphSettings,
    names: Sequence[str],
    support: Array,
    labels: NDArray[np.int64],
    step: int,
) -> AdaptedClassifier:
    """The checkpoint's network after `step` inner steps on a support: shapes as for `adapt_steps`.

    InputError where the adaptation has diverged: its probabilities are no numbers any more.
    """
    adapted = checkpoint.learner().adapt(torch.from_numpy(support)[None], torch.from_numpy(labels)[None], step)
    *_, classifier = adapted
    is_adapted = step > 0 or not checkpoint.config.has_inner_loop  # before that, nothing tells the classes apart
    calibration = checkpoint.calibration if is_adapted else None
    network = plain_network(classifier, checkpoint.config.network, labels, calibration)
    if not all(np.isfinite(value).all() for value in network.tensors().values()):
        raise InputError("The adaptation has diverged: there is nothing to export. Take fewer inner steps.")
    name = checkpoint.name or "network in training"
    return AdaptedClassifier(network, tuple(names), settings, step, name, fingerprint(checkpoint))


def safetensors_file(classifier: AdaptedClassifier) -> bytes:
    """The content of a safetensors file: its metadata say what the tensors are and how they are put together."""
    network = classifier.network
    shape = {
        "blocks": len(network.blocks), "stride": network.stride, "pool": network.pool,
        "epsilon": EPSILON, "least_square": LEAST_SQUARE, "least": LEAST,
    }  # fmt: skip
    metadata = classifier.metadata() | {
        "format": "metagui classifier 1",
        "network": json.dumps(shape),
        "tensors": json.dumps(_LAYOUT, ensure_ascii=False),
        "use": "each block: convolution, norm where it has a scale, ReLU, 2×2 max-pooling where pool; then the head, "
        "and softmax",
    }
    contiguous = {name: np.ascontiguousarray(value) for name, value in network.tensors().items()}
    content: bytes = safetensors.numpy.save(contiguous, metadata)
    return content


def classifier_folder(classifier: AdaptedClassifier, sample: Array) -> dict[str, bytes]:
    """The files of a folder to take away, by name: the network twice, an example of its use, and what is what.

    `sample` is a glyph, (1, 28, 28), to try it on.
    """
    from metagui.learn.onnx_file import onnx_model  # onnx takes a quarter of a second to import

    resources = files("metagui.resources") / "takeaway"
    network = classifier.network
    normed = (
        "The norm is folded into the convolutions."
        if network.support is None
        else f"Each glyph is normalised in a batch with the {len(network.support)} drawings that the network adapted "
        "to: they are part of the files, and classifying takes as many times as long."
    )
    what = f"It tells {len(classifier.names)} classes apart: {', '.join(classifier.names)}. It is the network "
    what += f"“{classifier.checkpoint}” after {classifier.step} inner step{'s' * (classifier.step != 1)} on drawings "
    what += "of them."
    known = (
        "A drawing may be of none of these classes: the second output, “known” (n,), is the probability that it is of "
        "one of them, which “probabilities” take for granted."
        if network.known
        else "Probabilities are of these classes alone: a drawing of something else is given one of their names too."
    )
    readme = Template((resources / "README.txt").read_text(encoding="utf-8")).substitute(
        what=fill(what, _LINE),
        fingerprint=classifier.fingerprint,
        way=len(classifier.names),
        norm=fill(normed, _LINE),
        known=fill(known, _LINE),
        program=f"metagui {__version__}",
    )
    return {
        "model.onnx": onnx_model(network, classifier.metadata()),
        "model.safetensors": safetensors_file(classifier),
        "classes.json": classifier.description().encode(),
        "sample.pgm": b"P5 28 28 255\n" + np.rint(sample * 255).astype(np.uint8).tobytes(),
        "example.py": (resources / "example.py").read_bytes(),
        "README.txt": readme.encode(),
    }
