"""A task as JSON and PNG, without loss: strokes and labels to the bit, pictures and glyphs to the pixel."""

import io
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from metagui.data.errors import InputError
from metagui.data.glyph import SIDE, Stroke
from metagui.data.pictures import decode_picture
from metagui.data.task import FEWEST, MOST, NONE_OF_THESE, DrawnClass, Query, Sketch, Task

MOST_PIXELS = 2**28  # of all pictures together
MOST_DRAWINGS = 20_000
_LONGEST_NAME = 32_767  # what fits into a line to edit
_FARTHEST = 10_000.0  # in frame pixels: nothing that is drawn comes near
# What the parts of an untrusted description do when they are not what they should be.
FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

# A picture is written again with each autosave, and takes longer than all else: 50 ms for a photograph.
_WRITTEN: WeakKeyDictionary[Sketch, bytes] = WeakKeyDictionary()

T = TypeVar("T")


def pack_task(task: Task) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What JSON can hold, and the PNG files that it names.

    A drawing is {"strokes": [[[x, y, …], …], …]}, {"picture": name} or {"glyph": name}, or where the glyph's values
    are not all k/255, as a data set's are, {"glyph": [its 784 values]}; with its "origin" and whether it is "active".
    InputError where the task is larger than `unpack_task` reads.
    """
    files: dict[str, bytes] = {}
    classes = [
        {"name": drawn.name, "drawings": [_packed(sketch, files) for sketch in drawn.sketches]}
        for drawn in task.classes
    ]
    queries = [{"drawing": _packed(query.sketch, files), "label": query.label} for query in task.queries]
    sketches = [query.sketch for query in task.queries]
    sketches += [sketch for drawn in task.classes for sketch in drawn.sketches]
    pixels = sum(sketch.picture.size for sketch in sketches if sketch.picture is not None)
    if pixels > MOST_PIXELS or len(sketches) > MOST_DRAWINGS:
        raise InputError(
            f"There is more here than one session holds ({MOST_DRAWINGS} drawings, {MOST_PIXELS >> 20} million pixels "
            "of pictures): remove some of the drawings."
        )
    return {"classes": classes, "queries": queries, "query_on_show": task.place}, files


def unpack_task(told: dict[str, Any], read: Callable[[str], bytes]) -> Task:
    """What `pack_task` made; `read` gives a file's content by its name.

    Nothing is believed. InputError where a picture is damaged or there is too much of anything, one of `FAULTS` where
    the description is of another form.
    """
    reader = _Reader(read)
    classes = tuple(
        DrawnClass(_name(drawn["name"]), tuple(map(reader.sketch, of_type(drawn["drawings"], list))))
        for drawn in of_type(told["classes"], list)
    )
    queries = tuple(
        Query(reader.sketch(query["drawing"]), _label(query["label"], len(classes)))
        for query in of_type(told["queries"], list)
    )
    place = of_type(told["query_on_show"], int)
    names = {drawn.name for drawn in classes}
    if not FEWEST <= len(classes) <= MOST or len(names) < len(classes) or not 0 <= place <= len(queries):
        raise ValueError("its classes or the query on show")
    return Task(classes, queries, place)


def of_type(value: Any, kind: type[T]) -> T:
    """`value`, as one of exactly this type; else TypeError."""
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


def _packed(sketch: Sketch, files: dict[str, bytes]) -> dict[str, Any]:
    told: dict[str, Any] = {"origin": sketch.origin, "active": sketch.is_active}
    if sketch.given is not None:
        levels = np.rint(sketch.given[0] * 255).clip(0, 255).astype(np.uint8)
        if np.array_equal(_from_levels(levels), sketch.given):
            return told | {"glyph": _added(_as_png(levels), "glyphs", files)}
        return told | {"glyph": sketch.given.ravel().tolist()}
    if sketch.picture is not None:
        png = _WRITTEN.get(sketch) or _WRITTEN.setdefault(sketch, _as_png(sketch.picture))
        return told | {"picture": _added(png, "pictures", files)}
    return told | {"strokes": [stroke.tolist() for stroke in sketch.strokes]}


def _added(png: bytes, folder: str, files: dict[str, bytes]) -> str:
    """Its name among the files."""
    name = f"{folder}/{len(files) + 1}.png"
    files[name] = png
    return name


def _as_png(gray: NDArray[np.uint8]) -> bytes:
    content = io.BytesIO()
    Image.fromarray(gray).save(content, "PNG", compress_level=1)  # a photograph gains little by more, which takes long
    return content.getvalue()


def _from_levels(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """As the data sets' images become glyphs."""
    return levels[None].astype(np.float32) / np.float32(255)


class _Reader:
    """Makes sketches of their descriptions, no more than can be held."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._pixels = self._drawings = 0

    def sketch(self, told: dict[str, Any]) -> Sketch:
        self._drawings += 1
        if self._drawings > MOST_DRAWINGS:
            raise InputError(f"There are more than {MOST_DRAWINGS} drawings.")
        origin, is_active = of_type(told["origin"], str), of_type(told["active"], bool)
        if "glyph" in told:
            return Sketch(given=self._glyph(told["glyph"]), origin=origin, is_active=is_active)
        if "picture" in told:
            return Sketch(picture=self._picture(told["picture"]), origin=origin, is_active=is_active)
        strokes = tuple(map(_stroke, of_type(told["strokes"], list)))
        if not strokes:
            raise ValueError("a drawing without a stroke")
        return Sketch(strokes, origin=origin, is_active=is_active)

    def _glyph(self, told: Any) -> NDArray[np.float32]:
        glyph = _from_levels(self._picture(told)) if type(told) is str else _numbers(told).reshape(1, SIDE, SIDE)
        if glyph.shape != (1, SIDE, SIDE):
            raise ValueError("a glyph of another size")
        return glyph

    def _picture(self, name: Any) -> NDArray[np.uint8]:
        gray = decode_picture(self._read(of_type(name, str)), name)
        self._pixels += gray.size
        if self._pixels > MOST_PIXELS:
            raise InputError(f"Its pictures have more than {MOST_PIXELS >> 20} million pixels together.")
        return gray


def _stroke(told: Any) -> Stroke:
    stroke = _numbers(told)
    if stroke.ndim != 2 or len(stroke) == 0 or stroke.shape[1] < 2 or np.abs(stroke[:, :2]).max() > _FARTHEST:
        raise ValueError("a stroke")
    return stroke


def _numbers(told: Any) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large becomes infinite
        numbers = np.array(of_type(told, list), dtype=np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError("a number that is not finite")
    return numbers


def _name(told: Any) -> str:
    name = of_type(told, str)
    if not 0 < len(name) <= _LONGEST_NAME:
        raise ValueError("a class's name")
    return name


def _label(told: Any, classes: int) -> int | None:
    if told is None:
        return None
    label = of_type(told, int)
    if not NONE_OF_THESE <= label < classes:
        raise ValueError("a label")
    return label
