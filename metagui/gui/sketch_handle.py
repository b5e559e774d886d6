"""What the network sees of a sketch, as the handle by which the sketch is dragged."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QWidget

from metagui.gui.glyph_view import GlyphView


class SketchHandle(GlyphView):
    drag_begun = Signal()

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(side, parent)
        self.setToolTip(f"{self.toolTip()}.\nDrag it to another class or to the query; with Ctrl it is copied.")
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._pressed_at: QPointF | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position() if event.button() == Qt.MouseButton.LeftButton else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is not None:
            moved = (event.position() - self._pressed_at).manhattanLength()
            if moved >= QGuiApplication.styleHints().startDragDistance():
                self._pressed_at = None
                self.drag_begun.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
