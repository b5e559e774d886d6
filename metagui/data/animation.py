"""Pictures one after another as a GIF, which every browser and chat shows."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Frame = NDArray[np.uint8]  # (height, width, 3)


def animated_gif(frames: Sequence[Frame], milliseconds: Sequence[int]) -> bytes:
    """The frames, all of one size, each for so long (in whole hundredths of a second), over and over again."""
    # One palette for all, of some frames side by side: else what stands still would change its colour.
    sample = np.concatenate([frames[0], frames[len(frames) // 2], frames[-1]])
    palette = Image.fromarray(sample).quantize(256, Image.Quantize.MEDIANCUT)
    first, *others = (Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    content = io.BytesIO()
    first.save(content, "GIF", save_all=True, append_images=others, duration=list(milliseconds), loop=0)
    return content.getvalue()
