import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from metagui.gui.plot_axis import PlotAxis

import pyqtgraph as pg  # after PySide6  # isort: skip


def shown(qtbot: QtBot, axis: pg.AxisItem) -> pg.PlotWidget:
    plot = pg.PlotWidget(axisItems={"left": axis}, background="w")
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.plotItem.showGrid(x=True, y=True, alpha=0.3)
    axis.setStyle(tickFont=QApplication.font())
    axis.setPen("k")
    plot.setYRange(0, 3)
    plot.show()
    return plot


def pixels(plot: pg.PlotWidget) -> np.ndarray:
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(float)


@pytest.mark.parametrize("top", [3, 40_000])
def test_it_looks_as_pyqtgraphs_own(qtbot: QtBot, top: float) -> None:
    ours, theirs = shown(qtbot, PlotAxis("left")), shown(qtbot, pg.AxisItem("left"))
    for plot in (ours, theirs):
        plot.grab()
        plot.setYRange(0, top)  # what changes is painted anew
        plot.grab()
    assert pixels(theirs).min() < 128
    # A picture's texts may lie half a pixel off.
    assert np.abs(pixels(ours) - pixels(theirs)).mean() < 1


def test_what_has_not_changed_is_not_reckoned_anew(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    axis = PlotAxis("left")
    plot = shown(qtbot, axis)
    before = pixels(plot)
    monkeypatch.setattr(axis, "generateDrawSpecs", lambda _: pytest.fail("reckoned anew"))
    assert np.array_equal(pixels(plot), before)
