"""A plot's axis that is painted fast."""

from typing import Any

from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

import pyqtgraph as pg  # after PySide6  # isort: skip


class PlotAxis(pg.AxisItem):  # type: ignore[misc]
    """Paints its lines and texts themselves.

    pyqtgraph keeps them as a QPicture, which looks each text's font up anew whenever it is played: that takes most of
    a plot's painting.
    """

    picture: tuple[Any, Any, Any] | None  # what `drawPicture` takes

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.picture is None:  # pyqtgraph's sign that something has changed
            if self.style["tickFont"]:
                painter.setFont(self.style["tickFont"])  # by which the texts are measured
            self.picture = self.generateDrawSpecs(painter)
        if self.picture is not None:
            self.drawPicture(painter, *self.picture)
