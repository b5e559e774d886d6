"""Sheets of characters as a camera would see them, from Omniglot's own strokes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from metagui.data.glyph import FRAME, Drawing
from metagui.data.sheet import Box


@dataclass(frozen=True, eq=False)
class RenderedSheet:
    picture: NDArray[np.uint8]
    truth: tuple[tuple[Box, ...], ...]  # the box of each character's ink, row by row


def render(
    drawings: list[list[Drawing]],
    rng: np.random.Generator,
    scale: float = 1.0,
    angle: float = 0.0,
    shade: float = 0.5,
    noise: float = 6.0,
    ruled: bool = False,
) -> RenderedSheet:
    """Rows of drawings with a trembling place and size, in uneven light, turned by some degrees, with noise and specks.

    `shade` is how much darker the darkest corner is than the brightest one.
    """
    pitch = 1.12 * FRAME * scale
    height, width = (int(pitch * (number + 0.6)) for number in (len(drawings), max(map(len, drawings))))
    ink, names = Image.new("L", (width, height)), Image.new("L", (width, height))
    number = 0
    for row, line in enumerate(drawings):
        for column, drawing in enumerate(line):
            number += 1
            size = scale * rng.uniform(0.85, 1.1)
            corner = np.array((column + 0.3, row + 0.3)) * pitch + rng.uniform(-0.04, 0.04, 2) * pitch
            for canvas, fill in ((ink, 255), (names, number)):
                pen = ImageDraw.Draw(canvas)
                radius = 2.2 * scale
                for stroke in drawing:
                    points = [tuple(corner + point * size) for point in stroke[:, :2]]
                    pen.line(points, fill=fill, width=round(2 * radius))
                    for x, y in points:
                        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
    if ruled:
        pen = ImageDraw.Draw(ink)
        for row in range(len(drawings) + 1):
            y = (row + 0.22) * pitch
            pen.line((0, y, width, y), fill=130, width=max(1, round(1.2 * scale)))
    turned = np.asarray(ink.rotate(angle, Image.Resampling.BICUBIC)) / 255
    numbers = np.asarray(names.rotate(angle, Image.Resampling.NEAREST))
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 235 * (1 - shade * (0.7 * across + 0.3 * down))
    picture = light * (1 - 0.75 * ndimage.gaussian_filter(turned, 0.7)) + rng.normal(0, noise, turned.shape)
    for x, y in rng.uniform(0, 1, (25, 2)):  # specks of dust
        picture[int(y * (height - 2)) : int(y * (height - 2)) + 2, int(x * (width - 2))] -= 80
    found = [Box(s[1].start, s[0].start, s[1].stop, s[0].stop) for s in ndimage.find_objects(numbers)]
    truth, index = [], 0
    for line in drawings:
        truth.append(tuple(found[index : index + len(line)]))
        index += len(line)
    return RenderedSheet(np.clip(picture, 0, 255).astype(np.uint8), tuple(truth))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    common = max(width, 0) * max(height, 0)
    return common / (one.width * one.height + other.width * other.height - common)
