"""Answers as the adaptation worker gives them, of a real adaptation of a small drawn task."""

import dataclasses

import numpy as np

from metagui.data.glyph import GlyphSettings
from metagui.data.task import DrawnClass, Query, Sketch, Task, query_arrays, support_arrays
from metagui.gui.adaptation_worker import AdaptationAnswer, AdaptationRequest
from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import Checkpoint
from tests.gui.hands import BAR, RING, ZIGZAG, Points


def sketch(*strokes: Points) -> Sketch:
    return Sketch(tuple(np.array(stroke, np.float32) for stroke in strokes))


def drawn_task() -> Task:
    """Rings and bars, of which one is off, and three queries, the second without a label."""
    classes = (
        DrawnClass("ring", (sketch(RING), sketch(RING, [(10, 10), (30, 30)]))),
        DrawnClass("empty"),
        DrawnClass("bar", (sketch(BAR), dataclasses.replace(sketch(ZIGZAG), is_active=False), sketch(BAR[2:]))),
    )
    return Task(classes, (Query(sketch(RING[3:]), 0), Query(sketch(ZIGZAG)), Query(sketch(BAR[1:]), 2)), place=2)


def answer_to(task: Task, checkpoint: Checkpoint, steps: int) -> AdaptationAnswer:
    arrays = *support_arrays(task, GlyphSettings()), *query_arrays(task, GlyphSettings())
    request = AdaptationRequest(0, checkpoint, task, *arrays, steps)
    return AdaptationAnswer(request, tuple(adapt_steps(checkpoint.learner(), *arrays, steps)), is_complete=True)
