import io

import numpy as np
from PIL import Image

from metagui.data.animation import animated_gif


def test_the_frames_stay_as_long_as_they_are_told_to() -> None:
    frames = [np.full((20, 30, 3), 255, np.uint8) for _ in range(4)]
    colours = [(200, 30, 30), (30, 160, 60), (30, 160, 60), (40, 60, 200)]
    for number, (frame, colour) in enumerate(zip(frames, colours, strict=True)):
        frame[5:15, 5 + number : 15 + number] = colour
    with Image.open(io.BytesIO(animated_gif(frames, [1000, 200, 300, 3000]))) as image:
        assert image.format == "GIF"
        assert image.size == (30, 20)
        assert image.n_frames == 4
        assert image.info["loop"] == 0
        for number, (frame, milliseconds) in enumerate(zip(frames, [1000, 200, 300, 3000], strict=True)):
            image.seek(number)
            assert image.info["duration"] == milliseconds
            assert np.abs(np.asarray(image.convert("RGB")).astype(int) - frame).max() <= 8  # of 256 colours
