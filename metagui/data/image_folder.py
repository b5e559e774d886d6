"""The user's own characters: a folder with one sub-folder of images for each class."""

import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.data.glyph import DEFAULT_SETTINGS, GlyphSettings
from metagui.data.pictures import glyph_of_file

LEAST_IMAGES = 2  # of a class in a data set: one to adapt on and one to be judged on
_SYSTEM_FILES = ("thumbs.db", "desktop.ini")  # hidden on Windows by an attribute, not by their name


def load_image_folder(path: Path, settings: GlyphSettings = DEFAULT_SETTINGS) -> CharacterSet:
    """The classes of an image folder as a data set.

    Raises InputError as `read_classes` does, and where a class has fewer than 2 images.
    """
    classes = read_classes(path, settings, LEAST_IMAGES)
    images = np.rint(np.concatenate([glyphs[:, 0] for glyphs in classes.values()]) * 255).astype(np.uint8)
    counts = [len(glyphs) for glyphs in classes.values()]
    return CharacterSet(torch.from_numpy(images), torch.tensor(counts), tuple(classes))


def read_classes(
    path: Path, settings: GlyphSettings = DEFAULT_SETTINGS, least: int = 1
) -> dict[str, NDArray[np.float32]]:
    """The glyphs, (images, 1, 28, 28), of each class, all sorted by name; a class is named as its sub-folder.

    Raises InputError where there is no such folder or it has no sub-folders, where a class has fewer than `least`
    images or the name of another but for capitals and spaces, and where an image cannot be read.
    """
    classes = class_files(path)
    for name, files in classes.items():
        if len(files) < least:
            raise InputError(
                f"The class {name!r} in {path} has too few images, {len(files)}; each class is a folder that holds at "
                f"least {least}: add images, or take the folder out."
            )
    return {name: np.stack([glyph_of_file(file, settings) for file in files]) for name, files in classes.items()}


def class_files(path: Path) -> dict[str, list[Path]]:
    """The image files of each class, both sorted by name. Raises InputError as `read_classes` does of folders."""
    return {_name(folder): files_in(folder) for folder in _classes(path)}


def files_in(folder: Path) -> list[Path]:
    """The files in a folder, sorted, without what a system hides. Raises InputError where there is no such folder."""
    return _visible(folder, Path.is_file)


def is_class_tree(path: Path) -> bool:
    """Whether it is a folder that has sub-folders."""
    try:
        return path.is_dir() and bool(_visible(path, Path.is_dir))
    except (InputError, OSError):
        return False


def _classes(path: Path) -> list[Path]:
    """The sub-folders, sorted; InputError where there are none, or two that a reader would take for one."""
    folders = _visible(path, Path.is_dir)
    if not folders:
        raise InputError(f"{path} has no sub-folders: make one for each class, with that class's images in it.")
    seen: dict[str, Path] = {}
    for folder in folders:
        other = seen.setdefault(_name(folder).casefold(), folder)
        if other is not folder:
            raise InputError(f"{path} has two classes of one name, {other.name!r} and {folder.name!r}: rename one.")
    return folders


def _visible(folder: Path, wanted: Callable[[Path], bool]) -> list[Path]:
    """What is in the folder, sorted, without what a system hides; InputError where there is no such folder."""
    try:
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}.")
        entries = [entry for entry in sorted(folder.iterdir()) if wanted(entry)]
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror or error}.") from error
    return [entry for entry in entries if not entry.name.startswith(".") and entry.name.lower() not in _SYSTEM_FILES]


def _name(folder: Path) -> str:
    return " ".join(unicodedata.normalize("NFC", folder.name).split())
