"""Curves that grow while training runs."""

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from metagui.gui import theme
from metagui.gui.themed_plot import themed_plot

_REDRAW = 33  # ms: 30 pictures a second, however fast the points come
_MEMORY = 0.95  # of the smoothing: a point weighs half of what came 13 points later


@dataclass(frozen=True)
class CurveStyle:
    name: str
    colour: int  # of the theme's series
    sparse: bool = False  # few points, each with an interval, shown as they are


class Points:
    """Points in arrays that double when full, with their running mean.

    The mean is exponential, divided by the sum of its weights, so that it is unbiased from the first point on
    (Kingma & Ba 2015, section 3).
    """

    def __init__(self) -> None:
        self._columns = np.empty((4, 256))  # x, value, half width of the interval, running mean
        self._count = 0
        self._sum = self._weight = 0.0

    def add(self, x: float, value: float, half_width: float = 0.0) -> None:
        if self._count == self._columns.shape[1]:
            self._columns = np.concatenate([self._columns, np.empty_like(self._columns)], axis=1)
        if math.isfinite(value):
            self._sum = _MEMORY * self._sum + (1 - _MEMORY) * value
            self._weight = _MEMORY * self._weight + 1 - _MEMORY
        mean = self._sum / self._weight if self._weight else math.nan
        self._columns[:, self._count] = x, value, half_width, mean
        self._count += 1

    @property
    def columns(self) -> np.ndarray:
        """(4, points): x, value, half width of the interval, running mean."""
        return self._columns[:, : self._count]


class LivePlot(QWidget):
    """Named curves over iterations, each with its last value in the legend; redrawn by a timer, not by each point."""

    def __init__(
        self,
        title: str,
        styles: tuple[CurveStyle, ...],
        top: float,
        percent: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`top` is the end of the axis while there is nothing to see."""
        super().__init__(parent)
        self._top = top
        self._scale = 100 if percent else 1
        self._smooth, self._dirty, self._was_empty = True, False, True
        self._styles = {style.name: style for style in styles}
        self.plot = themed_plot(self, x_label="iteration", y_label=title, name=f"{title} over iterations")
        self.plot.plotItem.setLimits(xMin=0)
        self.points = {style.name: Points() for style in styles}
        self._items = {style.name: self.plot.add_line(style.colour, dots=style.sparse) for style in styles}
        self._intervals = {style.name: self.plot.add_interval(style.colour) for style in styles if style.sparse}
        self._labels = {style.name: QLabel(self) for style in styles}
        legend = QHBoxLayout()
        legend.setContentsMargins(8, 0, 8, 0)
        legend.setSpacing(16)
        for label in self._labels.values():
            legend.addWidget(label)
        legend.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(legend)
        layout.addWidget(self.plot, 1)
        self._timer = QTimer(self, interval=_REDRAW)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()
        self._draw()

    def add(self, name: str, x: float, value: float, half_width: float = 0.0) -> None:
        """A point of the curve called `name`, with the half width of its interval where the curve is sparse."""
        self.points[name].add(x, value * self._scale, half_width * self._scale)
        self._dirty = True

    def set_smooth(self, smooth: bool) -> None:
        """Show running means, or the points as they came."""
        self._smooth = smooth
        self._dirty = True

    def clear(self) -> None:
        self.points = {name: Points() for name in self._styles}
        self._dirty = True

    def _on_tick(self) -> None:
        if self._dirty:
            self._draw()

    def _draw(self) -> None:
        self._dirty = False
        is_empty = not any(points.columns.size for points in self.points.values())
        if is_empty:
            self.plot.plotItem.setRange(xRange=(0, 100), yRange=(0, self._top), padding=0)
        elif self._was_empty:  # and not each time, which would undo the user's zooming
            self.plot.plotItem.enableAutoRange()
        self._was_empty = is_empty
        for name, style in self._styles.items():
            x, values, half_widths, means = self.points[name].columns
            shown = means if self._smooth and not style.sparse else values
            self._items[name].setData(x, shown)
            if style.sparse:
                self._intervals[name].setData(x=x, y=values, height=2 * half_widths)
            colour = theme.series_colour(style.colour, self.palette()).name()
            value = self._text(shown[-1]) if len(shown) else "–"
            self._labels[name].setText(f'<span style="color:{colour}">●</span> {name} <b>{value}</b>')

    def _text(self, value: float) -> str:
        if not math.isfinite(value):
            return "not finite"
        return f"{value:.1f} %" if self._scale == 100 else f"{value:.3f}"
