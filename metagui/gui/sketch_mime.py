"""Drawings on their way: dragged from one place of the window to another, or on the clipboard."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData

from metagui.data.task import Sketch

MIME_TYPE = "application/x-metagui-drawings"  # an .npz without pickles: what other programs offer is never trusted


@dataclass(frozen=True, eq=False)
class Carried:
    """Drawings that are carried, and what is known of them. None of the sketches is empty."""

    sketches: tuple[Sketch, ...]
    name: str = ""  # of their class, where that is known
    more: tuple[Sketch, ...] = ()  # further examples of it: a class that is made of what is dropped takes them too


def mime_of(carried: Carried) -> QMimeData:
    arrays: dict[str, Any] = {"name": np.array(carried.name), "first": np.array(len(carried.sketches))}
    for number, sketch in enumerate((*carried.sketches, *carried.more)):
        arrays[f"{number}/origin"] = np.array(sketch.origin)
        arrays |= {f"{number}/stroke/{index}": stroke for index, stroke in enumerate(sketch.strokes)}
        if sketch.picture is not None:
            arrays[f"{number}/picture"] = sketch.picture
        if sketch.given is not None:
            arrays[f"{number}/given"] = sketch.given
    content = io.BytesIO()
    np.savez(content, **arrays)
    data = QMimeData()
    data.setData(MIME_TYPE, content.getvalue())
    return data


def carries_sketches(data: QMimeData) -> bool:
    return data.hasFormat(MIME_TYPE)


def carried_by(data: QMimeData) -> Carried | None:
    """The drawings that are carried; None where there are none, or none that this program has put there."""
    if not carries_sketches(data):
        return None
    try:
        with np.load(io.BytesIO(data.data(MIME_TYPE).data()), allow_pickle=False) as file:
            arrays = dict(file)
        numbers = sorted({int(key.partition("/")[0]) for key in arrays if "/" in key})
        sketches = [_sketch(arrays, number) for number in numbers]
        first, name = int(arrays["first"]), str(arrays["name"])
    except (AttributeError, EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile):
        return None
    sketches = [sketch for sketch in sketches if not sketch.is_empty]
    return Carried(tuple(sketches[:first]), name, tuple(sketches[first:])) if sketches else None


def _sketch(arrays: Mapping[str, NDArray[Any]], number: int) -> Sketch:
    count = sum(key.startswith(f"{number}/stroke/") for key in arrays)
    strokes = tuple(arrays[f"{number}/stroke/{index}"] for index in range(count))
    return Sketch(
        strokes, arrays.get(f"{number}/picture"), arrays.get(f"{number}/given"), str(arrays[f"{number}/origin"])
    )
