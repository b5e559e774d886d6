"""Omniglot's strokes drawn again as other people would on a canvas: how far a figure holds for free hands."""

import math
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import torch

from metagui.data.characters import CharacterSet
from metagui.data.glyph import FRAME, PEN, Drawing, GlyphSettings, Stroke, fit, glyph_of_ink, rasterise
from metagui.data.handwriting import tremor

_PENS = (0.75, 1.35)  # times the usual width
_SIZES = (0.45, 1.1)  # times the original size
_TURN, _SLANT, _STRETCH = math.radians(6), 0.15, 0.08  # standard deviations
_TREMOR = 0.7  # frame pixels, at the original size


def redrawn(drawing: Drawing, rng: np.random.Generator) -> list[Stroke]:
    """The drawing slanted, turned, stretched, trembled, of another size, anywhere on the canvas but wholly on it."""
    turn, slant = rng.normal(0, _TURN), rng.normal(0, _SLANT)
    hand = np.diag(np.exp(rng.normal(0, _STRETCH, 2))) @ np.array([[1, slant], [0, 1]])
    hand = hand @ np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    hand *= rng.uniform(*_SIZES)
    lines = [(stroke[:, :2] + tremor(rng, len(stroke), _TREMOR)) @ hand.T for stroke in drawing]
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    # The pen's own width stays within as well, and what grew beyond the canvas is brought back to it.
    room = FRAME - 1 - 2 * PEN
    shrink = min(1.0, room / max(float((high - low).max()), 1e-6))
    place = PEN + rng.uniform(0, 1, 2) * (room - (high - low) * shrink)
    return [((line - low) * shrink + place).astype(np.float32) for line in lines]


def redraw(drawings: Mapping[str, Sequence[Drawing]], seed: int, settings: GlyphSettings) -> CharacterSet:
    """Each character's drawings, by its name, drawn again with a pen of another width; fitted as `settings` has it."""
    rng = np.random.default_rng(seed)
    glyphs = []
    for drawing in chain.from_iterable(drawings.values()):
        strokes = redrawn(drawing, rng)
        ink = rasterise(fit(strokes) if settings.fitted else strokes, PEN * rng.uniform(*_PENS))
        glyphs.append(glyph_of_ink(ink, settings))
    pixels = np.rint(np.concatenate(glyphs) * 255).astype(np.uint8)
    counts = torch.tensor([len(versions) for versions in drawings.values()])
    return CharacterSet(torch.from_numpy(pixels), counts, tuple(drawings))
