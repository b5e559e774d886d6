"""The stroke that a pointer is drawing, or what it is rubbing out, until it is lifted."""

import operator
from time import perf_counter

import numpy as np

from metagui.data.erasing import erase
from metagui.data.glyph import Stroke
from metagui.data.task import EMPTY, Sketch

_Point = tuple[float, float, float, float]  # x and y in frame pixels, ms since the drawing's first point, pressure


class StrokeInWork:
    """Begin one, extend it, take `sketch`, and drop it."""

    def __init__(self) -> None:
        self._before = self._rubbed = EMPTY
        self._drawn: Sketch | None = None
        self._points: list[_Point] = []
        self._began: float | None = None  # when the clock of the drawing was at 0, in s
        self.rubs = False

    def __bool__(self) -> bool:
        return bool(self._points)

    @property
    def has_moved(self) -> bool:
        return len(self._points) > 1

    @property
    def stroke(self) -> Stroke:
        """(points, 4) of what is being drawn, no points while nothing is."""
        drawn = [] if self.rubs else self._points
        return np.array(drawn, dtype=np.float32).reshape(-1, 4)

    @property
    def sketch(self) -> Sketch:
        """The sketch with the stroke, or without what has been rubbed out; itself where nothing has."""
        if self.rubs:
            return self._rubbed
        if self._drawn is None:  # the same until it grows, and so its glyph is made once
            self._drawn = self._before.with_stroke(self.stroke)
        return self._drawn

    def begin(self, sketch: Sketch, place: tuple[float, float], pressure: float) -> None:
        """Draw on this sketch from (x, y) on."""
        if self._began is None:
            times = [float(stroke[-1, 2]) for stroke in sketch.strokes[-1:] if stroke.shape[1] > 2]
            self._began = perf_counter() - (times[0] / 1000 if times else 0.0)
        self._start(sketch, place, pressure, rubs=False)

    def begin_rubbing(self, sketch: Sketch, place: tuple[float, float], at_once: bool) -> None:
        """Rub out from (x, y) on; `at_once`, or when the pointer moves."""
        self._start(sketch, place, 1.0, rubs=True)
        if at_once:
            self._rub()

    def extend(self, place: tuple[float, float], pressure: float) -> bool:
        """Go on to (x, y); whether that is another place."""
        if not self._points or place == self._points[-1][:2]:
            return False
        self._points.append(self._point(place, pressure))
        self._drawn = None
        if self.rubs:
            self._rub()
        return True

    def drop(self) -> None:
        self._points = []
        self.rubs = False

    def reset_clock(self) -> None:
        """The next stroke is the first of a drawing, or goes on with one of an earlier time."""
        self._began = None

    def _start(self, sketch: Sketch, place: tuple[float, float], pressure: float, rubs: bool) -> None:
        self._before = self._rubbed = sketch
        self._drawn = None
        self.rubs = rubs
        self._points = [self._point(place, pressure)]

    def _point(self, place: tuple[float, float], pressure: float) -> _Point:
        return *place, 0.0 if self._began is None else 1000 * (perf_counter() - self._began), pressure

    def _rub(self) -> None:
        left = self._rubbed.strokes
        strokes = erase(left, np.array(self._points[-2:], np.float64)[:, :2])
        if len(strokes) != len(left) or not all(map(operator.is_, strokes, left)):
            self._rubbed = self._rubbed.with_strokes(strokes)
