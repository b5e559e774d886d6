import math

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from metagui.gui.live_plot import CurveStyle, LivePlot, Points

STYLES = (CurveStyle("query", 0), CurveStyle("validation", 2, sparse=True))


@pytest.fixture
def plot(qtbot: QtBot) -> LivePlot:
    plot = LivePlot("accuracy (%)", STYLES, top=100, percent=True)
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    plot.show()
    return plot


def drawn(plot: LivePlot) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the curves show."""
    return [item.getOriginalDataset() for item in plot.plot.plotItem.listDataItems()[:2]]


def test_points_are_drawn_by_the_timer(plot: LivePlot, qtbot: QtBot) -> None:
    for iteration in range(1, 601):  # more than the arrays hold at first
        plot.add("query", iteration, 0.5)
    plot.add("validation", 600, 0.75, 0.05)
    qtbot.waitUntil(lambda: drawn(plot)[0][0] is not None and len(drawn(plot)[0][0]) == 600, timeout=30_000)
    query, validation = drawn(plot)
    np.testing.assert_array_equal(query[0], np.arange(1, 601))
    np.testing.assert_allclose(query[1], 50)
    assert validation[0].tolist() == [600]
    assert validation[1].tolist() == [75]
    assert "50.0 %" in plot._labels["query"].text()
    assert "75.0 %" in plot._labels["validation"].text()


def test_the_running_mean_is_unbiased_from_the_start() -> None:
    points = Points()
    values = [4.0, 2.0, 3.0]
    for index, value in enumerate(values):
        points.add(index, value)
    weights = 0.95 ** np.arange(2, -1, -1)
    assert points.columns[3, 0] == pytest.approx(4.0)
    assert points.columns[3, 2] == pytest.approx(np.dot(weights, values) / weights.sum())


def test_smoothing_can_be_switched_off(plot: LivePlot, qtbot: QtBot) -> None:
    for iteration, value in enumerate((1.0, 0.0, 1.0)):
        plot.add("query", iteration, value)
    plot.set_smooth(False)
    qtbot.waitUntil(
        lambda: drawn(plot)[0][1] is not None and drawn(plot)[0][1].tolist() == [100, 0, 100], timeout=30_000
    )


def test_a_loss_that_is_not_finite_neither_breaks_nor_poisons_the_curve(plot: LivePlot, qtbot: QtBot) -> None:
    for iteration, value in enumerate((1.0, math.nan, math.inf, 1.0)):
        plot.add("query", iteration, value)
    qtbot.waitUntil(lambda: drawn(plot)[0][1] is not None and len(drawn(plot)[0][1]) == 4, timeout=30_000)
    assert plot.points["query"].columns[3, -1] == pytest.approx(100)
    plot.grab()


def test_clearing_begins_anew(plot: LivePlot, qtbot: QtBot) -> None:
    plot.add("query", 1, 0.5)
    plot.clear()
    plot.add("query", 1, 0.25)
    qtbot.waitUntil(lambda: drawn(plot)[0][1] is not None and drawn(plot)[0][1].tolist() == [25], timeout=30_000)
