"""Episodes of characters that no network of the default split was trained on, to fill the adaptation panel with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metagui.data.characters import CharacterSet, split
from metagui.data.errors import InputError
from metagui.data.omniglot import load_omniglot
from metagui.data.preparation import Preparation
from metagui.data.strokes import load_strokes

OMNIGLOT, STROKES = "omniglot", "strokes"

Glyph = NDArray[np.float32]  # (1, 28, 28)


@dataclass(frozen=True, eq=False)
class FilledEpisode:
    """A task of a data set's glyphs: for each class a name and its support; queries with their class's index."""

    names: tuple[str, ...]
    support: tuple[tuple[Glyph, ...], ...]
    queries: tuple[tuple[Glyph, int], ...]


class EpisodeSource:
    """Draws test episodes; loads a data set when it is first asked for. To be called in one thread at a time."""

    def __init__(self, seed: int | None = None) -> None:
        self._rng = np.random.default_rng(seed)
        self._loaded: dict[str, CharacterSet] = {}

    def __call__(self, name: str, way: int, shot: int) -> Iterator[Preparation | FilledEpisode]:
        """Reports on preparing the data set, where there is anything to prepare, and last the episode.

        InputError where the data set has not been imported, or is too small.
        """
        if name not in self._loaded:
            characters = load_omniglot() if name == OMNIGLOT else (yield from load_strokes())
            self._loaded[name] = split(characters, "1028").test
        yield sample_episode(self._loaded[name], way, shot, self._rng)


def sample_episode(characters: CharacterSet, way: int, shot: int, rng: np.random.Generator) -> FilledEpisode:
    """`way` random characters with `shot` support images and one query each. InputError where there are too few."""
    enough = np.flatnonzero(characters.counts.numpy() > shot)
    if len(enough) < way:
        raise InputError(f"This data set has {len(enough)} characters with more than {shot} images: {way} are needed.")
    chosen = rng.permutation(enough)[:way].tolist()
    drawn = [_glyphs(characters, character, shot + 1, rng) for character in chosen]
    return FilledEpisode(
        names=_short_names([characters.names[character] for character in chosen]),
        support=tuple(tuple(glyphs[:shot]) for glyphs in drawn),
        queries=tuple((drawn[label][shot], label) for label in rng.permutation(way).tolist()),
    )


def _glyphs(characters: CharacterSet, character: int, number: int, rng: np.random.Generator) -> list[Glyph]:
    images = characters.images_of(character).numpy()
    return [images[index][None].astype(np.float32) / 255 for index in rng.permutation(len(images))[:number]]


def _short_names(names: Sequence[str]) -> tuple[str, ...]:
    """ "Korean/character07" is shown as "Korean 7"; names stay distinct."""
    short = []
    for name in names:
        alphabet, _, character = name.rpartition("/")
        number = character.removeprefix("character").lstrip("0") or character
        alphabet = alphabet.replace("_", " ")
        short.append(f"{alphabet[:1].upper()}{alphabet[1:]} {number}".strip())
    return tuple(short if len(set(short)) == len(short) else names)
