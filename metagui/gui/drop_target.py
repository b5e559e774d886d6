"""Where drawings, images and files can be dropped or pasted."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from metagui.gui import theme
from metagui.gui.sketch_mime import DraggedSketch, is_usable


@dataclass(frozen=True, eq=False)
class Offer:
    """What the user drops or pastes. The data are good until the signal that brought them has been answered."""

    data: QMimeData
    is_move: bool = False  # what is dragged is to go from where it was

    @property
    def source(self) -> QWidget | None:
        """The widget of this program from which a sketch is dragged."""
        return self.data.source if isinstance(self.data, DraggedSketch) else None


class DropTarget(QObject):
    """Makes `widget` a place for dropping; `moves` where a sketch of this program may go from where it was."""

    dropped = Signal(object)  # Offer

    def __init__(self, widget: QWidget, moves: bool = False) -> None:
        super().__init__(widget)
        self._widget, self._moves = widget, moves
        self._is_hovered = False
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def paint(self, painter: QPainter) -> None:
        """Mark the widget while something is held over it."""
        if self._is_hovered:
            palette = self._widget.palette()
            window = palette.color(QPalette.ColorRole.Window)
            painter.fillRect(self._widget.rect(), theme.blend(window, theme.accent(palette), 0.2))

    def eventFilter(self, widget: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.DragEnter | QEvent.Type.DragMove if isinstance(event, QDropEvent):
                self._hover(self._accept(event))
            case QEvent.Type.DragLeave:
                self._hover(False)
            case QEvent.Type.Drop if isinstance(event, QDropEvent):
                self._hover(False)
                if self._accept(event):
                    self.dropped.emit(Offer(event.mimeData(), self._is_move(event)))
            case _:
                return False
        return True

    def _accept(self, event: QDropEvent) -> bool:
        if not is_usable(event.mimeData()):
            event.ignore()
            return False
        if not self._is_move(event):
            # Never the move that a file manager may propose: it would delete the file.
            event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        return True

    def _is_move(self, event: QDropEvent) -> bool:
        is_own = isinstance(event.mimeData(), DraggedSketch)
        return is_own and self._moves and event.proposedAction() == Qt.DropAction.MoveAction

    def _hover(self, is_hovered: bool) -> None:
        if is_hovered != self._is_hovered:
            self._is_hovered = is_hovered
            self._widget.update()
