"""Strokes or ink → the glyph that a network sees: the one path for data sets, the canvas and image files.

A *glyph* is a (1, 28, 28) image of values in [0, 1] in which ink is 1. A *drawing* is a sequence of strokes; a stroke
is an array of shape (points, 2 or more) whose first two columns are x and y in pixels of a 105×105 frame, as Omniglot's
own pen data are (time and pressure may follow: they are kept with a drawing and never change its ink, since the width
of Omniglot's pen is constant). The constants are measured on Omniglot's images and strokes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

FRAME = 105  # pixels on a side of Omniglot's images, and of the frame that strokes live in
SIDE = 28  # pixels on a side of a glyph
PEN = 4.8  # the pen's width, in frame pixels, that best re-makes Omniglot's images from its strokes
CENTRE = (50.6, 50.5)  # mean centre of Omniglot's drawings
LONG_SIDE = 63.5  # mean long side of a drawing's path: its ink's 68.4 less the pen
SMALLEST_SIDE = 12.0  # a path smaller than this counts as this large, so that a dot stays a dot
_SUPERSAMPLING = 8

Stroke = NDArray[np.float32]
Drawing = Sequence[Stroke]


@dataclass(frozen=True)
class GlyphSettings:
    """How drawings and pictures become glyphs; a checkpoint carries the settings that it was trained with."""

    fitted: bool = True  # drawings and pictures of a user are brought to Omniglot's size and place; data sets never are
    filter: str = "lanczos"  # Pillow's resampling filter from 105 to 28 pixels

    def __post_init__(self) -> None:
        if self.filter.upper() not in Image.Resampling.__members__:
            raise ValueError(f"Unknown resampling filter {self.filter!r}.")
        if not isinstance(self.fitted, bool):
            raise ValueError(f"Fitted is true or false, not {self.fitted!r}.")


DEFAULT_SETTINGS = GlyphSettings()


def glyph_of_drawing(drawing: Drawing, settings: GlyphSettings = DEFAULT_SETTINGS) -> NDArray[np.float32]:
    """The glyph, (1, 28, 28), of a drawing. One without any point gives an empty glyph."""
    return glyph_of_ink(rasterise(fit(drawing) if settings.fitted else drawing), settings)


def glyph_of_ink(ink: NDArray[np.bool_], settings: GlyphSettings = DEFAULT_SETTINGS) -> NDArray[np.float32]:
    """The glyph, (1, 28, 28), of a square binary image, true where there is ink."""
    # Mode L before the resize: Pillow resizes mode 1 by nearest neighbour whatever filter it is given.
    gray = Image.fromarray(ink.astype(np.uint8) * 255)
    small = gray.resize((SIDE, SIDE), Image.Resampling[settings.filter.upper()])
    return np.asarray(small, dtype=np.float32)[None] / np.float32(255)


def fit(drawing: Drawing) -> list[Stroke]:
    """The drawing moved and scaled, its proportions kept, to the usual size and place of Omniglot's drawings."""
    strokes = [np.array(stroke, dtype=np.float32) for stroke in drawing if len(stroke)]
    if not strokes:
        return []
    points = np.concatenate([stroke[:, :2] for stroke in strokes])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = LONG_SIDE / max(float((high - low).max()), SMALLEST_SIDE)
    for stroke in strokes:
        stroke[:, :2] = (stroke[:, :2] - (low + high) / 2) * scale + np.asarray(CENTRE, dtype=np.float32)
    return strokes


def rasterise(drawing: Drawing, width: float = PEN) -> NDArray[np.bool_]:
    """The ink, (105, 105), that a round pen leaves along the strokes; what lies outside the frame is cut off."""
    canvas = Image.new("L", (FRAME * _SUPERSAMPLING, FRAME * _SUPERSAMPLING))
    pen = ImageDraw.Draw(canvas)
    radius = width * _SUPERSAMPLING / 2
    for stroke in drawing:
        # Half a pixel: a stroke's coordinates name the middle of a pixel, the canvas's its corner.
        points = (np.asarray(stroke, dtype=np.float64)[:, :2] + 0.5) * _SUPERSAMPLING
        if len(points) > 1:
            pen.line([tuple(point) for point in points], fill=255, width=round(2 * radius))
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    ink: NDArray[np.bool_] = np.asarray(canvas.reduce(_SUPERSAMPLING)) >= 128
    return ink
