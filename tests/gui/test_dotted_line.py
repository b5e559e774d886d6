import math

import pytest
from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QColor, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget
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


class Painted(QObject):
    """What a widget paints anew."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.region = QRegion()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.region = self.region.united(event.region())
        return super().eventFilter(watched, event)


def test_all_that_has_changed_is_painted_after_the_view_has(plot: ThemedPlot, line: DottedLine, qtbot: QtBot) -> None:
    # A picture by grab() would tell nothing: it paints all there is.
    line.show_points([0.5], [0.5])
    plot.plotItem.setRange(xRange=(0, 1), yRange=(0, 1))
    painted = Painted(plot.viewport())
    qtbot.waitUntil(lambda: line.boundingRect().width() > 0)
    plot.plotItem.setRange(xRange=(0, 40), yRange=(0, 40))
    qtbot.waitUntil(lambda: not painted.region.isEmpty())
    qtbot.wait(50)  # all that the new range has painted
    painted.region = QRegion()
    line.show_points([0.5, 30], [0.5, 30])
    far = plot.mapFromScene(plot.plotItem.vb.mapViewToScene(QPointF(30, 30)))
    qtbot.waitUntil(lambda: not painted.region.isEmpty())
    assert painted.region.contains(far)


def test_the_same_points_again_are_not_painted_anew(line: DottedLine, monkeypatch: pytest.MonkeyPatch) -> None:
    line.show_points([0, 1], [1, 2])
    monkeypatch.setattr(line, "update", lambda: pytest.fail("painted anew"))
    line.show_points([0, 1], [1, 2])
