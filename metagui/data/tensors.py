"""Files of tensors, in the safetensors format."""

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from metagui.data.errors import InputError


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a file. InputError where it cannot be read, is cut short or of another kind.

    They are read and not mapped: a mapped file that another program cuts short ends the process, Windows lets nobody
    replace it, and safetensors maps none whose name is not Unicode.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    return parse_tensors(content, str(path))


def parse_tensors(content: bytes, name: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """`read_tensors` of a file's content; `name` is what messages call it."""
    try:
        tensors = load(content)
    except (SafetensorError, LookupError) as error:  # LookupError: of a kind of number that torch does not have
        raise InputError(f"{name} is cut short, damaged or of another kind ({error}).") from error
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return tensors, header.get("__metadata__", {})
