"""A sketch as a person sees it: its strokes, its picture, or the glyph that it was given as."""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPen

from metagui.data.glyph import FRAME, PEN, Stroke
from metagui.data.task import Sketch
from metagui.gui import theme
from metagui.gui.glyph_view import glyph_image

_FAINTEST = 0.4  # of the pen's width is what a line is at least, where the pen hardly presses


def paint_sketch(painter: QPainter, sketch: Sketch, side: int, palette: QPalette) -> None:
    """Paint on a square of `side` from the origin; the paper is not painted."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    if sketch.picture is not None:
        height, width = sketch.picture.shape
        image = QImage(sketch.picture.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
        size = image.size().scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect((side - size.width()) // 2, (side - size.height()) // 2, size.width(), size.height())
        painter.drawImage(place, image)
    elif sketch.given is not None:
        painter.drawImage(QRect(0, 0, side, side), glyph_image(sketch.given, palette))
    else:
        paint_strokes(painter, sketch.strokes, side, theme.ink(palette))


def paint_strokes(painter: QPainter, strokes: Iterable[Stroke], side: int, colour: QColor) -> None:
    """A full press is as wide as the ink that the network sees; a lighter one is thinner, to the eye alone."""
    painter.save()
    painter.scale(side / FRAME, side / FRAME)
    painter.translate(0.5, 0.5)
    pen = QPen(colour, PEN)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    for stroke in strokes:
        if not len(stroke):
            continue
        rows = stroke.tolist()
        points = [QPointF(*row[:2]) for row in rows]
        widths = [_width(row[3]) if len(row) > 3 else PEN for row in rows]
        if len(points) == 1:
            radius = widths[0] / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QRectF(points[0].x() - radius, points[0].y() - radius, 2 * radius, 2 * radius))
        elif min(widths) == max(widths):
            pen.setWidthF(widths[0])
            painter.setPen(pen)
            painter.drawPolyline(points)
        else:
            for first, last, width, next_width in zip(points[:-1], points[1:], widths[:-1], widths[1:], strict=True):
                pen.setWidthF((width + next_width) / 2)
                painter.setPen(pen)
                painter.drawLine(first, last)
    painter.restore()


def sketch_image(sketch: Sketch, side: int) -> QImage:
    """Black on white, for other programs."""
    palette = QPalette(QColor("#ffffff"))
    palette.setColor(QPalette.ColorRole.Text, QColor("#000000"))
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    paint_sketch(painter, sketch, side, palette)
    painter.end()
    return image


def _width(pressure: float) -> float:
    return PEN * (_FAINTEST + (1 - _FAINTEST) * min(max(pressure, 0), 1))
