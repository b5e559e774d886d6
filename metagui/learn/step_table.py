"""An adaptation's steps as a table, for a spreadsheet or a plot of one's own."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from metagui.data.task import Task
from metagui.learn.adaptation import AdaptationStep


def step_table(steps: Sequence[AdaptationStep], task: Task) -> bytes:
    """Comma-separated values in UTF-8: a line of headings, then a line for each inner step from 0 on.

    Losses (in nats) and accuracies; then how far each layer has moved, ‖θ − θ₀‖, and relative to ‖θ₀‖; then the
    probability of each class for each query of the task. What has no value is left empty: the loss of queries without a
    label, a layer that is not adapted, the relative movement of one that started at zero.
    """
    names = [task.classes[row].name for row in task.drawn_rows]
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
        figures += step.query_probabilities.ravel().tolist()
        writer.writerow([step.step, *map(_written, figures)])
    return text.getvalue().encode()


def _accuracy(step: AdaptationStep, task: Task) -> float | None:
    """Of the queries that are known to be of a class that takes part."""
    numbers = {row: number for number, row in enumerate(task.drawn_rows)}
    winners = step.query_probabilities.argmax(axis=1).tolist()
    right = [
        winner == numbers[query.label]
        for winner, query in zip(winners, task.queries, strict=True)
        if query.label in numbers
    ]
    return float(np.mean(right)) if right else None


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
