"""Why a query is named as it is: which drawings of the support speak for it, and which of its own ink does.

Both are answers to "what if": what if the network had not learned from this drawing, and what if this ink were not
there. Nothing is approximated, so that whoever takes a drawing away sees what was foretold.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metagui.data.errors import InputError
from metagui.learn.learner import Learner

PATCH, STRIDE = 5, 2  # pixels: the side of what is erased at a time, and from one patch to the next
_IMAGES = 200  # of the variants that are adapted together: more spill out of the processor's cache


@dataclass(frozen=True, eq=False)
class Explanation:
    """Of one query after 0, 1, … inner steps, as far as it is known yet.

    All is about the winner, the class that is most probable at a step, and in nats of its log-odds log(p / (1 − p)):
    unlike log p these do not come to a stand where p is near one.
    """

    winners: NDArray[np.int64]  # (steps,)
    log_odds: NDArray[np.float32]  # (steps,): not finite where the adaptation diverged
    # (steps, support): how far the log-odds fall when the network adapts without the drawing. Positive: it speaks for
    # the winner. A class cannot lose its only drawing and stay, so that the whole class then takes no part: +inf for
    # the winner's own, and −inf where only the winner is left. NaN: not known yet, or, at the end, a drawing that this
    # network cannot do without (its head is fixed to a number of classes).
    influence: NDArray[np.float32]
    # (steps, 28, 28): how far the log-odds fall when the ink around a pixel is erased. Positive: it speaks for the
    # winner.
    evidence: NDArray[np.float32]
    is_complete: bool


def explain(
    learner: Learner, support: NDArray[np.float32], labels: NDArray[np.int64], query: NDArray[np.float32], steps: int
) -> Iterator[Explanation]:
    """The explanation as it grows; the last one is complete.

    Shapes: `support` (support, 1, 28, 28) with `labels` (support,) in [0, way), every class present and at least two;
    `query` (1, 28, 28).

    Influence is that of leaving one out and adapting anew, which for few drawings can be computed instead of being
    estimated by influence functions (Koh & Liang 2017, arXiv:1703.04730, whose ground truth it is). Evidence is an
    occlusion map (Zeiler & Fergus 2014, arXiv:1311.2901, section 4.2): at a pixel, the mean over the patches that cover
    it. A gradient would be cheaper and would say what a touch more ink changes: on strokes it lies beside them as often
    as on them.
    """
    images, targets, glyph = torch.from_numpy(support), torch.from_numpy(labels), torch.from_numpy(query)
    patches = _inked_patches(glyph[0])
    views = torch.cat([glyph[None], glyph[None] * ~patches[:, None]])[None]  # the query whole, and without each patch
    growing = _Growing(len(labels))
    for classifier in learner.adapt(images[None], targets[None], steps):
        with torch.no_grad():
            growing.add_step(classifier.query_logits(views)[0], patches)
        yield growing.so_far()
    numbers = torch.bincount(targets)
    alone = numbers[targets] == 1
    for left_out in (*_batches((~alone).nonzero()[:, 0], len(labels)), *_batches(alone.nonzero()[:, 0], len(labels))):
        # The classes after one that is gone move up; where none is gone, none is beyond the last.
        gone = torch.where(alone[left_out], targets[left_out], len(numbers))
        if bool(alone[left_out[0]]) and len(numbers) == 2:
            growing.add_last_left(left_out, gone)
            continue
        others = _others(left_out, len(labels))
        renumbered = targets[others] - (targets[others] > gone[:, None]).long()
        try:
            for step, classifier in enumerate(learner.adapt(images[others], renumbered, steps)):
                with torch.no_grad():
                    logits = classifier.query_logits(glyph.expand(len(left_out), 1, *glyph.shape))[:, 0]
                growing.add_left_out(step, left_out, gone, logits)
                yield growing.so_far()
        except InputError:  # a head for a fixed number of classes cannot do with one fewer
            continue
    yield growing.so_far(is_complete=True)


class _Growing:
    """What is known of an explanation."""

    def __init__(self, support: int) -> None:
        self._support = support
        self._winners: list[int] = []
        self._log_odds: list[float] = []
        self._evidence: list[Tensor] = []
        self._influence: list[Tensor] = []

    def add_step(self, logits: Tensor, patches: Tensor) -> None:
        """`logits` (1 + patches, way) are of the query whole and without each of `patches` (patches, 28, 28)."""
        winner = logits[:1].argmax(-1)
        log_odds = _log_odds(logits, winner.expand(len(logits)))
        covered = patches.to(logits.dtype)
        falls = (log_odds[0] - log_odds[1:]) @ covered.flatten(1)
        self._winners.append(int(winner))
        self._log_odds.append(float(log_odds[0]))
        self._evidence.append(falls.view(patches.shape[1:]) / _cover(patches.shape[1]))
        self._influence.append(logits.new_full((self._support,), torch.nan))

    def add_left_out(self, step: int, left_out: Tensor, gone: Tensor, logits: Tensor) -> None:
        """`logits` (variants, way) are of the query, when the drawings `left_out` (variants,) are.

        `gone` (variants,): the class that is gone with the drawing, or one beyond the last.
        """
        winner = torch.full_like(gone, self._winners[step])
        there = (winner - (winner > gone).long()).clamp_max(logits.shape[-1] - 1)
        falls = self._log_odds[step] - _log_odds(logits, there)
        self._influence[step][left_out] = torch.where(gone == winner, torch.inf, falls)

    def add_last_left(self, left_out: Tensor, gone: Tensor) -> None:
        """Of two classes one is gone with its only drawing."""
        for winner, influence in zip(self._winners, self._influence, strict=True):
            influence[left_out] = torch.where(gone == winner, torch.inf, -torch.inf).to(influence.dtype)

    def so_far(self, is_complete: bool = False) -> Explanation:
        return Explanation(
            np.array(self._winners),
            np.array(self._log_odds, dtype=np.float32),
            torch.stack(self._influence).float().numpy(),
            torch.stack(self._evidence).float().numpy(),
            is_complete,
        )


def _log_odds(logits: Tensor, classes: Tensor) -> Tensor:
    """log(p / (1 − p)) of a class each (…,), for `logits` (…, way)."""
    of_class = classes[..., None]
    others = logits.scatter(-1, of_class, -torch.inf).logsumexp(-1)
    return logits.gather(-1, of_class)[..., 0] - others


def _batches(variants: Tensor, support: int) -> Iterator[Tensor]:
    size = max(1, _IMAGES // support)
    return (variants[first : first + size] for first in range(0, len(variants), size))


def _others(left_out: Tensor, support: int) -> Tensor:
    """(variants, support − 1): all places but the one that each variant leaves out."""
    places = torch.arange(support - 1).expand(len(left_out), -1)
    return places + (places >= left_out[:, None]).long()


def _inked_patches(ink: Tensor) -> Tensor:
    """(patches, 28, 28) bool: the patches in which there is ink, for `ink` (28, 28); they reach over the edges."""
    side = len(ink)
    bands = _bands(side)
    patches = (bands[:, None, :, None] & bands[None, :, None, :]).view(-1, side, side)
    return patches[(patches & (ink > 0)).flatten(1).any(1)]


def _bands(side: int) -> Tensor:
    """(places, side) bool: where a patch is along one axis."""
    starts = torch.arange(STRIDE - PATCH, side, STRIDE)[:, None]
    pixels = torch.arange(side)
    return (pixels >= starts) & (pixels < starts + PATCH)


def _cover(side: int) -> Tensor:
    """(side, side): how many patches cover each pixel, those without ink too: erasing nothing changes nothing."""
    along = _bands(side).sum(0)
    return along[:, None] * along
