"""Paper to draw on with mouse, pen or finger, and to rub out again."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QMenu, QWidget

from metagui.data.erasing import ERASER
from metagui.data.glyph import FRAME, Stroke
from metagui.data.task import EMPTY, Sketch
from metagui.gui import theme
from metagui.gui.pointer_area import Pointer, PointerArea
from metagui.gui.sketch_mime import clipboard_data, copy_sketch, drag_sketch, is_usable
from metagui.gui.sketch_painting import paint_sketch, paint_strokes
from metagui.gui.stroke_in_work import StrokeInWork

_VEIL = 0.75  # over a drawing that is switched off

# What the user did, as `drawing_changed` tells it
STROKE, ERASURE, REMOVAL, CUT = "stroke", "erasure", "removal", "cut"


class DrawingCanvas(PointerArea):
    """A square of paper with one sketch on it.

    Strokes are float32 of shape (points, 4): x and y in the glyph's 105×105 frame, time in ms since the drawing's first
    point, and pressure, which is kept and shown, and never changes the ink that the network sees. The right button, the
    other end of a pen, and after `set_erasing` every pointer rubs out. A picture is not drawn on: it can be dragged.
    """

    stroke_finished = Signal(object)  # the stroke
    drawing_changed = Signal(str)  # what the user did; not by `show_sketch`
    stroke_extended = Signal()  # the stroke or the erasure in work has a new point
    stroke_dropped = Signal()  # by the user, unfinished
    paste_asked = Signal()

    def __init__(self, side: int, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(side, side)
        self.setAccessibleName(name)
        self.hint = hint
        self.is_movable = False  # what is dragged from here may go from here
        self._sketch = EMPTY
        self._work = StrokeInWork()
        self._is_erasing = False
        self._eraser_at: QPointF | None = None
        self._dragged_from: QPointF | None = None
        self.show_sketch(EMPTY)

    @property
    def sketch(self) -> Sketch:
        return self._sketch

    @property
    def is_drawing(self) -> bool:
        return bool(self._work)

    @property
    def sketch_in_work(self) -> Sketch:
        """The sketch with the stroke in work, or without what is being rubbed out."""
        return self._work.sketch if self._work else self._sketch

    def set_erasing(self, erasing: bool) -> None:
        """Rub out with every pointer, from the next press on."""
        self._is_erasing = erasing
        self._eraser_at = None
        self.update()

    def show_sketch(self, sketch: Sketch) -> None:
        """Show this sketch from now on; a stroke in work is dropped."""
        self._drop_stroke()
        if not sketch.strokes:
            self._work.reset_clock()
        self._sketch = sketch
        self.setCursor(Qt.CursorShape.CrossCursor if sketch.is_drawable else Qt.CursorShape.OpenHandCursor)
        self.update()

    def add_stroke(self, stroke: Stroke) -> None:
        """Add a finished stroke, as if it had been drawn here."""
        if self._sketch.is_drawable:
            self._finish(stroke, self._sketch.with_stroke(stroke))

    def _finish(self, stroke: Stroke, sketch: Sketch) -> None:
        """Show this sketch, with this stroke as its last."""
        self._sketch = sketch
        self.update()
        self.stroke_finished.emit(stroke)
        self.drawing_changed.emit(STROKE)

    def clear(self) -> None:
        self._take_away(REMOVAL)

    def copy(self) -> None:
        if not self._sketch.is_empty:
            copy_sketch(self._sketch)

    def cut(self) -> None:
        self.copy()
        self._take_away(CUT)

    def drag(self) -> None:
        """Let the user drag the sketch away; returns when it is dropped."""
        if not self._sketch.is_empty:
            drag_sketch(self._sketch, self, self.grab(), self.is_movable)

    def sizeHint(self) -> QSize:
        return self.size()

    # Pointers

    def _on_pressed(self, pointer: Pointer) -> None:
        place = self._place(pointer.position)
        if not self._sketch.is_drawable:
            self._dragged_from = None if pointer.is_right else pointer.position
        elif pointer.is_right or pointer.is_eraser or self._is_erasing:
            self._eraser_at = pointer.position
            # The right button may be pressed for the menu: it rubs nothing out until it is moved.
            self._work.begin_rubbing(self._sketch, place, at_once=not pointer.is_right)
            self.stroke_extended.emit()
        else:
            self._work.begin(self._sketch, place, pointer.pressure)
        self.update()

    def _on_moved(self, pointer: Pointer) -> None:
        rubs = self._work.rubs if self._work else pointer.is_eraser or self._is_erasing
        if rubs or self._eraser_at is not None:
            self._eraser_at = pointer.position if rubs and self._sketch.is_drawable else None
            self.update()
        if self._work.extend(self._place(pointer.position), pointer.pressure):
            self.update()
            self.stroke_extended.emit()
        if self._dragged_from is not None:
            moved = (pointer.position - self._dragged_from).manhattanLength()
            if moved >= QGuiApplication.styleHints().startDragDistance():
                self._drop_stroke()
                self.drag()

    def _on_lifted(self) -> None:
        is_finished, stroke, sketch, rubbed = bool(self._work), self._work.stroke, self.sketch_in_work, self._work.rubs
        self._drop_stroke()
        if is_finished and not rubbed:
            self._finish(stroke, sketch)
        elif sketch is not self._sketch:
            self._sketch = sketch
            self.drawing_changed.emit(ERASURE)

    def _on_cancelled(self) -> None:
        self._drop_stroke()
        self.stroke_dropped.emit()

    def _on_menu_asked(self, where: QPoint) -> None:
        menu = QMenu(self)
        is_filled = not self._sketch.is_empty
        for text, key, slot, is_enabled in (
            ("Cu&t", QKeySequence.StandardKey.Cut, self.cut, is_filled),
            ("&Copy", QKeySequence.StandardKey.Copy, self.copy, is_filled),
            ("&Paste", QKeySequence.StandardKey.Paste, self.paste_asked.emit, is_usable(clipboard_data())),
            ("&Delete", QKeySequence.StandardKey.Delete, self.clear, is_filled),
        ):
            # The key is the canvas's own: the menu only tells it.
            action = menu.addAction(f"{text}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}")
            action.triggered.connect(slot)
            action.setEnabled(is_enabled)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._eraser_at = None
        self.update()

    def _drop_stroke(self) -> None:
        self._forget_pointer()
        self._work.drop()
        self._dragged_from = None
        if not self._is_erasing:
            self._eraser_at = None
        self.update()

    def _take_away(self, what: str) -> None:
        if not self._sketch.is_empty:
            self.show_sketch(EMPTY)
            self.drawing_changed.emit(what)

    def _place(self, position: QPointF) -> tuple[float, float]:
        """A place on the widget in frame pixels; beside the paper, the nearest place on its border."""
        scale = FRAME / self.width()
        # Half a pixel: a stroke's coordinates name the middle of a pixel.
        x, y = (min(max(place * scale, 0.0), FRAME) - 0.5 for place in (position.x(), position.y()))
        return x, y

    # Keyboard and looks

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._work:
            self._on_cancelled()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not self._sketch.is_empty:
            self.clear()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Cut):
            self.cut()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste_asked.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(self.rect(), theme.paper(palette))
        if self._sketch.is_empty and not self._work:
            painter.setPen(theme.quiet(palette))
            painter.drawText(self.rect().adjusted(6, 6, -6, -6),
                             int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.hint)  # fmt: skip
        paint_sketch(painter, self._work.sketch if self._work.rubs else self._sketch, self.width(), palette)
        paint_strokes(painter, [self._work.stroke], self.width(), theme.ink(palette))
        if not self._sketch.is_active:
            veil = palette.color(QPalette.ColorRole.Window)
            veil.setAlphaF(_VEIL)
            painter.fillRect(self.rect(), veil)
        if self._eraser_at is not None:
            self._paint_eraser(painter, self._eraser_at)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        focused = self.hasFocus()
        painter.setPen(QPen(theme.accent(palette) if focused else theme.line(palette), 2 if focused else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1) if focused else self.rect().adjusted(0, 0, -1, -1))

    def _paint_eraser(self, painter: QPainter, position: QPointF) -> None:
        radius, disc = ERASER * self.width() / FRAME, theme.accent(self.palette())
        disc.setAlphaF(0.25)
        painter.setPen(QPen(theme.quiet(self.palette()), 1))
        painter.setBrush(disc)
        painter.drawEllipse(position, radius, radius)
