"""What people drew: Omniglot's own strokes, for a hand to draw again."""

from functools import cache
from pathlib import Path

from metagui.data.glyph import Drawing
from metagui.data.omniglot_strokes import read_strokes

CHARACTERS = ("Latin/character15", "Latin/character24", "Latin/character13")  # o, x and m


@cache
def drawings(archives: Path, characters: tuple[str, ...] = CHARACTERS) -> dict[str, list[Drawing]]:
    """Of each of these characters by several people."""
    found: dict[str, list[Drawing]] = {character: [] for character in characters}
    for name, drawing in read_strokes(archives / "strokes_background_small1.zip"):
        character = name.rpartition("/")[0]
        if character in found:
            found[character].append(drawing)
    return found
