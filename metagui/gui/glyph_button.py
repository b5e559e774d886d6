"""A character to be chosen: a glyph, and the key that chooses it."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QAbstractButton, QWidget

from metagui.data.glyph import SIDE
from metagui.gui import theme
from metagui.gui.glyph_view import Glyph, glyph_image

_GLYPH = 3 * SIDE  # pixels
_KEY = 16  # the strip beneath, in which the key stands


class GlyphButton(QAbstractButton):
    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(key)
        self.setToolTip(f"Choose this character ({key})")
        self._glyph: Glyph | None = None
        self.setFixedSize(self.sizeHint())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Not the button's own shortcut: that one waits a tenth of a second, for the button to be seen going down.
        shortcut = QShortcut(QKeySequence(key), self, autoRepeat=False)
        shortcut.activated.connect(self.click)

    def show_glyph(self, glyph: Glyph, name: str) -> None:
        self._glyph = glyph
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_GLYPH + 2, _GLYPH + 2 + _KEY)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, palette = QPainter(self), self.palette()
        frame = QRect(0, 0, self.width() - 1, _GLYPH + 1)
        if self._glyph is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(frame.adjusted(1, 1, 0, 0), glyph_image(self._glyph, palette))
        is_marked = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(theme.accent(palette), 2) if is_marked else QPen(theme.line(palette), 1))
        painter.drawRect(frame.adjusted(1, 1, -1, -1) if is_marked else frame)
        painter.setPen(theme.ink(palette) if self.isDown() else theme.quiet(palette))
        below = QRect(0, _GLYPH + 2, self.width(), _KEY)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.text())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()
