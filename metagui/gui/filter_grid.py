"""The filters that meet the pixels first, each a little image of 3 × 3 weights."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from metagui.gui import theme

_ROW = 8  # filters
_SIDE = 3  # weights
_LEAST, _MOST = 3, 8  # pixels of a weight
_NEGATIVE, _POSITIVE = 1, 0  # series colours

Filters = NDArray[np.float32]  # (filters, 3, 3)


def filter_pixels(filters: Filters, largest: float, colours: tuple[QColor, QColor, QColor]) -> NDArray[np.uint8]:
    """(filters, 3, 3, 3) red, green and blue: from −`largest` over 0 to `largest` in three colours."""
    negative, zero, positive = np.array([[colour.red(), colour.green(), colour.blue()] for colour in colours])
    share = np.nan_to_num(filters / largest).clip(-1, 1)[..., None] if largest > 0 else np.zeros((*filters.shape, 1))
    pixels = zero + np.where(share > 0, share * (positive - zero), -share * (negative - zero))
    rounded: NDArray[np.uint8] = np.rint(pixels).astype(np.uint8)
    return rounded


class FilterGrid(QWidget):
    """On a scale that is the same at all steps. They are shown as they are, or what the inner steps changed of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps = np.empty((0, 0, _SIDE, _SIDE), np.float32)
        self._number = 0
        self._shows_change = False
        self.shown = self._steps  # the filters of all steps, or their change
        self.largest = 0.0  # what is in full colour: the largest weight, or change of one, at any step
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Filters of the first layer")

    def show_filters(self, steps: Sequence[Filters]) -> None:
        """Those of all steps."""
        self._steps = np.stack(steps)
        self.updateGeometry()
        self._choose()

    def show_step(self, number: int) -> None:
        self._number = number
        self.update()

    def set_shows_change(self, shows_change: bool) -> None:
        self._shows_change = shows_change
        self._choose()

    def _choose(self) -> None:
        self.shown = self._steps - self._steps[:1] if self._shows_change else self._steps
        self.largest = float(np.abs(self.shown[np.isfinite(self.shown)]).max(initial=0.0))
        self.update()

    def _shape(self, weight: int) -> QSize:
        """Of all filters with `weight` pixels for a weight."""
        count = self._steps.shape[1] or _ROW * _ROW
        side = (_SIDE + 1) * weight  # with a gap of one weight between them
        return QSize(_ROW * side - weight, -(-count // _ROW) * side - weight)

    def minimumSizeHint(self) -> QSize:
        return self._shape(_LEAST)

    def sizeHint(self) -> QSize:
        return self._shape(4)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.shown):
            return
        fitting = [w for w in range(_LEAST, _MOST + 1) if self._shape(w).width() <= self.width()
                   and self._shape(w).height() <= self.height()]  # fmt: skip
        weight = max(fitting, default=_LEAST)
        palette, painter = self.palette(), QPainter(self)
        zero = palette.color(QPalette.ColorRole.Base)
        colours = theme.series_colour(_NEGATIVE, palette), zero, theme.series_colour(_POSITIVE, palette)
        pixels = filter_pixels(self.shown[self._number], self.largest, colours)
        side = _SIDE * weight
        for number, one in enumerate(pixels):
            image = QImage(one.tobytes(), _SIDE, _SIDE, 3 * _SIDE, QImage.Format.Format_RGB888)
            row, column = divmod(number, _ROW)
            step = side + weight
            painter.drawImage(QRect(QPoint(column * step, row * step), QSize(side, side)), image)
