"""A data set as a library of handwriting: its alphabets, and its characters by several people each."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metagui.data.characters import CharacterSet
from metagui.data.omniglot import load_omniglot
from metagui.data.preparation import Preparation
from metagui.data.sources import OMNIGLOT, STROKES
from metagui.data.strokes import load_strokes
from metagui.data.task import Sketch, Task

SOURCES = {OMNIGLOT: "Omniglot", STROKES: "Invented"}  # and how people call their alphabets
_INVENTED = 25  # procedural characters in an alphabet: they belong to none by nature


@dataclass(frozen=True)
class Entry:
    """A character of the library."""

    index: int  # in the set
    alphabet: str  # as people read it: "Japanese (hiragana)"
    number: int  # in its alphabet, from 1

    @property
    def title(self) -> str:
        return f"{self.alphabet} {self.number}"

    def matches(self, words: str) -> bool:
        """Every word is a part of the alphabet's name, or the number."""
        name = self.alphabet.casefold()
        return all(word == str(self.number) or word in name for word in words.casefold().split())


@dataclass(frozen=True, eq=False)
class Reference:
    """The characters of a data set with names for people. The images of each are in the order of their drawers."""

    source: str
    characters: CharacterSet

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All characters, by alphabet and number."""
        name = _invented if self.source == STROKES else _written
        named = (name(index, character) for index, character in enumerate(self.characters.names))
        return tuple(sorted(named, key=lambda entry: (entry.alphabet.casefold(), entry.number)))

    @cached_property
    def alphabets(self) -> dict[str, tuple[Entry, ...]]:
        """The characters of each alphabet, in the order of its name."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.alphabet, []).append(entry)
        return {alphabet: tuple(entries) for alphabet, entries in found.items()}

    def glyphs(self, entry: Entry) -> NDArray[np.float32]:
        """(drawers, 1, 28, 28): a character by each of its drawers."""
        images: NDArray[np.float32] = self.characters.images_of(entry.index).numpy()[:, None].astype(np.float32)
        return images / np.float32(255)

    def sketches(self, entry: Entry, number: int, task: Task) -> tuple[Sketch, ...]:
        """A character by its first `number` drawers whose drawing is not in the task yet; fewer where there are."""
        present = [sketch for drawn in task.classes for sketch in drawn.sketches]
        present += [query.sketch for query in task.queries]
        known = {sketch.given.tobytes() for sketch in present if sketch.given is not None}
        unused = [glyph for glyph in self.glyphs(entry) if glyph.tobytes() not in known]
        return tuple(Sketch(given=glyph, origin=entry.title) for glyph in unused[:number])


class References:
    """The data sets by their names, each loaded when it is first asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Reference] = {}

    def load(self, source: str) -> Generator[Preparation, None, Reference]:
        """Reports on what takes a while. InputError where Omniglot has not been imported.

        Two threads may ask at once: both then load, and nobody has half of a set.
        """
        if source not in self._loaded:
            characters = load_omniglot() if source == OMNIGLOT else (yield from load_strokes())
            self._loaded[source] = Reference(source, characters)
        return self._loaded[source]


def _written(index: int, name: str) -> Entry:
    """Of "Japanese_(hiragana)/character07"."""
    alphabet, _, character = name.rpartition("/")
    alphabet = alphabet.replace("_", " ")
    digits = re.search(r"\d+$", character)
    return Entry(index, f"{alphabet[:1].upper()}{alphabet[1:]}", int(digits[0]) if digits else index + 1)


def _invented(index: int, name: str) -> Entry:
    return Entry(index, f"Invented {chr(ord('A') + index // _INVENTED)}", index % _INVENTED + 1)
