"""A curve of few points in a plot: a dot for each, and lines between."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

import pyqtgraph as pg  # after PySide6  # isort: skip

_DOT = 4  # pixels across, and the line's width besides


class DottedLine(pg.GraphicsObject):  # type: ignore[misc]
    """One item that paints all of itself in two strokes; pyqtgraph's own, made for many points, are three.

    For axes that are not logarithmic.
    """

    def __init__(self) -> None:
        super().__init__()
        self._x = self._y = np.empty(0)
        self._points = QPolygonF()
        self._pen = QPen()
        self._dots = QPen()

    def show_points(self, x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> None:
        """What the curve runs through, but for points whose y is no finite number."""
        places, values = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        shown = np.isfinite(values)
        places, values = places[shown], values[shown]
        if np.array_equal(places, self._x) and np.array_equal(values, self._y):
            return
        self._x, self._y = places, values
        self._points = QPolygonF([QPointF(*point) for point in zip(places.tolist(), values.tolist(), strict=True)])
        self.update()
        self.informViewBoundsChanged()

    @property
    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of those that are shown."""
        return self._x, self._y

    def restyle(self, colour: QColor, width: float) -> None:
        self._pen = QPen(colour, width)
        self._dots = QPen(colour, _DOT + width, c=Qt.PenCapStyle.RoundCap)
        self.update()

    @property
    def pen(self) -> QPen:
        return self._pen

    # What pyqtgraph asks of an item

    def dataBounds(
        self,
        ax: int,
        frac: float = 1.0,
        orthoRange: object = None,  # noqa: N803  pyqtgraph's name
    ) -> tuple[float, float] | tuple[None, None]:
        values = self._y if ax else self._x
        return (float(values.min()), float(values.max())) if len(values) else (None, None)

    def pixelPadding(self) -> float:
        return self._dots.widthF() / 2

    def boundingRect(self) -> QRectF:
        """All that is to be seen: neither pixels nor points are to be reckoned with where the view or they change."""
        rect: QRectF | None = self.viewRect()
        return rect or QRectF()  # before it is in a plot

    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()
        super().viewTransformChanged()  # which forgets what was to be seen

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        on_screen = painter.transform().map(self._points)
        painter.resetTransform()  # lines and dots are of so many pixels
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        painter.drawPolyline(on_screen)
        painter.setPen(self._dots)
        painter.drawPoints(on_screen)
