import pytest
from pytestqt.qtbot import QtBot

from metagui.gui.live_plot import LivePlot
from metagui.gui.training_curves import TrainingCurves


@pytest.fixture
def curves(qtbot: QtBot) -> TrainingCurves:
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    return curves


def points(plot: LivePlot) -> dict[str, list[list[float]]]:
    """x, value and half width of each curve that has points."""
    return {name: points.columns[:3].tolist() for name, points in plot.points.items() if points.columns.size}


def test_figures_become_points_of_the_curves_that_they_belong_to(curves: TrainingCurves) -> None:
    curves.add(3, {"iteration": 3, "seconds": 0.5, "query_loss": 1.5, "query_accuracy": 0.25})
    curves.add(4, {"validation_accuracy": 0.5, "validation_ci95": 0.125})
    assert points(curves.loss_plot) == {"query after": [[3], [1.5], [0]]}
    assert points(curves.accuracy_plot) == {"query after": [[3], [25], [0]], "validation": [[4], [50], [12.5]]}


def test_smoothing_and_clearing_reach_both_plots(curves: TrainingCurves, qtbot: QtBot) -> None:
    for iteration, value in enumerate((1.0, 0.0)):
        curves.add(iteration, {"query_loss": value, "query_accuracy": value})

    def drawn(plot: LivePlot) -> list[float]:
        values = plot.plot.plotItem.listDataItems()[list(plot.points).index("query after")].getOriginalDataset()[1]
        return [] if values is None else values.tolist()

    curves.set_smooth(False)
    qtbot.waitUntil(lambda: drawn(curves.loss_plot) == [1, 0], timeout=30_000)
    qtbot.waitUntil(lambda: drawn(curves.accuracy_plot) == [100, 0], timeout=30_000)
    curves.clear()
    assert not points(curves.loss_plot)
    assert not points(curves.accuracy_plot)
