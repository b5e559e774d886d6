"""What the first adaptation of a program would wait for, done before somebody waits."""

from collections.abc import Iterator

import torch

from metagui.data.glyph import SIDE
from metagui.learn.algorithms import make_learner
from metagui.learn.config import TrainingConfig


def get_ready() -> Iterator[None]:
    """Adapt once to nothing, piece by piece.

    What torch and the compiler of the engine's loops load is loaded then: about a second's work. On a processor's first
    start of this version of the program the loops are compiled, which takes some seconds.
    """
    glyphs, labels = torch.zeros(1, 2, 1, SIDE, SIDE), torch.tensor([[0, 1]])
    for classifier in make_learner(TrainingConfig()).adapt(glyphs, labels, steps=2):
        classifier.query_logits(glyphs)
        yield
