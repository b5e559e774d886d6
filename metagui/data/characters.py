"""Sets of characters, each with several images, and their splits into training, validation and test."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from metagui.data.errors import InputError
from metagui.data.files import write_atomically
from metagui.data.tensors import read_tensors

SPLIT_SEED = 1623  # which characters fall in which part; figures are comparable only under one seed
SPLITS = ("1028", "1200", "lake")


@dataclass(frozen=True)
class CharacterSet:
    """Characters (the classes of few-shot tasks) with their images in one tensor.

    Shapes: `images` (all images, 28, 28) uint8 with ink 255, those of a character side by side; `counts` (characters,)
    int64, how many images each has; `names` one a character, "alphabet/character" where there are alphabets.
    """

    images: Tensor
    counts: Tensor
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def starts(self) -> Tensor:
        """(characters,) int64: where in `images` each character's images begin."""
        return self.counts.cumsum(0) - self.counts

    def images_of(self, character: int) -> Tensor:
        """(images of the character, 28, 28) uint8."""
        start = int(self.starts[character])
        return self.images[start : start + int(self.counts[character])]

    def select(self, characters: Sequence[int]) -> "CharacterSet":
        """The characters of these indices, in their order."""
        starts, counts = self.starts.tolist(), self.counts.tolist()
        chosen = [self.images[starts[character] : starts[character] + counts[character]] for character in characters]
        return CharacterSet(
            torch.cat(chosen) if chosen else self.images[:0],
            self.counts[list(characters)],
            tuple(self.names[character] for character in characters),
        )


@dataclass(frozen=True)
class Split:
    """Parts without a common character. A split of two parts has an empty `validation`."""

    train: CharacterSet
    validation: CharacterSet
    test: CharacterSet

    def part(self, name: str) -> CharacterSet:
        """The part of this name; InputError where the split has none."""
        part: CharacterSet = getattr(self, name)
        if not len(part):
            raise InputError(f"This split has no {name} characters: use --split 1028, or another part.")
        return part


def with_rotations(characters: CharacterSet) -> CharacterSet:
    """Four times the characters: each rotated by 0°, 90°, 180° and 270° is simply another class (training only)."""
    turns = range(4)
    return CharacterSet(
        torch.cat([torch.rot90(characters.images, turn, (1, 2)) for turn in turns]),
        characters.counts.repeat(len(turns)),
        tuple(f"{name} at {90 * turn}°" if turn else name for turn in turns for name in characters.names),
    )


def split(characters: CharacterSet, name: str, seed: int = SPLIT_SEED, background: int | None = None) -> Split:
    """Divide `characters` by the split called `name`.

    "1028": 1028/172/423 of Omniglot's 1623 characters, at random by `seed`; "1200": the same with validation joined to
    training, so that the test characters are the same; "lake": the first `background` characters train, the others
    test. Another number of characters is divided in the same proportions, with at least one to each part.
    """
    if name not in SPLITS:
        raise InputError(f"There is no split {name!r}: choose one of {', '.join(SPLITS)}.")
    total = len(characters)
    if name == "lake":
        if background is None:
            raise InputError("The lake split divides Omniglot's own alphabets: choose the split 1028 or 1200 here.")
        return Split(
            characters.select(range(background)), characters.select([]), characters.select(range(background, total))
        )
    if total < 3:
        raise InputError(
            f"{total} characters cannot be split into training, validation and test: at least 3 are needed."
        )
    order = np.random.default_rng(seed).permutation(total).tolist()
    test = max(1, round(total * 423 / 1623))
    validation = max(1, round(total * 172 / 1623))
    train = total - test - validation
    parts = order[:train], order[train : train + validation], order[train + validation :]
    if name == "1200":
        parts = parts[0] + parts[1], [], parts[2]
    return Split(*(characters.select(sorted(part)) for part in parts))


def save_characters(path: Path, characters: CharacterSet) -> None:
    """Write the set as one safetensors file, whole or not at all."""
    tensors = {"images": characters.images.contiguous(), "counts": characters.counts}
    write_atomically(path, save(tensors, {"names": "\n".join(characters.names)}))


def load_characters(path: Path) -> CharacterSet:
    """Read what `save_characters` wrote; InputError where the file is damaged."""
    tensors, metadata = read_tensors(path)
    try:
        return CharacterSet(tensors["images"], tensors["counts"], tuple(metadata["names"].split("\n")))
    except KeyError as error:
        raise InputError(f"{path} is no set of characters: it has no {error}.") from error
