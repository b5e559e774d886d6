"""Omniglot's pen data: the strokes that its images were drawn with."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from metagui.data.archives import open_files
from metagui.data.errors import InputError
from metagui.data.glyph import Drawing

_UPRIGHT = np.array([1, -1, 1], dtype=np.float32)  # a frame's y grows downwards


def read_strokes(source: Path, every: int = 1) -> Iterator[tuple[str, Drawing]]:
    """Each of the drawings, or one in `every`, of a strokes archive or an extracted folder, sorted by name.

    A name is "Alphabet/characterNN/XXXX_YY", as the image of the drawing has it. Raises InputError where `source`
    cannot be read or holds no strokes.
    """
    with open_files(source) as files:
        names = [name for name in files.names if name.endswith(".txt")]
        if not names:
            raise InputError(f"{source} holds no stroke files (*.txt).")
        for name in names[::every]:
            yield "/".join(name.removesuffix(".txt").split("/")[-3:]), _parse(files.read(name), f"{source}: {name}")


def drawings_by_character(source: Path) -> dict[str, list[Drawing]]:
    """Each character's drawings in the order of their drawers, by the name that its images have in the data set."""
    characters: dict[str, list[Drawing]] = {}
    for name, drawing in read_strokes(source):
        characters.setdefault(name.rpartition("/")[0], []).append(drawing)
    return characters


def _parse(content: bytes, name: str) -> Drawing:
    """START, then a line "x,y,t" for each point and BREAK after each stroke; y is negative downwards."""
    try:
        text = content.decode("ascii")
        strokes = text[text.index("START") + len("START") :].split("BREAK")
        drawing = [
            np.array([point.split(",") for point in points], dtype=np.float32) * _UPRIGHT
            for stroke in strokes
            if (points := stroke.split())
        ]
    except ValueError as error:
        raise InputError(f"{name} is not a file of Omniglot's strokes ({error}).") from error
    return drawing
