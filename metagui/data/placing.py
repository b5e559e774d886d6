"""Drawings that are brought into a task: as examples of a class, as a class of their own, or as queries."""

from collections.abc import Sequence
from dataclasses import replace

from metagui.data.errors import InputError
from metagui.data.task import EMPTY, MOST, DrawnClass, Query, Sketch, Task


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


def _is_unused(task: Task, row: int, name: str) -> bool:
    return row < len(task.classes) and task.classes[row].name == name and not task.classes[row].sketches


def with_queries_of(task: Task, name: str, sketches: Sequence[Sketch]) -> Task:
    """`sketches` as further queries, the first of them on show; of the class of this name, where it is present."""
    label = row_of(task, name)
    return task.with_further_queries([Query(sketch, label) for sketch in sketches])
