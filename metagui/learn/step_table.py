"""An adaptation's steps as a table, for a spreadsheet or a plot of one's own."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from metagui.data.task import NONE_OF_THESE, Task
from metagui.learn.adaptation import AdaptationStep


def step_table(steps: Sequence[AdaptationStep], task: Task) -> bytes:
    """Comma-separated values in UTF-8: a line of headings, then a line for each inner step from 0 on.

    Losses (in nats) and accuracies; then how far each layer has moved, ‖θ − θ₀‖, and relative to ‖θ₀‖; then the
    probability of each answer to each query of the task: of the classes, and of "None of these" where the network can
    say so. What has no value is left empty: the loss of queries without a label, a layer that is not adapted, the
    relative movement of one that started at zero.
    """
    rows = [*task.drawn_rows, *[NONE_OF_THESE] * (steps[0].known is not None)]
    names = [task.name_of(row) for row in rows]
    headings = ["step", "support loss", "support accuracy", "query loss", "query accuracy"]
    for layer in steps[0].inside.movements:
        headings += [f"{layer} moved", f"{layer} moved relative"]
    for number, query in enumerate(task.queries, 1):
        known = "" if query.label is None else f" (is {task.name_of(query.label)})"
        headings += [f"query {number}{known}: {name}" for name in names]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    for step in steps:
        figures = [step.support_loss, step.support_accuracy, step.query_loss, _accuracy(step, task)]
        for movement in step.inside.movements.values():
            figures += [None, None] if movement is None else [movement.distance, movement.relative]
        figures += step.answers.ravel().tolist()
        writer.writerow([step.step, *map(_written, figures)])
    return text.getvalue().encode()


def _accuracy(step: AdaptationStep, task: Task) -> float | None:
    """Of the queries whose label is one that the network can give."""
    numbers = {row: number for number, row in enumerate(task.drawn_rows)}
    if step.known is not None:
        numbers[NONE_OF_THESE] = NONE_OF_THESE
    right = [
        named == numbers[query.label]
        for named, query in zip(step.named.tolist(), task.queries, strict=True)
        if query.label in numbers
    ]
    return float(np.mean(right)) if right else None


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
