"""A sheet of characters with a box around each of them, which can be chosen, taken away, united and drawn."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from metagui.data.sheet import Box, Gray, rows_of
from metagui.gui import theme

_SMALLEST = 4  # pixels of the sheet on a side that a box may have


class SheetView(QWidget):
    """A click chooses a box, with Ctrl a further one; the arrows go from box to box. Dragging draws a new one."""

    boxes_changed = Signal()  # by the user
    choice_changed = Signal()

    def __init__(self, picture: Gray, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        height, width = picture.shape
        self._image = QImage(picture.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()
        self._rows: tuple[tuple[Box, ...], ...] = ()
        self._chosen: set[Box] = set()
        self._current: Box | None = None  # where the arrows are
        self._drawn_from: QPointF | None = None
        self._drawn_to = QPointF()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setAccessibleName("The sheet and the characters on it")
        self.setToolTip(
            "Click a box to choose it, with Ctrl a further one; drag to draw a new box.\n"
            "With the keys: arrows, Space to choose, Delete to take away, M to unite."
        )

    @property
    def rows(self) -> tuple[tuple[Box, ...], ...]:
        """The boxes as they are read."""
        return self._rows

    @property
    def chosen(self) -> set[Box]:
        return set(self._chosen)

    def show_boxes(self, boxes: Sequence[Box]) -> None:
        self._rows = rows_of(boxes)
        self._choose(self._chosen & set(boxes))
        if self._current not in self._boxes():
            self._current = None
        self.update()

    def remove_chosen(self) -> None:
        if self._chosen:
            self._change([box for box in self._boxes() if box not in self._chosen], set())

    def unite_chosen(self) -> None:
        """One box in place of those that are chosen."""
        if len(self._chosen) > 1:
            first, *others = self._chosen
            for box in others:
                first = first.united(box)
            self._change([*(box for box in self._boxes() if box not in self._chosen), first], {first})

    def sizeHint(self) -> QSize:
        return QSize(720, 520)

    # Pointer and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drawn_from = self._drawn_to = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drawn_from is not None:
            self._drawn_to = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drawn_from is None or event.button() != Qt.MouseButton.LeftButton:
            return
        start, end = self._drawn_from, event.position()
        self._drawn_from = None
        if (end - start).manhattanLength() >= QGuiApplication.styleHints().startDragDistance():
            self._draw(start, end)
        else:
            self._click(end, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
        if event.key() in steps and self._rows:
            self._go(*steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Space and self._current is not None:
            self._choose(self._chosen ^ {self._current})
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_chosen()
        elif event.key() == Qt.Key.Key_M:
            self.unite_chosen()
        else:
            super().keyPressEvent(event)

    def _draw(self, start: QPointF, end: QPointF) -> None:
        scale, origin = self._scale(), self._origin()
        drawn = QRectF((start - origin) / scale, (end - origin) / scale).normalized().toAlignedRect()
        drawn &= self._image.rect()
        if min(drawn.width(), drawn.height()) >= _SMALLEST:
            box = Box(drawn.left(), drawn.top(), drawn.left() + drawn.width(), drawn.top() + drawn.height())
            self._change([*self._boxes(), box], {box})

    def _click(self, position: QPointF, with_ctrl: bool) -> None:
        place = (position - self._origin()) / self._scale()
        hit = [box for box in self._boxes() if box.left <= place.x() < box.right and box.top <= place.y() < box.bottom]
        nearest = min(hit, key=lambda box: box.width * box.height, default=None)
        if nearest is None:
            self._choose(set())
        else:
            self._current = nearest
            self._choose(self._chosen ^ {nearest} if with_ctrl else {nearest})

    def _go(self, down: int, right: int) -> None:
        """To the next box of the row, or to one of the next row."""
        if self._current is None:
            self._current = self._rows[0][0]
        elif right:
            boxes = self._boxes()
            self._current = boxes[(boxes.index(self._current) + right) % len(boxes)]
        else:
            here = self._current
            row = next(number for number, row in enumerate(self._rows) if here in row)
            others = self._rows[(row + down) % len(self._rows)]
            self._current = min(others, key=lambda box: abs(box.left + box.right - here.left - here.right))
        self.update()

    def _change(self, boxes: Sequence[Box], chosen: set[Box]) -> None:
        self._chosen = chosen
        self.show_boxes(boxes)
        self.boxes_changed.emit()

    def _choose(self, chosen: set[Box]) -> None:
        if chosen != self._chosen:
            self._chosen = chosen
            self.update()
        self.choice_changed.emit()

    def _boxes(self) -> list[Box]:
        return [box for row in self._rows for box in row]

    # Looks

    def _scale(self) -> float:
        """Pixels of the widget for one of the sheet."""
        return min(self.width() / self._image.width(), self.height() / self._image.height())

    def _origin(self) -> QPointF:
        size = QPointF(self._image.width(), self._image.height()) * self._scale()
        return (QPointF(self.width(), self.height()) - size) / 2

    def place_of(self, box: Box) -> QRect:
        """Where a box is on the widget."""
        scale, origin = self._scale(), self._origin()
        corner = origin + QPointF(box.left, box.top) * scale
        return QRectF(corner.x(), corner.y(), box.width * scale, box.height * scale).toAlignedRect()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, palette = QPainter(self), self.palette()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        origin, scale = self._origin(), self._scale()
        room = QRectF(origin.x(), origin.y(), self._image.width() * scale, self._image.height() * scale)
        painter.drawImage(room, self._image)
        for number, row in enumerate(self._rows):
            colour = theme.on_light(number)
            for box in row:
                place = self.place_of(box)
                if box in self._chosen:
                    fill = QColor(colour)
                    fill.setAlphaF(0.25)
                    painter.fillRect(place, fill)
                painter.setPen(QPen(colour, 3 if box in self._chosen else 1.5))
                painter.drawRect(place)
                if box == self._current and self.hasFocus():
                    painter.setPen(QPen(QColor("black"), 1, Qt.PenStyle.DotLine))
                    painter.drawRect(place.adjusted(-4, -4, 4, 4))
        if self._drawn_from is not None:
            painter.setPen(QPen(theme.accent(palette), 1, Qt.PenStyle.DashLine))
            painter.drawRect(QRectF(self._drawn_from, self._drawn_to))
        painter.setPen(theme.accent(palette) if self.hasFocus() else theme.line(palette))
        painter.drawRect(room.toAlignedRect().adjusted(0, 0, -1, -1))
