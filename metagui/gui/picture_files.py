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
from metagui.data.image_folder import class_files, files_in
from metagui.data.pictures import read_picture
from metagui.data.preparation import Preparation
from metagui.data.sheet import Sheet, read_sheet
from metagui.data.task import MOST, Sketch
from metagui.gui.settings import last_folder, remember_folder

_LONGEST_SIDE = 1024  # pixels kept of a photograph: ten times what becomes of it

MOST_PICTURES = 20  # of a class at once, or as queries: each is seen, and the network learns from all of them
_FILTER = "Images (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff *.webp);;All files (*)"


@dataclass(frozen=True, eq=False)
class LoadedPictures:
    """What came of some files: those that can be used, and what is wrong with the others."""

    class_name: str | None  # the class that they are for; None: the query
    sketches: tuple[Sketch, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LoadedClasses:
    """What came of a folder of classes: names and sketches, and what is wrong with the rest."""

    classes: tuple[tuple[str, tuple[Sketch, ...]], ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LoadedSheet:
    sheet: Sheet
    origin: str


def load_pictures(paths: Sequence[Path], settings: GlyphSettings, class_name: str | None) -> Iterator[LoadedPictures]:
    """Yields once. A file that cannot be used keeps no other from being loaded."""
    sketches, problems = _sketches(paths, settings)
    yield LoadedPictures(class_name, sketches, problems)


def load_classes(path: Path, settings: GlyphSettings) -> Iterator[Preparation | LoadedClasses]:
    """The classes of a folder, one for each sub-folder, after a report on each. Raises InputError where it has none."""
    files = class_files(path)
    names = list(files)[:MOST]
    problems = [f"{path.name} has {len(files)} classes: the first {MOST} were taken."] if len(files) > MOST else []
    classes = []
    for number, name in enumerate(names, 1):
        yield Preparation(number, len(names), f"Reading {path.name}")
        sketches, others = _sketches(files[name], settings)
        problems += others
        if sketches:
            classes.append((name, sketches))
        elif not others:
            problems.append(f"The folder {name} holds no images: it was left out.")
    yield LoadedClasses(tuple(classes), tuple(problems))


def load_sheet(path: Path) -> Iterator[LoadedSheet]:
    """Yields once. Raises InputError where the picture cannot be read, or shows no characters."""
    yield LoadedSheet(read_sheet(read_picture(path)), str(path))


def _sketches(paths: Sequence[Path], settings: GlyphSettings) -> tuple[tuple[Sketch, ...], tuple[str, ...]]:
    """The files, and those of folders, as sketches; and what is wrong with the others, or was too much."""
    sketches: list[Sketch] = []
    problems: list[str] = []
    for path in paths:
        try:
            files = files_in(path) if path.is_dir() else [path]
        except InputError as error:
            files, problems = [], [*problems, str(error)]
        for file in files:
            if len(sketches) == MOST_PICTURES:
                problems.append(
                    f"{file.parent.name}: the first {MOST_PICTURES} images were taken, the others left out."
                )
                return tuple(sketches), tuple(problems)
            try:
                sketch = Sketch(picture=reduced(read_picture(file)), origin=str(file))
                sketch.glyph(settings)  # where there is no ink, the file is refused here
                sketches.append(sketch)
            except InputError as error:
                problems.append(str(error))
    return tuple(sketches), tuple(problems)


def reduced(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in a handy size: a photograph has more pixels than its sketch needs."""
    factor = -(-max(gray.shape) // _LONGEST_SIDE)
    return gray if factor == 1 else np.asarray(Image.fromarray(gray).reduce(factor))


def ask_for_class_folder(parent: QWidget) -> Path | None:
    """The folder that the user chooses; None where the dialog is cancelled."""
    folder = QFileDialog.getExistingDirectory(parent, "Load a folder of classes", last_folder("classes"))
    if folder:
        remember_folder("classes", Path(folder))
    return Path(folder) if folder else None


def ask_for_sheet(parent: QWidget) -> Path | None:
    """The picture that the user chooses; None where the dialog is cancelled."""
    file, _ = QFileDialog.getOpenFileName(parent, "Cut a sheet of characters", last_folder("pictures"), _FILTER)
    if file:
        remember_folder("pictures", Path(file))
    return Path(file) if file else None


def ask_for_pictures(parent: QWidget, title: str) -> list[Path]:
    """The image files that the user chooses; none where the dialog is cancelled."""
    files, _ = QFileDialog.getOpenFileNames(parent, title, last_folder("pictures"), _FILTER)
    if files:
        remember_folder("pictures", Path(files[0]))
    return [Path(file) for file in files]
