"""How long it takes from the end of a stroke until the window shows what the network makes of it."""

import time
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from metagui.data.glyph import Stroke
from metagui.data.samples import load_samples
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.drawing_canvas import DrawingCanvas
from tests.benchmarks.report import row
from tests.benchmarks.studio import session, show_answers, show_probabilities, wait
from tests.gui.hands import place

LANE = "protonet-any"  # beside the default network, where there are two lanes
IDLE, TRAINING, TWENTY_WAY = 40, 120, 250  # ms, the medians to reach
_BETWEEN_MOVES = 8  # ms, of a mouse
_MOVES = 15  # of a stroke


def idle(panel: AdaptationPanel, repeats: int) -> Iterator[str]:
    """Rows of the table: 5-way 5-shot with 5 inner steps, and 20-way 5-shot with two lanes."""
    panel.show_session(session(way=5))
    yield from _rows(panel, "5-way 5-shot", repeats, IDLE)
    panel.show_session(session(way=20, lanes=(LANE,)))
    yield from _rows(panel, f"20-way 5-shot, with {LANE} as a second lane", repeats, TWENTY_WAY)


def beside_training(panel: AdaptationPanel, name: str, repeats: int) -> Iterator[str]:
    """The same 5-way 5-shot while the other panel trains the preset of this name."""
    panel.show_session(session(way=5))
    yield from _rows(panel, f"5-way 5-shot, while {name} trains", repeats, TRAINING)


def _rows(panel: AdaptationPanel, situation: str, repeats: int, most: float) -> Iterator[str]:
    for what in ("query", "support"):
        canvas = panel.query_pad.canvas if what == "query" else panel.rows[0].cells[0].canvas
        table = 1000 * np.array(stroke_seconds(panel, canvas, repeats))
        for shown, times in zip(("new probabilities", "all views and lanes show them"), table.T, strict=True):
            yield row(
                f"end of a stroke on the {what} → {shown}, {situation}",
                f"median {np.median(times):.0f} ms, p90 {np.percentile(times, 90):.0f} ms, max {times.max():.0f} ms",
                f"median ≤ {most} ms",
            )


def stroke_seconds(panel: AdaptationPanel, canvas: DrawingCanvas, repeats: int) -> list[tuple[float, float]]:
    """How long each of so many strokes with the mouse takes, after one that is not counted. Each is undone.

    To the network's own new probabilities, and until all that shows an answer has been painted.
    """
    strokes = [stroke for sample in load_samples() for drawing in sample.query for stroke in drawing]
    times = []
    for number in range(repeats + 1):
        show_answers(panel)
        times.append(_answer_to(panel, canvas, strokes[number % len(strokes)]))
        panel.undo_stack.undo()
    show_answers(panel)
    return times[1:]


def _answer_to(panel: AdaptationPanel, canvas: DrawingCanvas, stroke: Stroke) -> tuple[float, float]:
    points = [place(canvas, (float(x), float(y))) for x, y in stroke[:: -(-len(stroke) // _MOVES), :2]]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
        wait(_BETWEEN_MOVES)
    begun = time.perf_counter()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])
    show_probabilities(panel)
    first = time.perf_counter() - begun
    show_answers(panel)
    return first, time.perf_counter() - begun
