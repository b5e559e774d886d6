"""pyqtgraph ignores the palette: a plot that follows it."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

import pyqtgraph as pg  # after PySide6, or it may pick another binding  # isort: skip

from metagui.gui import theme
from metagui.gui.dotted_line import DottedLine
from metagui.gui.plot_axis import PlotAxis


class ThemedPlot(pg.PlotWidget):  # type: ignore[misc]
    """A plot with lines of the theme's series colours, which restyles itself when the palette changes."""

    def __init__(self, parent: QWidget | None, x_label: str, y_label: str, name: str) -> None:
        super().__init__(parent, enableMenu=False, axisItems={side: PlotAxis(side) for side in ("left", "bottom")})
        self._lines: dict[pg.PlotDataItem | DottedLine, tuple[int, float]] = {}
        self._markers: list[pg.InfiniteLine] = []
        self._intervals: dict[pg.ErrorBarItem, int] = {}
        self.setAccessibleName(name)
        self.setMinimumSize(120, 80)
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        for side, label in (("bottom", x_label), ("left", y_label)):
            self.plotItem.getAxis(side).enableAutoSIPrefix(False)  # else small numbers are shown as (×0.001)
            # No lines between those that have a number: they would be most of the grid, and lines are slow to blend.
            self.plotItem.getAxis(side).setStyle(maxTickLevel=1)
            if label:
                self.plotItem.setLabel(side, label)
        self.plotItem.hideButtons()
        self.plotItem.showGrid(x=True, y=True, alpha=0.15)
        self._restyle()

    def add_line(self, colour: int, dots: bool = False) -> pg.PlotDataItem:
        """A curve in series colour `colour`, of one pixel: wide lines of many points are slow in pyqtgraph."""
        item = self.plot()
        if dots:
            item.setSymbol("o")
            item.setSymbolSize(5)
            item.setSymbolPen(None)
        self._lines[item] = colour, 1
        self._restyle_line(item)
        return item

    def add_dotted_line(self, colour: int, width: float = 1) -> DottedLine:
        """A curve of few points."""
        item = DottedLine()
        self.addItem(item)
        self._lines[item] = colour, width
        self._restyle_line(item)
        return item

    def restyle_line(self, item: DottedLine, colour: int, width: float) -> None:
        if self._lines[item] != (colour, width):
            self._lines[item] = colour, width
            self._restyle_line(item)

    def remove_line(self, item: DottedLine) -> None:
        del self._lines[item]
        self.removeItem(item)

    def add_interval(self, colour: int) -> pg.ErrorBarItem:
        """Upright bars around points, in series colour `colour`."""
        item = pg.ErrorBarItem()
        self.addItem(item)
        self._intervals[item] = colour
        self._restyle()
        return item

    def add_marker(self) -> pg.InfiniteLine:
        """An upright line to mark a place on the x axis."""
        marker = pg.InfiniteLine(angle=90)
        self.addItem(marker, ignoreBounds=True)
        self._markers.append(marker)
        self._restyle()
        return marker

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_lines"):
            self._restyle()

    def _restyle(self) -> None:
        palette = self.palette()
        self.setBackground(palette.color(QPalette.ColorRole.Window))
        for name in ("left", "bottom"):
            axis = self.plotItem.getAxis(name)
            axis.setPen(theme.line(palette))
            axis.setTextPen(theme.quiet(palette))
            axis.setStyle(tickFont=self.font())
            axis.label.setFont(self.font())
        for item in self._lines:
            self._restyle_line(item)
        for interval, colour in self._intervals.items():
            interval.setData(pen=pg.mkPen(theme.series_colour(colour, palette), width=1))
        for marker in self._markers:
            marker.setPen(pg.mkPen(theme.quiet(palette), width=1))

    def _restyle_line(self, item: pg.PlotDataItem | DottedLine) -> None:
        number, width = self._lines[item]
        colour = theme.series_colour(number, self.palette())
        if isinstance(item, DottedLine):
            item.restyle(colour, width)
        else:
            item.setPen(pg.mkPen(colour, width=width))
            item.setSymbolBrush(colour)


def themed_plot(
    parent: QWidget | None = None, *, x_label: str = "", y_label: str = "", name: str, log_y: bool = False
) -> ThemedPlot:
    """A plot for live curves: many points are thinned to what the screen shows. `name` is for screen readers."""
    plot = ThemedPlot(parent, x_label, y_label, name)
    plot.plotItem.setLogMode(y=log_y)
    plot.plotItem.setDownsampling(auto=True, mode="peak")
    plot.plotItem.setClipToView(True)
    return plot
