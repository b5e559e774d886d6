"""The data sets by the names that a configuration or a command line gives them."""

from collections.abc import Generator
from pathlib import Path

from metagui.data.characters import SPLIT_SEED, CharacterSet, Split, split
from metagui.data.image_folder import load_image_folder
from metagui.data.omniglot import BACKGROUND_CHARACTERS, load_omniglot
from metagui.data.preparation import Preparation
from metagui.data.strokes import load_strokes

OMNIGLOT, STROKES = "omniglot", "strokes"


def load_data(name: str) -> Generator[Preparation, None, CharacterSet]:
    """The characters of "omniglot", "strokes" or a folder of images, with reports of what takes a while.

    InputError where Omniglot has not been imported, or the folder cannot be used.
    """
    if name == OMNIGLOT:
        return load_omniglot()
    if name == STROKES:
        return (yield from load_strokes())
    return load_image_folder(Path(name))


def load_split(name: str, split_name: str, seed: int = SPLIT_SEED) -> Generator[Preparation, None, Split]:
    """The parts of a data set. InputError as `load_data` and `split` have it."""
    characters = yield from load_data(name)
    return split(characters, split_name, seed, BACKGROUND_CHARACTERS if name == OMNIGLOT else None)
