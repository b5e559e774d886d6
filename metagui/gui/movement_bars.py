"""How far each layer has moved since the first inner step: a bar for each, on a scale that is the same at all steps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from metagui.gui import theme
from metagui.learn.adaptation import LayerMovement

_ROW, _BAR = 22, 12  # pixels
_MOST_DECADES = 6
_LEAST = 0.01  # of a bar's full length, for what has moved at all

Movements = Mapping[str, LayerMovement | None]


@dataclass(frozen=True)
class Tick:
    share: float  # of a bar's full length
    text: str


@dataclass(frozen=True)
class Bar:
    """A layer at a step."""

    layer: str
    share: float  # of the bar's full length
    text: str
    is_frozen: bool
    is_from_zero: bool  # its length compares with its own at other steps, and not with those of other layers


def bars(movements: Sequence[Movements], number: int) -> tuple[list[Bar], list[Tick]]:
    """Of each layer at step `number` of all those of an adaptation, and the ticks of their scale.

    The scale is logarithmic, since the head often moves a thousand times as far as the blocks do; it reaches from the
    shortest way of any layer at any step to the longest. A layer that starts from zero has as many decades, up to its
    own longest way.
    """
    ways = [moved.relative for step in movements for moved in step.values() if moved is not None and moved.relative]
    ways = [way for way in ways if math.isfinite(way)]
    most = math.ceil(math.log10(max(ways, default=1.0)))
    least = max(math.floor(math.log10(min(ways, default=1.0))), most - _MOST_DECADES)
    decades = max(most - least, 1)
    ticks = [Tick((decade - least) / decades, f"{10.0 ** (decade + 2):g} %") for decade in range(least, most + 1)]

    def bar(layer: str, moved: LayerMovement | None) -> Bar:
        if moved is None:
            return Bar(layer, 0.0, "frozen", is_frozen=True, is_from_zero=False)
        way, longest = moved.relative, 10.0**most
        text = f"{moved.distance:.3g} from 0" if way is None else f"{100 * way:.3g} %"
        if way is None:
            steps = (step[layer] for step in movements)
            way, longest = moved.distance, max(step.distance for step in steps if step is not None)
        share = min(max(1 + math.log10(way / longest) / decades, _LEAST), 1.0) if way > 0 else 0.0
        return Bar(layer, share, text, is_frozen=False, is_from_zero=moved.relative is None)

    return [bar(layer, moved) for layer, moved in movements[number].items()], ticks if ways else []


class MovementBars(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._movements: Sequence[Movements] = ()
        self.bars: list[Bar] = []
        self._ticks: list[Tick] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("How far each layer has moved")
        self.setToolTip(
            "‖θ − θ₀‖ / ‖θ₀‖ of each layer: how far its weights have moved since before the first inner step, beside "
            "how large they were.\nA layer that starts from 0 has nothing to compare with: its bar is how large its "
            "weights are, beside the largest that they become.\nThe scale is logarithmic, and the same at all steps. "
            "A frozen layer is left as it is by the inner steps."
        )

    def show_movements(self, movements: Sequence[Movements]) -> None:
        """Those of all steps."""
        self._movements = movements
        self.updateGeometry()

    def show_step(self, number: int) -> None:
        self.bars, self._ticks = bars(self._movements, number)
        self.setAccessibleDescription(", ".join(f"{bar.layer}: {bar.text}" for bar in self.bars))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(150, _ROW * (len(self._movements[0]) + 1 if self._movements else 1))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, palette, metrics = QPainter(self), self.palette(), self.fontMetrics()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        names = max((metrics.horizontalAdvance(bar.layer) for bar in self.bars), default=0) + 8
        widest = "0.0000 from 0" if any(bar.is_from_zero for bar in self.bars) else "0.0000 %"
        texts = metrics.horizontalAdvance(widest) + 6  # the same at all steps, so that bars keep their length
        room = max(self.width() - names - texts, 10)
        for index, bar in enumerate(self.bars):
            row = QRect(0, index * _ROW, self.width(), _ROW)
            painter.setPen(theme.quiet(palette) if bar.is_frozen else palette.color(QPalette.ColorRole.WindowText))
            painter.drawText(row, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), bar.layer)
            painter.drawText(row, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), bar.text)
            self._paint_bar(painter, bar, QRectF(names, index * _ROW + (_ROW - _BAR) / 2, room, _BAR))
        self._paint_ticks(painter, names, room)

    def _paint_bar(self, painter: QPainter, bar: Bar, track: QRectF) -> None:
        palette = self.palette()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.blend(palette.color(QPalette.ColorRole.Window), theme.line(palette), 0.4))
        painter.drawRoundedRect(track, 3, 3)
        if bar.is_frozen:
            painter.setBrush(QBrush(theme.line(palette), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(track, 3, 3)
        elif bar.share:
            colour = theme.series_colour(0, palette)
            painter.setBrush(QBrush(colour, Qt.BrushStyle.Dense4Pattern) if bar.is_from_zero else colour)
            track.setWidth(max(track.width() * bar.share, 2))
            painter.drawRoundedRect(track, 3, 3)

    def _paint_ticks(self, painter: QPainter, left: int, room: int) -> None:
        """Those that have room for their texts, beneath the bars."""
        palette, metrics, bottom = self.palette(), self.fontMetrics(), len(self.bars) * _ROW
        free = -math.inf
        for tick in self._ticks:
            x, width = left + room * tick.share, metrics.horizontalAdvance(tick.text)
            painter.setPen(theme.line(palette))
            painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + 4))
            if x - width / 2 > free:
                painter.setPen(theme.quiet(palette))
                painter.drawText(QPointF(x - width / 2, bottom + 5 + metrics.ascent()), tick.text)
                free = x + width / 2 + 8
