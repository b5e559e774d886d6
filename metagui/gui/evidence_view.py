"""A query's glyph, large, on a ground that says which of its ink speaks for its name and which against."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from metagui.data.glyph import SIDE
from metagui.gui import theme
from metagui.gui.glyph_view import Glyph

_LEAST = 112  # pixels
_LEAST_SCALE = 0.5  # nats that have the full colour: of a map that is fainter all over, the colours are faint too
_STRONGEST = 0.85  # share of the colour in the paper


def evidence_image(evidence: NDArray[np.float32], palette: QPalette) -> QImage:
    """(28, 28) nats as the palette's paper, in the colours of for and against."""
    scale = max(float(np.abs(evidence).max()), _LEAST_SCALE)
    paper, favourable, adverse = (
        np.array(colour.getRgb(), float)
        for colour in (theme.paper(palette), theme.speaks_for(palette), theme.speaks_against(palette))
    )
    share = _STRONGEST * (np.abs(evidence) / scale)[..., None]
    colour = np.where(evidence[..., None] > 0, favourable, adverse)
    return _image(paper + (colour - paper) * share)


def _image(pixels: NDArray[np.float64]) -> QImage:
    """(28, 28, 4) RGBA in [0, 255]. A copy, since the bytes go."""
    content = np.rint(pixels).astype(np.uint8).tobytes()
    return QImage(content, SIDE, SIDE, 4 * SIDE, QImage.Format.Format_RGBA8888).copy()


class EvidenceView(QWidget):
    """As large a square as there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph: Glyph | None = None
        self._evidence: NDArray[np.float32] | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(_LEAST, _LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Which of the query's ink speaks for its name")

    @property
    def evidence(self) -> NDArray[np.float32] | None:
        return self._evidence

    def show_evidence(self, glyph: Glyph, evidence: NDArray[np.float32] | None) -> None:
        """`evidence` (28, 28) in nats; None while it is not known."""
        self._glyph, self._evidence = glyph, evidence
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 160)

    @property
    def square(self) -> QRect:
        side = min(self.width(), self.height())
        return QRect((self.width() - side) // 2, 0, side, side)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.setToolTip(self._read_out(event.position().toPoint()))

    def _read_out(self, place: QPoint) -> str:
        square = self.square
        if self._evidence is None or not square.contains(place):
            return ""
        row = (place.y() - square.top()) * SIDE // square.height()
        column = (place.x() - square.left()) * SIDE // square.width()
        value = float(self._evidence[row, column])
        return f"Erasing the ink around here changes the log-odds by {-value:+.2f}" if value else "No ink around here"

    def paintEvent(self, event: QPaintEvent) -> None:
        palette, painter, square = self.palette(), QPainter(self), self.square
        painter.fillRect(square, theme.paper(palette))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._evidence is not None:
            painter.drawImage(square, evidence_image(self._evidence, palette))
        if self._glyph is not None:
            ink = np.tile(np.array(theme.ink(palette).getRgb(), float), (SIDE, SIDE, 1))
            ink[..., 3] *= self._glyph[0].clip(0, 1)
            painter.drawImage(square, _image(ink))
        painter.setPen(theme.line(palette))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(square.adjusted(0, 0, -1, -1))
