"""A task's drawings for other programs, and for this one on another day: as folders of pictures, or as arrays."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from metagui.data.glyph import FRAME, GlyphSettings, fit, rasterise
from metagui.data.task import NONE_OF_THESE, Query, Sketch, Task, query_arrays, support_arrays

SUPPORT, QUERIES, SWITCHED_OFF = "support", "queries", "switched off"
NONE_LABEL = -2  # of a query of none of the classes, in arrays; −1 is that of an unknown one

_LONGEST = 60  # letters of a folder's name: at most 240 bytes, of the 255 that systems allow
_FORBIDDEN = '<>:"/\\|?*'  # on Windows, and some of them anywhere
_RESERVED = {"con", "prn", "aux", "nul", "thumbs.db", "desktop.ini"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}


def drawing_pictures(task: Task, settings: GlyphSettings) -> dict[str, bytes]:
    """PNG files by their path: support/CLASS/01.png, queries/01.png, and what is switched off in a folder of its own.

    Strokes are black on white in the frame of 105×105 pixels, brought to the usual size and place where the settings
    say so; pictures are as they were loaded. “support” is a folder of classes as this program reads them: classes.csv
    says which name each folder stands for, and queries.csv which class each query is of, where that is known.
    """
    folders = folder_names([drawn.name for drawn in task.classes])
    found: dict[str, bytes] = {}
    for drawn, folder in zip(task.classes, folders, strict=True):
        off = [sketch for sketch in drawn.sketches if not sketch.is_active]
        for place, sketches in ((SUPPORT, drawn.active), (SWITCHED_OFF, off)):
            found |= {f"{place}/{folder}/{name}": file for name, file in _pictures(sketches, settings)}
    queries = list(_pictures([query.sketch for query in task.queries], settings))
    found |= {f"{QUERIES}/{name}": file for name, file in queries}
    names = [(folder, drawn.name) for folder, drawn in zip(folders, task.classes, strict=True)]
    found["classes.csv"] = _table([("folder", "class"), *names])
    if queries:
        labels = [_label(task, query) for query in task.queries]
        files = [f"{QUERIES}/{name}" for name, _ in queries]
        found["queries.csv"] = _table([("file", "class"), *zip(files, labels, strict=True)])
    return found


def drawing_arrays(task: Task, settings: GlyphSettings) -> bytes:
    """A NumPy archive (.npz) of what the network sees, which loads without pickle.

    `support` (n, 1, 28, 28) float32 with `labels` (n,) int64, `query` (m, 1, 28, 28) with `query_labels` (m,), −1 where
    unknown and −2 where a query is of none of the classes, and `names`, of the classes in the labels' order. Classes
    without a drawing, and drawings that are switched off, have no part. InputError where a picture holds no ink.
    """
    support, labels = support_arrays(task, settings)
    query, query_labels = query_arrays(task, settings)
    query_labels[[query.label == NONE_OF_THESE for query in task.queries]] = NONE_LABEL
    names = np.array([task.classes[row].name for row in task.drawn_rows], dtype=np.str_)
    content = io.BytesIO()
    np.savez_compressed(
        content, support=support, labels=labels, query=query, query_labels=query_labels, names=names, allow_pickle=False
    )
    return content.getvalue()


def folder_names(names: Sequence[str]) -> list[str]:
    """A folder for each class, that any system can have beside the others and that is read as a class again."""
    folders: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = _plain(name)
        number, folder = 1, plain
        while folder.casefold() in taken:
            number += 1
            folder = f"{plain} ({number})"
        taken.add(folder.casefold())
        folders.append(folder)
    return folders


def _plain(name: str) -> str:
    letters = (
        "_" if letter in _FORBIDDEN or unicodedata.category(letter).startswith("C") else letter
        for letter in unicodedata.normalize("NFC", name)
    )
    plain = " ".join("".join(letters).split())[:_LONGEST].strip(" .")
    return f"_{plain}" if not plain or plain.casefold().partition(".")[0] in _RESERVED else plain


def _pictures(sketches: Sequence[Sketch], settings: GlyphSettings) -> Iterable[tuple[str, bytes]]:
    digits = max(2, len(str(len(sketches))))
    for number, sketch in enumerate(sketches, 1):
        content = io.BytesIO()
        Image.fromarray(_gray(sketch, settings)).save(content, "PNG")
        yield f"{number:0{digits}}.png", content.getvalue()


def _gray(sketch: Sketch, settings: GlyphSettings) -> NDArray[np.uint8]:
    """Ink on white paper."""
    if sketch.picture is not None:
        return sketch.picture
    if sketch.given is not None:
        levels = 255 - np.rint(sketch.given[0] * 255).clip(0, 255).astype(np.uint8)
        return np.asarray(Image.fromarray(levels).resize((FRAME, FRAME), Image.Resampling.LANCZOS))
    ink = rasterise(fit(sketch.strokes) if settings.fitted else sketch.strokes)
    return np.where(ink, 0, 255).astype(np.uint8)


def _label(task: Task, query: Query) -> str:
    return "" if query.label is None else task.name_of(query.label)


def _table(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
