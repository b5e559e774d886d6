"""What the network names a task's queries, in the terms of the task: its classes by their rows."""

from metagui.data.task import NONE_OF_THESE, Task
from metagui.learn.adaptation import AdaptationStep


def rows_named(task: Task, step: AdaptationStep) -> list[int]:
    """For each query of the task the row of the class that it is named, or NONE_OF_THESE."""
    rows = task.drawn_rows
    return [NONE_OF_THESE if number == NONE_OF_THESE else rows[number] for number in step.named.tolist()]


def judged(task: Task, step: AdaptationStep) -> list[tuple[int, int, int]]:
    """Of each query whose label can be right: what it is, what it is named, and its place.

    The labels that can be are the classes that take part, and NONE_OF_THESE.
    """
    possible = (*task.drawn_rows, NONE_OF_THESE)
    return [
        (query.label, named, place)
        for place, (query, named) in enumerate(zip(task.queries, rows_named(task, step), strict=True))
        if query.label in possible
    ]
