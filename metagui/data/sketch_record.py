"""A sketch as a record of plain values, as JSON holds them."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from metagui.data.errors import InputError
from metagui.data.glyph import FRAME, SIDE, Stroke
from metagui.data.pictures import decode_picture
from metagui.data.task import Sketch

_MOST_POINTS = 100_000
_COLUMNS = (2, 3, 4)  # x and y; then time, then pressure


def record_of_sketch(sketch: Sketch) -> dict[str, Any]:
    """What JSON can hold: `strokes`, lists of points as `Sketch` has them; a `picture`, a PNG in Base64; or the `given`
    glyph.
    """
    if sketch.picture is not None:
        png = io.BytesIO()
        Image.fromarray(sketch.picture).save(png, "PNG")
        return {"picture": base64.b64encode(png.getvalue()).decode(), "origin": sketch.origin}
    if sketch.given is not None:
        return {"given": sketch.given[0].tolist(), "origin": sketch.origin}
    return {"strokes": [stroke.tolist() for stroke in sketch.strokes], "origin": sketch.origin}


def sketch_of_record(record: Any) -> Sketch:
    """The sketch of such a record, not empty. Raises InputError where it is none: it may come from anywhere."""
    try:
        origin = str(record["origin"])
        if "picture" in record:
            png = base64.b64decode(record["picture"], validate=True)
            return Sketch(picture=decode_picture(png, origin), origin=origin)
        if "given" in record:
            return Sketch(given=_numbers([record["given"]], 0, 1, (1, SIDE, SIDE)), origin=origin)
        if not record["strokes"]:
            raise ValueError("no strokes")
        return Sketch(tuple(_stroke(points) for points in record["strokes"]), origin=origin)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"This is no drawing that can be used: {str(error) or type(error).__name__}.") from error


def _stroke(points: Any) -> Stroke:
    if not 0 < len(points) <= _MOST_POINTS or len(points[0]) not in _COLUMNS:
        raise ValueError(f"a stroke of {len(points)} points")
    stroke = _numbers(points, -np.inf, np.inf, (len(points), len(points[0])))
    if np.abs(stroke[:, :2]).max() > 2 * FRAME:
        raise ValueError("a stroke far beside the paper")
    return stroke


def _numbers(values: Any, low: float, high: float, shape: tuple[int, ...]) -> Stroke:
    numbers = np.array(values, dtype=np.float32)
    if numbers.shape != shape or not np.isfinite(numbers).all() or numbers.min() < low or numbers.max() > high:
        raise ValueError("numbers that are missing or out of range")
    return numbers
