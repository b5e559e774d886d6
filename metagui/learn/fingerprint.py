"""A checkpoint's name that no file and no folder changes: a hash of what decides its answers."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

import torch

from metagui.data.glyph import GlyphSettings
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig


def fingerprint(checkpoint: Checkpoint) -> str:
    """SHA-256, in hex, of the weights and of the configuration.

    What is hashed: a line of JSON (sorted keys, no spaces, ASCII) of the number of training `characters` and of those
    fields of the `config` and the glyph `settings` that are not at their defaults, so that a later version with
    further fields finds the same; then for each tensor of the network's state, by name, a line "name type sizes" and
    its numbers, little-endian in the order of its axes. Figures, iterations and the optimizer's state have no part.
    """
    told = {
        "characters": checkpoint.characters,
        "config": _beside_defaults(checkpoint.config, TrainingConfig()),
        "settings": _beside_defaults(checkpoint.settings, GlyphSettings()),
    }
    digest = hashlib.sha256(f"{json.dumps(told, sort_keys=True, separators=(',', ':'))}\n".encode())
    for name in sorted(checkpoint.weights):
        tensor = checkpoint.weights[name].detach().cpu()
        kind, sizes = str(tensor.dtype).removeprefix("torch."), "×".join(map(str, tensor.shape))
        digest.update(f"{name} {kind} {sizes}\n".encode())
        digest.update(tensor.reshape(-1).contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _beside_defaults(values: Any, defaults: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from those of another."""
    told, usual = asdict(values), asdict(defaults)
    return {name: value for name, value in told.items() if value != usual[name]}
