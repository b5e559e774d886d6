"""A user's image files as sketches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.pictures import read_picture
from metagui.data.task import Sketch
from metagui.gui.settings import last_folder, remember_folder

_LONGEST_SIDE = 1024  # pixels kept of a photograph: ten times what becomes of it

_FILTER = "Images (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp);;All files (*)"


@dataclass(frozen=True, eq=False)
class LoadedPictures:
    """What came of some files: those that can be used, and what is wrong with the others."""

    class_name: str | None  # the class that they are for; None: the query
    sketches: tuple[Sketch, ...]
    problems: tuple[str, ...]


def load_pictures(paths: Sequence[Path], settings: GlyphSettings, class_name: str | None) -> Iterator[LoadedPictures]:
    """Yields once. A file that cannot be used keeps no other from being loaded."""
    sketches, problems = [], []
    for path in paths:
        try:
            sketch = Sketch(picture=reduced(read_picture(path)), origin=str(path))
            sketch.glyph(settings)  # where there is no ink, the file is refused here
            sketches.append(sketch)
        except InputError as error:
            problems.append(str(error))
    yield LoadedPictures(class_name, tuple(sketches), tuple(problems))


def reduced(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in a handy size: a photograph has more pixels than its sketch needs."""
    factor = -(-max(gray.shape) // _LONGEST_SIDE)
    return gray if factor == 1 else np.asarray(Image.fromarray(gray).reduce(factor))


def ask_for_pictures(parent: QWidget, title: str) -> list[Path]:
    """The image files that the user chooses; none where the dialog is cancelled."""
    files, _ = QFileDialog.getOpenFileNames(parent, title, last_folder("pictures"), _FILTER)
    if files:
        remember_folder("pictures", Path(files[0]))
    return [Path(file) for file in files]
