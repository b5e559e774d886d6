"""The checkpoints that come with the program, known by their cards: a network's file is read when it is asked for."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from metagui.data.errors import InputError
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.fingerprint import fingerprint

DEFAULT = "maml-any"


@dataclass(frozen=True)
class Card:
    """What a card says of a shipped checkpoint."""

    name: str
    title: str  # what it is, in a few words
    path: Path  # of the checkpoint


def shipped() -> list[Card]:
    """All of them, the default first and the others by name."""
    folder = Path(str(files("metagui.resources") / "checkpoints"))
    cards = [_card(path) for path in folder.glob("*.json")]
    return sorted(cards, key=lambda card: (card.name != DEFAULT, card.name))


def shipped_as(known: str) -> Card | None:
    """The card of the one that has this fingerprint."""
    return next((card for card in shipped() if _fingerprint(card.path) == known), None)


@cache
def _fingerprint(path: Path) -> str | None:
    """None where the file cannot be read: nothing is this checkpoint then."""
    try:
        return fingerprint(load_checkpoint(path))
    except InputError:
        return None


def _card(path: Path) -> Card:
    told = json.loads(path.read_text(encoding="utf-8"))
    return Card(told["name"], told["title"], path.with_suffix(".safetensors"))
