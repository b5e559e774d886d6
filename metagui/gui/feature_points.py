"""Where the network sees each drawing of a task, step by step, in the plane in which they all vary most."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metagui.data.task import Task
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.glyph_view import Glyph
from metagui.gui.naming import rows_named
from metagui.gui.prediction_bars import percent
from metagui.learn.projection import principal_plane

_MOST_ROWS = 500  # that the plane is fitted to: more make it slow and change little


@dataclass(frozen=True, eq=False)
class Point:
    """A drawing."""

    name: str
    glyph: Glyph
    row: int | None  # of its class; None where that is unknown or none
    place: int | None  # among the queries; None for one of the support


class FeaturePoints:
    """Of an answer: its drawings, the support before the queries, with their places at every step.

    The plane is fitted once, to all steps, so that points move from step to step and the frame does not.
    """

    def __init__(self, answer: AdaptationAnswer) -> None:
        self._answer = answer
        self.points = _points(answer)
        features = [np.concatenate([step.inside.support_features, step.inside.query_features]) for step in answer.steps]
        every = -(-len(features) * len(self.points) // _MOST_ROWS)
        plane = principal_plane(np.concatenate(features[::-every]))  # the last step is one of them
        self.shares = plane.shares
        self.places = np.stack([plane.project(one) for one in features])  # (steps, points, 2)
        finite = self.places[np.isfinite(self.places).all(axis=2)]
        self.least = finite.min(axis=0, initial=np.inf) if len(finite) else np.zeros(2)
        self.most = finite.max(axis=0, initial=-np.inf) if len(finite) else np.zeros(2)

    @property
    def task(self) -> Task:
        return self._answer.request.task

    def prototypes(self, number: int) -> NDArray[np.float64]:
        """(way, 2): the means of the support of each class that takes part, at this step."""
        labels = self._answer.request.labels
        support = self.places[number, : len(labels)]
        return np.stack([support[labels == label].mean(axis=0) for label in range(len(self.task.drawn_rows))])

    def verdict(self, number: int, index: int) -> str:
        """What the network names a point at this step, and how sure it is."""
        step, support = self._answer.steps[number], len(self._answer.request.labels)
        if index < support:
            probabilities = step.inside.support_probabilities[index]
            named = self.task.drawn_rows[int(probabilities.argmax())]
        else:
            probabilities = step.answers[index - support]
            named = rows_named(self.task, step)[index - support]
        return f"{self.task.name_of(named)} · {percent(float(probabilities.max()))}"


def _points(answer: AdaptationAnswer) -> list[Point]:
    request, task = answer.request, answer.request.task
    points: list[Point] = []
    for row in task.drawn_rows:
        drawn = task.classes[row]
        for number, sketch in enumerate(drawn.sketches, 1):
            if sketch.is_active:
                points.append(Point(f"{drawn.name}, drawing {number}", request.support[len(points)], row, None))
    for place, (query, glyph) in enumerate(zip(task.queries, request.query, strict=True)):
        known = "" if query.label is None else f", {task.name_of(query.label)}"
        row_of_query = query.label if query.label in range(len(task.classes)) else None
        points.append(Point(f"query {place + 1}{known}", glyph, row_of_query, place))
    return points
