"""How long a move of the timeline's slider takes, the painting of what it changes included, with each of the views."""

import time
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from metagui.gui.adaptation_panel import AdaptationPanel
from tests.benchmarks.report import row
from tests.benchmarks.strokes import LANE
from tests.benchmarks.studio import paint, session, show_answers, wait

STEPS, QUERIES = 20, 3  # inner steps, and queries of each class
_FRAME = 20.0  # ms: 50 frames a second


def views(panel: AdaptationPanel, rounds: int, steps: int = STEPS) -> Iterator[str]:
    """A row of the table for each view; in each round the slider goes to the first step and back to the last."""
    panel.show_session(session(way=5, lanes=(LANE,), queries=QUERIES, steps=steps))
    show_answers(panel)
    timeline = panel.timeline
    for index in range(timeline.views.count()):
        timeline.views.setCurrentIndex(index)
        while not panel.column.why.is_settled:
            wait(1)
        times = 1000 * np.array(move_seconds(panel, rounds))
        yield row(
            f"a move of the slider, {timeline.views.tabText(index)}",
            f"median {np.median(times):.1f} ms ({1000 / np.median(times):.0f} frames a second), "
            f"p90 {np.percentile(times, 90):.1f} ms, {100 * (times > _FRAME).mean():.0f} % above {_FRAME:.0f} ms",
            f"median ≤ {_FRAME:.0f} ms",
        )


def move_seconds(panel: AdaptationPanel, rounds: int) -> list[float]:
    """How long each move takes, after a round that is not counted."""
    slider, times = panel.timeline.slider, []
    for number in range(rounds + 1):
        for key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            for _ in range(slider.maximum()):
                wait(0)  # what else is due does not count
                begun = time.perf_counter()
                QTest.keyClick(slider, key)
                paint()
                if number:
                    times.append(time.perf_counter() - begun)
    return times
