"""The feature space in two dimensions: the drawings where the network sees them, moving with the inner steps."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from metagui.data.glyph import SIDE
from metagui.gui import theme
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.feature_points import FeaturePoints, Point
from metagui.gui.glyph_view import glyph_image
from metagui.gui.label_places import label_places

_MARGIN = 14  # pixels between the outermost points and the frame
_STRETCH = 2.0
_NEAR = 12  # pixels: a point that far from the mouse is meant
_SUPPORT, _QUERY, _SHOWN, _PROTOTYPE = 4.0, 4.5, 7.0, 8.0  # radii
_LONGEST_NAME = 80  # pixels, beside a prototype
_FORWARD, _BACK = (Qt.Key.Key_Right, Qt.Key.Key_Down), (Qt.Key.Key_Left, Qt.Key.Key_Up)


class FeatureView(QWidget):
    place_chosen = Signal(int)  # of a query

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: FeaturePoints | None = None
        self._number = 0
        self.current: int | None = None  # the point that the mouse or the keys are on
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Feature space: arrow keys go through the drawings, Enter shows a query")

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def show_answer(self, answer: AdaptationAnswer) -> None:
        self._points = FeaturePoints(answer)
        if self.current is not None and self.current >= len(self._points.points):
            self.current = None

    def show_step(self, number: int) -> None:
        self._number = number
        self._set_current(self.current)
        self.update()

    @property
    def text(self) -> str:
        """What is told of the current point."""
        if self._points is None or self.current is None:
            return ""
        point = self._points.points[self.current]
        return f"{point.name}\nnamed {self._points.verdict(self._number, self.current)}"

    def place_of(self, index: int) -> QPointF:
        """Where a point is on show at this step."""
        return QPointF(*self._places()[index])

    # From features to pixels

    @property
    def _frame(self) -> QRect:
        return self.rect().adjusted(0, 0, -1, -self.fontMetrics().height() - 5)

    def _on_screen(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Infinite places in the middle. One axis is stretched to fill a wide frame, but at most twice the other."""
        assert self._points is not None
        frame, least, most = self._frame, self._points.least, self._points.most
        room = np.array([frame.width(), frame.height()]) - 2 * _MARGIN
        scale = room / np.maximum(most - least, 1e-9)
        scale = np.minimum(scale, _STRETCH * scale.min())
        from_middle = np.nan_to_num((places - (least + most) / 2) * scale, posinf=0, neginf=0)
        middle = QRectF(frame).center()
        pixels: NDArray[np.float64] = [middle.x(), middle.y()] + from_middle * [1, -1]
        return pixels

    def _places(self) -> NDArray[np.float64]:
        """(points, 2), on show at this step."""
        assert self._points is not None
        return self._on_screen(self._points.places[self._number])

    # Hovering, keys and clicks

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_current(self._near(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._set_current(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._set_current(self._near(event.position()))
        self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self._points.points) if self._points else 0
        if count and event.key() in (*_FORWARD, *_BACK):
            forward = event.key() in _FORWARD
            self._set_current((self.current + (1 if forward else -1)) % count if self.current is not None
                              else 0 if forward else count - 1)  # fmt: skip
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
        elif event.key() == Qt.Key.Key_Escape and self.current is not None:
            self._set_current(None)
        else:
            super().keyPressEvent(event)

    def _near(self, position: QPointF) -> int | None:
        if self._points is None or not self._points.points:
            return None
        distances = np.hypot(*(self._places() - [position.x(), position.y()]).T)
        nearest = int(distances.argmin())
        return nearest if distances[nearest] <= _NEAR else None

    def _set_current(self, index: int | None) -> None:
        self.current = index
        self.setAccessibleDescription(self.text.replace("\n", ", "))
        self.update()

    def _choose(self) -> None:
        if self._points is not None and self.current is not None:
            place = self._points.points[self.current].place
            if place is not None:
                self.place_chosen.emit(place)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._points is None:
            return
        painter, palette = QPainter(self), self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.accent(palette) if self.hasFocus() else theme.line(palette))
        painter.setBrush(theme.paper(palette))
        painter.drawRect(self._frame)
        self._paint_ways(painter)
        places = [QPointF(*place) for place in self._places()]
        for point, place in zip(self._points.points, places, strict=True):
            if point.place is None:
                self._paint_support(painter, point, place)
        self._paint_prototypes(painter)
        for point, place in zip(self._points.points, places, strict=True):
            if point.place is not None:
                self._paint_query(painter, point, place)
        self._paint_key(painter)
        if self.current is not None:
            self._paint_drawing(painter, self._points.points[self.current], places[self.current])

    def _colour(self, row: int | None) -> QColor:
        return theme.ink(self.palette()) if row is None else theme.series_colour(row, self.palette())

    def _paint_ways(self, painter: QPainter) -> None:
        """That of the query on show, and of the current point, over the steps."""
        assert self._points is not None
        for index, point in enumerate(self._points.points):
            if index == self.current or (point.place is not None and point.place == self._points.task.place):
                painter.setPen(QPen(theme.blend(theme.paper(self.palette()), self._colour(point.row), 0.35), 1))
                way = self._on_screen(self._points.places[:, index])
                painter.drawPolyline(QPolygonF([QPointF(*place) for place in way]))

    def _paint_support(self, painter: QPainter, point: Point, place: QPointF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(point.row))
        painter.drawEllipse(place, _SUPPORT, _SUPPORT)

    def _paint_prototypes(self, painter: QPainter) -> None:
        assert self._points is not None
        task, palette, metrics = self._points.task, self.palette(), self.fontMetrics()
        centres = [QPointF(*place) for place in self._on_screen(self._points.prototypes(self._number))]
        for row, centre in zip(task.drawn_rows, centres, strict=True):
            painter.setPen(QPen(theme.paper(palette), 2))
            painter.setBrush(self._colour(row))
            painter.drawPolygon(QPolygonF([centre + QPointF(x, y) * _PROTOTYPE
                                           for x, y in ((-1, 0), (0, -1), (1, 0), (0, 1))]))  # fmt: skip
        names = [
            metrics.elidedText(task.classes[row].name, Qt.TextElideMode.ElideRight, _LONGEST_NAME)
            for row in task.drawn_rows
        ]
        sizes = [QSizeF(metrics.horizontalAdvance(name) + 4, metrics.ascent()) for name in names]
        places = label_places(centres, sizes, _PROTOTYPE, QRectF(self._frame))
        for row, name, place in zip(task.drawn_rows, names, places, strict=True):
            if place is not None:
                painter.setPen(self._colour(row))
                painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), name)

    def _paint_query(self, painter: QPainter, point: Point, place: QPointF) -> None:
        assert self._points is not None
        is_shown = point.place == self._points.task.place
        radius = _SHOWN if is_shown else _QUERY
        painter.setBrush(QBrush(theme.paper(self.palette())) if is_shown else Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._colour(point.row), 3 if is_shown else 1.5))
        painter.drawEllipse(place, radius, radius)

    def _paint_key(self, painter: QPainter) -> None:
        assert self._points is not None
        key = (
            f"●  drawing   ○  query   ◆  mean of a class   ·   {100 * self._points.shares.sum():.0f} % of the variance"
        )
        painter.setPen(theme.quiet(self.palette()))
        text = self.fontMetrics().elidedText(key, Qt.TextElideMode.ElideRight, self.width())
        below = QRect(0, self._frame.bottom() + 3, self.width(), self.fontMetrics().height())
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), text)

    def _paint_drawing(self, painter: QPainter, point: Point, place: QPointF) -> None:
        """The drawing and what is told of it, at the side of the frame that its point is farther from."""
        palette, side = self.palette(), 2 * SIDE
        lines = self.text.split("\n")
        height = self.fontMetrics().height()
        width = max(side, *(self.fontMetrics().horizontalAdvance(line) for line in lines)) + 12
        box = QRectF(0, 0, width, side + height * len(lines) + 14)
        frame = QRectF(self._frame)
        left = frame.right() - width - 4 if place.x() < frame.center().x() else frame.left() + 4
        box.moveTo(left, min(max(place.y() - box.height() / 2, 4), frame.bottom() - box.height() - 4))
        painter.setPen(QPen(self._colour(point.row), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(place, _SHOWN + 2, _SHOWN + 2)
        painter.setPen(theme.line(palette))
        painter.setBrush(palette.color(QPalette.ColorRole.Window))
        painter.drawRect(box)
        glyph = QRect(round(box.left()) + 6, round(box.top()) + 6, side, side)
        painter.drawImage(glyph, glyph_image(point.glyph, palette))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        below = box.adjusted(6, side + 8, 0, 0)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), "\n".join(lines))
