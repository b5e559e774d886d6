"""Drawings that are brought into a task: as examples of a class, as a class of their own, or as queries."""

from collections.abc import Sequence
from dataclasses import replace

from metagui.data.errors import InputError
from metagui.data.task import EMPTY, FEWEST, MOST, DrawnClass, Query, Sketch, Task

AS_CLASSES, AS_QUERIES = -1, -2
Destination = int  # a class's row, or one of these


def row_of(task: Task, name: str) -> int | None:
    """The class of this name or, where it was renamed, the one with examples of this origin; None where none is."""
    for row, drawn in enumerate(task.classes):
        if name and drawn.name == name:
            return row
    for row, drawn in enumerate(task.classes):
        if name and any(sketch.origin == name for sketch in drawn.sketches):
            return row
    return None


def with_examples(task: Task, row: int, sketches: Sequence[Sketch]) -> Task:
    """`sketches` as further examples of a class."""
    drawn = task.classes[row]
    return task.with_class(row, replace(drawn, sketches=(*drawn.sketches, *sketches)))


def with_example_moved(task: Task, row: int, index: int, other: int) -> Task:
    """An example of class `row` as the last one of class `other`."""
    drawn = task.classes[row]
    return with_examples(task.with_class(row, drawn.with_sketch(index, EMPTY)), other, [drawn.sketches[index]])


def with_class_of(task: Task, name: str, sketches: Sequence[Sketch]) -> Task:
    """`sketches` as a class of their own, which takes the place of one that is as it was when the program began.

    Without a name it is called by the next free letter. InputError where there is no room, or the name is taken.
    """
    unused = [row for row, drawn in enumerate(Task().classes) if _is_unused(task, row, drawn.name)]
    if name and (problem := task.why_not_named(name)):
        raise InputError(f"No class “{name}” was added: {problem[0].lower()}{problem[1:]}")
    if unused:
        return task.with_class(unused[0], DrawnClass(name or task.classes[unused[0]].name, tuple(sketches)))
    if len(task.classes) == MOST:
        raise InputError(f"There are {MOST} classes already: more cannot be shown.")
    wider = task.with_class_count(len(task.classes) + 1)
    return wider.with_class(len(task.classes), DrawnClass(name or wider.classes[-1].name, tuple(sketches)))


def with_classes_of(task: Task, classes: Sequence[tuple[str, Sequence[Sketch]]]) -> tuple[Task, int]:
    """Names and drawings as classes, or as further examples where a class has the name; and how many had no room.

    Classes that are as they were when the program began give way.
    """
    without_room = 0
    for name, sketches in classes:
        rows = [row for row, drawn in enumerate(task.classes) if drawn.name == name]
        try:
            task = with_examples(task, rows[0], sketches) if rows else with_class_of(task, name, sketches)
        except InputError:
            without_room += 1
    for row, drawn in reversed(list(enumerate(Task().classes))):
        if _is_unused(task, row, drawn.name) and len(task.classes) > FEWEST:
            task = task.without_class(row)
    return task, without_room


def with_sheet(task: Task, rows: Sequence[Sequence[Sketch]], destination: Destination) -> tuple[Task, int]:
    """The drawings of a sheet, in rows, where they are to go; and how many rows had no room."""
    sketches = [sketch for row in rows for sketch in row]
    if destination == AS_CLASSES:
        return with_classes_of(task, [("", row) for row in rows])
    if destination == AS_QUERIES:
        return with_queries_of(task, "", sketches), 0
    return with_examples(task, destination, sketches), 0


def _is_unused(task: Task, row: int, name: str) -> bool:
    return row < len(task.classes) and task.classes[row].name == name and not task.classes[row].sketches


def with_queries_of(task: Task, name: str, sketches: Sequence[Sketch]) -> Task:
    """`sketches` as further queries, the first of them on show; of the class of this name, where it is present."""
    label = row_of(task, name)
    return task.with_further_queries([Query(sketch, label) for sketch in sketches])
