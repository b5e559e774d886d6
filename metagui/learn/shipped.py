"""The checkpoints that come with the program, known by their cards: a network's file is read when it is asked for."""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

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


def _card(path: Path) -> Card:
    told = json.loads(path.read_text(encoding="utf-8"))
    return Card(told["name"], told["title"], path.with_suffix(".safetensors"))
