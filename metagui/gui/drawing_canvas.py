"""Paper to draw on with mouse, pen or finger."""

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEventPoint,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QWidget

from metagui.data.glyph import FRAME, PEN, Stroke
from metagui.data.task import EMPTY, Sketch
from metagui.gui import theme
from metagui.gui.glyph_view import glyph_image

_VEIL = 0.75  # over a drawing that is switched off
_TOUCHES = (QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd, QEvent.Type.TouchCancel)


class DrawingCanvas(QWidget):
    """A square of paper with one sketch on it.

    Strokes are float32 of shape (points, 4): x and y in the glyph's 105×105 frame, time in ms since the drawing's first
    point, and pressure, which is kept and never changes the ink. One pointer draws at a time.
    """

    stroke_finished = Signal(object)  # the stroke
    drawing_changed = Signal()  # by a stroke or by clearing, not by `show_sketch`
    stroke_extended = Signal()  # the stroke in work has a new point
    stroke_dropped = Signal()  # by the user, unfinished

    def __init__(self, side: int, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(side, side)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setAccessibleName(name)
        self.hint = hint
        self._sketch = EMPTY
        self._points: list[tuple[float, float, float, float]] = []  # of the stroke in work
        self._finger: int | None = None
        self._clock = QElapsedTimer()
        self._clock_start = 0.0
        self.show_sketch(EMPTY)

    @property
    def sketch(self) -> Sketch:
        return self._sketch

    @property
    def is_drawing(self) -> bool:
        return bool(self._points)

    @property
    def sketch_in_work(self) -> Sketch:
        """The sketch with the stroke in work."""
        return self._sketch.with_stroke(self._stroke()) if self._points else self._sketch

    def show_sketch(self, sketch: Sketch) -> None:
        """Show this sketch from now on; a stroke in work is dropped."""
        self._drop_stroke()
        if not sketch.strokes:
            self._clock.invalidate()
        self._sketch = sketch
        self.setCursor(Qt.CursorShape.CrossCursor if sketch.is_drawable else Qt.CursorShape.ArrowCursor)
        self.update()

    def add_stroke(self, stroke: Stroke) -> None:
        """Add a finished stroke, as if it had been drawn here."""
        if not self._sketch.is_drawable:
            return
        self._sketch = self._sketch.with_stroke(stroke)
        self.update()
        self.stroke_finished.emit(stroke)
        self.drawing_changed.emit()

    def clear(self) -> None:
        if not self._sketch.is_empty:
            self.show_sketch(EMPTY)
            self.drawing_changed.emit()

    def sizeHint(self) -> QSize:
        return self.size()

    # Pointers

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position(), 1.0)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._extend(event.position(), 1.0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._extend(event.position(), 1.0)
            self._finish()

    def tabletEvent(self, event: QTabletEvent) -> None:
        if event.type() == QEvent.Type.TabletPress and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._begin(event.position(), event.pressure())
        elif event.type() == QEvent.Type.TabletMove:
            self._extend(event.position(), event.pressure())
        elif event.type() == QEvent.Type.TabletRelease:
            # The pen has left the paper: its pressure is 0 by now, the stroke's last point keeps its own.
            self._finish()
        event.accept()  # else Qt makes a mouse event of it, and the stroke is drawn twice

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent) and event.type() in _TOUCHES:
            self._on_touch(event)
            return True
        return super().event(event)

    def _on_touch(self, event: QTouchEvent) -> None:
        event.accept()
        if event.type() == QEvent.Type.TouchCancel:
            self._drop_stroke()
            self.stroke_dropped.emit()
            return
        if self._finger is None and event.points():
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._finger = event.points()[0].id()  # of several fingers the first draws
            self._begin(event.points()[0].position(), event.points()[0].pressure())
        for point in event.points():
            if point.id() == self._finger:
                self._extend(point.position(), point.pressure())
                if point.state() == QEventPoint.State.Released:
                    self._finish()

    # The stroke in work

    def _begin(self, position: QPointF, pressure: float) -> None:
        if self._points or not self._sketch.is_drawable:
            return
        if not self._clock.isValid():
            self._clock_start = float(self._sketch.strokes[-1][-1, 2]) if self._sketch.strokes else 0.0
            self._clock.start()
        self._points = [self._point(position, pressure)]
        self.update()

    def _extend(self, position: QPointF, pressure: float) -> None:
        point = self._point(position, pressure) if self._points else None
        if point and point[:2] != self._points[-1][:2]:
            self._points.append(point)
            self.update()
            self.stroke_extended.emit()

    def _finish(self) -> None:
        stroke = self._stroke()
        self._drop_stroke()
        if len(stroke):
            self.add_stroke(stroke)

    def _drop_stroke(self) -> None:
        self._points = []
        self._finger = None
        self.update()

    def _stroke(self) -> Stroke:
        return np.array(self._points, dtype=np.float32).reshape(-1, 4)

    def _point(self, position: QPointF, pressure: float) -> tuple[float, float, float, float]:
        """A place on the widget as a point of a stroke; beside the paper, the nearest place on its border."""
        scale = FRAME / self.width()
        # Half a pixel: a stroke's coordinates name the middle of a pixel.
        x, y = (min(max(place * scale, 0.0), FRAME) - 0.5 for place in (position.x(), position.y()))
        return x, y, self._clock_start + self._clock.nsecsElapsed() / 1e6, pressure

    # Keyboard and looks

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._points:
            self._drop_stroke()
            self.stroke_dropped.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not self._sketch.is_empty:
            self.clear()
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
        if self._sketch.picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            height, width = self._sketch.picture.shape
            gray = self._sketch.picture.tobytes()
            image = QImage(gray, width, height, width, QImage.Format.Format_Grayscale8)
            room = QRect(self.rect())
            size = image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawImage(QRect((room.width() - size.width()) // 2, (room.height() - size.height()) // 2,
                                    size.width(), size.height()), image)  # fmt: skip
        elif self._sketch.given is not None:
            painter.drawImage(self.rect(), glyph_image(self._sketch.given, palette))
        elif self._sketch.is_empty and not self._points:
            painter.setPen(theme.quiet(palette))
            painter.drawText(self.rect().adjusted(6, 6, -6, -6),
                             int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.hint)  # fmt: skip
        else:
            self._paint_strokes(painter)
        if not self._sketch.is_active:
            veil = palette.color(QPalette.ColorRole.Window)
            veil.setAlphaF(_VEIL)
            painter.fillRect(self.rect(), veil)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        focused = self.hasFocus()
        painter.setPen(QPen(theme.accent(palette) if focused else theme.line(palette), 2 if focused else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1) if focused else self.rect().adjusted(0, 0, -1, -1))

    def _paint_strokes(self, painter: QPainter) -> None:
        scale = self.width() / FRAME
        pen = QPen(theme.ink(self.palette()), PEN)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.save()
        painter.scale(scale, scale)
        painter.translate(0.5, 0.5)
        for stroke in (*self._sketch.strokes, self._stroke()):
            points = [QPointF(float(x), float(y)) for x, y in stroke[:, :2]]
            if len(points) == 1:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(pen.color())
                painter.drawEllipse(QRectF(points[0].x() - PEN / 2, points[0].y() - PEN / 2, PEN, PEN))
            elif points:
                path = QPainterPath(points[0])
                for point in points[1:]:
                    path.lineTo(point)
                painter.strokePath(path, pen)
        painter.restore()
