"""The drawings of the support, each with a bar for how much it speaks for the winner; a click switches one off."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, inf, isfinite, isnan, log10
from typing import cast

from PySide6.QtCore import (
    QBuffer,
    QIODevice,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QCursor, QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from metagui.data.glyph import SIDE
from metagui.gui import theme
from metagui.gui.glyph_view import Glyph, glyph_image

_ROW = SIDE + 8
_STRIPE = 4
_LARGE = 4 * SIDE  # of the drawing in the tooltip
_LEAST_SCALE = 0.1  # nats of a full bar: of influences that are all smaller, the bars are short too
_CERTAIN = 5e-7  # from certainty: less is none with four digits of a percentage


@dataclass(frozen=True, eq=False)
class SupportDrawing:
    """One drawing of the support, and what it does for the winner."""

    row: int  # of its class, which is its colour too
    index: int  # among the class's drawings
    name: str  # of its class
    glyph: Glyph
    is_active: bool
    influence: float | None = None  # nats, see Explanation; None: not known yet
    without: float | None = None  # the winner's probability, had the network not learned from the drawing

    @property
    def place(self) -> tuple[int, int]:
        return self.row, self.index


def exact_percent(probability: float) -> str:
    """With as many digits as tell it from certainty, up to four: what changes near there is to be seen too."""
    rest = min(probability, 1 - probability)
    digits = min(max(1, -2 - floor(log10(rest))), 4) if rest > _CERTAIN else 1
    return f"{100 * probability:.{digits}f} %"


def told(drawing: SupportDrawing, winner: str) -> str:
    """What the bar says, in words."""
    if not drawing.is_active:
        return "switched off: the network does not learn from it"
    if drawing.influence is None:
        return "not known yet"
    if isnan(drawing.influence):
        return f"cannot be left out: this network's head is fixed, and needs a drawing of {drawing.name}"
    if drawing.influence == inf:
        return f"without it {winner} has no drawing, and takes no part"
    side = "for" if drawing.influence > 0 else "against"
    text = f"speaks {side} {winner}"
    if drawing.without is not None:
        text += f": without it {winner} would have {exact_percent(drawing.without)}"
    return text


class InfluenceList(QListWidget):
    toggled = Signal(int, int)  # row of the class, index of its drawing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drawings: list[SupportDrawing] = []  # from top to bottom
        self.scale = _LEAST_SCALE  # nats of a full bar
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(200)
        self.setAccessibleName("Drawings of the support, the strongest for the winner first")
        self.itemClicked.connect(self._on_item_clicked)
        self.itemEntered.connect(self._on_item_entered)

    def show_drawings(self, drawings: Sequence[SupportDrawing], winner: str, is_complete: bool) -> None:
        """Sorted by influence where that is complete, and else in the order in which they stand."""
        current = self.drawings[self.currentRow()].place if self.currentRow() >= 0 else None
        if is_complete:
            self.drawings = sorted(drawings, key=_rank)
        else:
            before = {drawing.place: number for number, drawing in enumerate(self.drawings)}
            self.drawings = sorted(drawings, key=lambda drawing: before.get(drawing.place, len(before)))
        sizes = [abs(one.influence) for one in drawings if one.influence is not None and isfinite(one.influence)]
        self.scale = max([_LEAST_SCALE, *sizes])
        while self.count() < len(self.drawings):
            self.addItem(QListWidgetItem())
        while self.count() > len(self.drawings):
            self.takeItem(self.count() - 1)
        for number, drawing in enumerate(self.drawings):
            item = self.item(number)
            item.setToolTip("")
            words = told(drawing, winner)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{drawing.name}, drawing {drawing.index + 1}: {words}")
            if drawing.place == current:
                self.setCurrentRow(number)
        self.viewport().update()
        if self.viewport().underMouse() and (hovered := self.itemAt(self.viewport().mapFromGlobal(QCursor.pos()))):
            self._on_item_entered(hovered)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem():
            self._on_item_clicked(self.currentItem())
        else:
            super().keyPressEvent(event)

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self.toggled.emit(*self.drawings[self.row(item)].place)

    def _on_item_entered(self, item: QListWidgetItem) -> None:
        """Only now, since a picture of each of a hundred drawings takes longer than a step may."""
        drawing = self.drawings[self.row(item)]
        large = glyph_image(drawing.glyph, self.palette()).scaled(_LARGE, _LARGE)
        words = escape(item.data(Qt.ItemDataRole.AccessibleTextRole))
        deed = "off" if drawing.is_active else "on"
        item.setToolTip(f"<img src='data:image/png;base64,{_png(large)}'><br>{words}<br>Click: switch it {deed}")


def _rank(drawing: SupportDrawing) -> tuple[bool, bool, float]:
    """What is off comes last, and before it what is not known."""
    unknown = drawing.influence is None or isnan(drawing.influence)
    return not drawing.is_active, unknown, 0.0 if unknown else -cast(float, drawing.influence)


def _png(image: QImage) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return base64.b64encode(buffer.data().data()).decode()


class _Delegate(QStyledItemDelegate):
    """Stripe, glyph and class, a bar from the middle, and the winner's probability without the drawing."""

    def __init__(self, owner: InfluenceList) -> None:
        super().__init__(owner)
        self._owner = owner

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(180, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        drawing = self._owner.drawings[index.row()]
        palette, room = self._owner.palette(), QRect(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(room, theme.blend(theme.paper(palette), theme.accent(palette), 0.15))
        colour = theme.series_colour(drawing.row, palette)
        painter.fillRect(room.left(), room.top() + 3, _STRIPE, room.height() - 6, colour)
        thumb = QRect(room.left() + _STRIPE + 4, room.top() + 4, SIDE, SIDE)
        painter.setOpacity(1.0 if drawing.is_active else 0.3)
        painter.drawImage(thumb, glyph_image(drawing.glyph, palette))
        painter.setOpacity(1.0)
        painter.setPen(theme.line(palette))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(thumb.adjusted(0, 0, -1, -1))
        metrics = self._owner.fontMetrics()
        number_width = metrics.horizontalAdvance("99.9999 %") + 6
        name = QRect(thumb.right() + 6, room.top(), min(64, room.width() // 5), room.height())
        painter.setPen(theme.ink(palette) if drawing.is_active else theme.quiet(palette))
        left = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(
            name, left, metrics.elidedText(drawing.name, Qt.TextElideMode.ElideRight, name.width())
        )  # fmt: skip
        number = QRect(room.right() - number_width, room.top(), number_width - 2, room.height())
        painter.drawText(number, right, self._number(drawing))
        bars = QRect(name.right() + 4, room.top() + 8, number.left() - name.right() - 8, room.height() - 16)
        self._paint_bar(painter, bars, drawing)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.accent(palette))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room.adjusted(0, 0, -1, -1))
        painter.restore()

    @staticmethod
    def _number(drawing: SupportDrawing) -> str:
        if not drawing.is_active:
            return "off"
        if drawing.influence is None:
            return "…"
        return "–" if drawing.without is None else exact_percent(drawing.without)

    def _paint_bar(self, painter: QPainter, bars: QRect, drawing: SupportDrawing) -> None:
        palette, middle = self._owner.palette(), bars.center().x() + 0.5
        influence = drawing.influence if drawing.is_active else None
        if influence is not None and not isnan(influence):
            share = min(max(influence / self._owner.scale, -1.0), 1.0)
            length = share * bars.width() / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.speaks_for(palette) if share > 0 else theme.speaks_against(palette))
            painter.drawRoundedRect(QRectF(min(middle, middle + length), bars.top(), abs(length), bars.height()), 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(theme.quiet(palette))
        painter.drawLine(bars.center().x(), bars.top() - 4, bars.center().x(), bars.bottom() + 4)
