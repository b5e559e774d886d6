import math

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from metagui.gui.dotted_line import DottedLine
from metagui.gui.themed_plot import ThemedPlot


@pytest.fixture
def plot(qtbot: QtBot) -> ThemedPlot:
    plot = ThemedPlot(None, "", "", "Loss")
    qtbot.addWidget(plot)
    plot.resize(200, 200)
    plot.show()
    return plot


@pytest.fixture
def line(plot: ThemedPlot) -> DottedLine:
    line = plot.add_dotted_line(0)
    line.restyle(QColor("#ff0000"), 1)
    return line


def is_red(plot: ThemedPlot, x: float, y: float) -> bool:
    place = plot.mapFromScene(plot.plotItem.vb.mapViewToScene(QPointF(x, y)))
    image = plot.grab().toImage()
    colours = [image.pixelColor(place.x(), place.y() + row) for row in (-1, 0, 1)]  # a smooth line may lie on two rows
    return any(colour.red() - colour.green() > 60 for colour in colours)


def test_points_that_are_no_numbers_are_left_out(line: DottedLine) -> None:
    line.show_points([0, 1, 2, 3], [math.nan, 3, math.inf, 4])
    assert [values.tolist() for values in line.points] == [[1, 3], [3, 4]]
    line.show_points([0, 1], [math.nan] * 2)
    assert [values.tolist() for values in line.points] == [[], []]
    assert line.dataBounds(1) == (None, None)


def test_the_plot_shows_all_of_it(plot: ThemedPlot, line: DottedLine) -> None:
    line.show_points([0, 5], [-2, 7])
    plot.grab()
    (left, right), (bottom, top) = plot.plotItem.vb.viewRange()
    assert (left < 0, right > 5, bottom < -2, top > 7) == (True,) * 4
    line.show_points([0, 5], [-2, 70])
    plot.grab()
    assert plot.plotItem.vb.viewRange()[1][1] > 70


def test_there_is_a_dot_at_each_point_and_a_line_between(plot: ThemedPlot, line: DottedLine) -> None:
    plot.plotItem.setRange(xRange=(0, 4), yRange=(0, 4))
    line.show_points([1, 3], [1, 1])
    for x in (1, 2, 3):
        assert is_red(plot, x, 1)
    assert not is_red(plot, 3.5, 1)
    line.show_points([1, 3], [2, 2])  # what was there is gone
    assert not is_red(plot, 2, 1)
    plot.plotItem.setRange(yRange=(1, 5))  # and it goes with the view
    assert is_red(plot, 1, 2)


def test_the_same_points_again_are_not_painted_anew(line: DottedLine, monkeypatch: pytest.MonkeyPatch) -> None:
    line.show_points([0, 1], [1, 2])
    monkeypatch.setattr(line, "update", lambda: pytest.fail("painted anew"))
    line.show_points([0, 1], [1, 2])
