"""A few-shot task of a person's own: classes with their sketches, and the queries.

All of it is frozen, so that to undo a change is to show the task before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metagui.data.glyph import SIDE, GlyphSettings, Stroke, glyph_of_drawing
from metagui.data.pictures import glyph_of_picture

FEWEST, MOST = 2, 20  # classes
NONE_OF_THESE = -1  # in place of a class's index: a query of none of the task's classes
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, eq=False)
class Sketch:
    """One example: strokes, or a picture of a file (height, width) in place of them, or a data set's own glyph."""

    strokes: tuple[Stroke, ...] = ()
    picture: NDArray[np.uint8] | None = None
    given: NDArray[np.float32] | None = None  # (1, 28, 28)
    origin: str = "The picture"  # what messages call it
    is_active: bool = True  # the network learns from it; off, it stays to be seen
    _glyphs: dict[GlyphSettings, NDArray[np.float32]] = field(default_factory=dict, init=False, repr=False)

    @property
    def is_empty(self) -> bool:
        return not self.strokes and self.is_drawable

    @property
    def is_drawable(self) -> bool:
        """Strokes can be added: it is no picture."""
        return self.picture is None and self.given is None

    def with_stroke(self, stroke: Stroke) -> "Sketch":
        return self.with_strokes((*self.strokes, stroke))

    def with_strokes(self, strokes: tuple[Stroke, ...]) -> "Sketch":
        return replace(self, strokes=strokes)

    def glyph(self, settings: GlyphSettings) -> NDArray[np.float32]:
        """(1, 28, 28), made once for each of the settings. InputError where a picture holds no ink."""
        if self.given is not None:
            return self.given
        if settings not in self._glyphs:
            self._glyphs[settings] = (
                glyph_of_drawing(self.strokes, settings)
                if self.picture is None
                else glyph_of_picture(self.picture, settings, self.origin)
            )
        return self._glyphs[settings]


EMPTY = Sketch()


@dataclass(frozen=True, eq=False)
class DrawnClass:
    """A class: its name and its support. None of the sketches is empty."""

    name: str
    sketches: tuple[Sketch, ...] = ()

    @cached_property
    def active(self) -> tuple[Sketch, ...]:
        """Those that the network learns from."""
        return tuple(sketch for sketch in self.sketches if sketch.is_active)

    def toggled(self, index: int) -> "DrawnClass":
        """With the drawing at this place switched off, or on again."""
        sketch = self.sketches[index]
        return self.with_sketch(index, replace(sketch, is_active=not sketch.is_active))

    def with_sketch(self, index: int, sketch: Sketch) -> "DrawnClass":
        """`sketch` at place `index`, or after the last one; an empty sketch takes the one there away."""
        added = () if sketch.is_empty else (sketch,)
        return replace(self, sketches=(*self.sketches[:index], *added, *self.sketches[index + 1 :]))


@dataclass(frozen=True, eq=False)
class Query:
    """What is to be classified, and the index of its class where that is known: NONE_OF_THESE where it has none."""

    sketch: Sketch = EMPTY
    label: int | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """A few-shot task of the user's own."""

    classes: tuple[DrawnClass, ...] = tuple(DrawnClass(name) for name in _LETTERS[:3])
    queries: tuple[Query, ...] = ()  # none of them empty
    place: int = 0  # of the query on show; their number: a further one, which is still empty

    @property
    def query(self) -> Query:
        """The one on show."""
        return self.queries[self.place] if self.place < len(self.queries) else Query()

    @property
    def is_blank(self) -> bool:
        return not self.queries and not any(drawn.sketches for drawn in self.classes)

    @cached_property
    def drawn_rows(self) -> tuple[int, ...]:
        """Which classes have a drawing to learn from, and so take part."""
        return tuple(row for row, drawn in enumerate(self.classes) if drawn.active)

    def name_of(self, label: int) -> str:
        """What people read for a query's label: its class's name, or that it is of none of these."""
        return "None of these" if label == NONE_OF_THESE else self.classes[label].name

    def with_class(self, row: int, drawn: DrawnClass) -> "Task":
        return replace(self, classes=(*self.classes[:row], drawn, *self.classes[row + 1 :]))

    def with_class_count(self, count: int) -> "Task":
        """New classes come last, named by the next free letter; the last ones go."""
        classes = list(self.classes[:count])
        while len(classes) < count:
            names = {drawn.name for drawn in classes}
            classes.append(DrawnClass(next(letter for letter in _LETTERS if letter not in names)))
        return self._with_classes(classes, range(len(self.classes)))

    def without_class(self, row: int) -> "Task":
        kept = [index for index in range(len(self.classes)) if index != row]
        return self._with_classes([self.classes[index] for index in kept], kept)

    def with_query(self, query: Query) -> "Task":
        """`query` in place of the one on show; an empty one takes it away, and leaves room for a further one."""
        others = self.queries[: self.place], self.queries[self.place + 1 :]
        if query.sketch.is_empty:
            queries = (*others[0], *others[1])
            return replace(self, queries=queries, place=len(queries))
        return replace(self, queries=(*others[0], query, *others[1]))

    def with_further_queries(self, queries: Sequence[Query]) -> "Task":
        """The first of them on show."""
        return replace(self, queries=(*self.queries, *queries), place=len(self.queries))

    def showing(self, place: int) -> "Task":
        """With the query of this place on show."""
        return replace(self, place=place)

    def without_drawings(self) -> "Task":
        return Task(tuple(DrawnClass(drawn.name) for drawn in self.classes))

    def why_not_named(self, name: str, row: int | None = None) -> str | None:
        """What is wrong with `name` for class `row` (None: for a new one), or None."""
        if not name:
            return "A class needs a name."
        if any(drawn.name == name for index, drawn in enumerate(self.classes) if index != row):
            return "Another class has this name."
        return None

    def _with_classes(self, classes: Sequence[DrawnClass], kept: Sequence[int]) -> "Task":
        """`kept` says which row each class had; labels of a class that is gone become unknown."""
        rows = {old: new for new, old in enumerate(kept) if new < len(classes)} | {NONE_OF_THESE: NONE_OF_THESE}

        def moved(query: Query) -> Query:
            return replace(query, label=None if query.label is None else rows.get(query.label))

        return Task(tuple(classes), tuple(map(moved, self.queries)), self.place)


def support_arrays(task: Task, settings: GlyphSettings) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Glyphs (n, 1, 28, 28) and labels (n,) of the drawn classes, numbered in the order of `task.drawn_rows`."""
    labelled = [
        (sketch.glyph(settings), label)
        for label, row in enumerate(task.drawn_rows)
        for sketch in task.classes[row].active
    ]
    images = np.array([glyph for glyph, _ in labelled], dtype=np.float32).reshape(-1, 1, SIDE, SIDE)
    return images, np.array([label for _, label in labelled], dtype=np.int64)


def query_arrays(task: Task, settings: GlyphSettings) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The queries (n, 1, 28, 28), and their labels (n,), −1 where they are unknown or of no class that takes part."""
    numbers = {row: number for number, row in enumerate(task.drawn_rows)}
    labels = [-1 if query.label is None else numbers.get(query.label, -1) for query in task.queries]
    images = np.array([query.sketch.glyph(settings) for query in task.queries], dtype=np.float32)
    return images.reshape(-1, 1, SIDE, SIDE), np.array(labels, dtype=np.int64)
