"""What the network sees: a glyph, pixel by pixel."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from metagui.data.glyph import SIDE
from metagui.gui import theme

Glyph = NDArray[np.float32]  # (1, 28, 28)


def glyph_image(glyph: Glyph, palette: QPalette) -> QImage:
    """The glyph in the palette's ink on its paper."""
    paper, ink = (np.array(colour.getRgb()) for colour in (theme.paper(palette), theme.ink(palette)))
    pixels = np.rint(paper + (ink - paper) * glyph[0, :, :, None].clip(0, 1)).astype(np.uint8)
    # A copy, since the bytes go.
    return QImage(pixels.tobytes(), SIDE, SIDE, 4 * SIDE, QImage.Format.Format_RGBA8888).copy()


class GlyphView(QWidget):
    """Shows one glyph, or an empty frame."""

    def __init__(self, side: int, parent: QWidget | None = None, is_smooth: bool = False) -> None:
        super().__init__(parent)
        self._is_smooth = is_smooth  # for a person to read; else one sees the pixels that the network sees
        self.setFixedSize(side + 2, side + 2)  # a frame of one pixel: at side 28 a glyph pixel is a screen pixel
        self.setToolTip("What the network sees: 28 × 28 pixels")
        self.setAccessibleName("What the network sees")
        self._glyph: NDArray[np.float32] | None = None

    @property
    def glyph(self) -> NDArray[np.float32] | None:
        return self._glyph

    def set_glyph(self, glyph: NDArray[np.float32] | None) -> None:
        if glyph is not self._glyph:
            self._glyph = glyph
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        inside = self.rect().adjusted(1, 1, -1, -1)
        if self._glyph is None:
            painter.fillRect(inside, theme.paper(self.palette()))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._is_smooth)
            painter.drawImage(inside, glyph_image(self._glyph, self.palette()), QRect(0, 0, SIDE, SIDE))
        painter.setPen(theme.line(self.palette()))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
