"""How probable its own class is for a drawing of the support, at the step on show: a bar beneath the drawing."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from metagui.data.task import Sketch, Task
from metagui.gui import theme
from metagui.gui.prediction_bars import percent
from metagui.learn.adaptation import AdaptationStep

_HEIGHT = 6  # pixels


@dataclass(frozen=True)
class SupportVerdict:
    """What the network names a drawing that it has learned from."""

    row: int  # of its own class
    own: float  # the probability of that
    winner: str
    probability: float  # of the winner
    is_right: bool

    @property
    def text(self) -> str:
        named = f"Named {self.winner} ({percent(self.probability)})"
        return f"{named}, right" if self.is_right else f"{named}, wrong: its own class has {percent(self.own)}"


def support_verdicts(task: Task, step: AdaptationStep) -> list[dict[Sketch, SupportVerdict]]:
    """Of each class's drawings that take part."""
    verdicts: list[dict[Sketch, SupportVerdict]] = [{} for _ in task.classes]
    table = iter(np.nan_to_num(step.inside.support_probabilities))
    for label, row in enumerate(task.drawn_rows):
        for sketch, probabilities in zip(task.classes[row].active, table, strict=False):
            winner = int(probabilities.argmax())
            verdicts[row][sketch] = SupportVerdict(
                row,
                float(probabilities[label]),
                task.classes[task.drawn_rows[winner]].name,
                float(probabilities[winner]),
                winner == label,
            )
    return verdicts


class OwnProbability(QWidget):
    """Full where the network is sure of the drawing's own class; hatched, in red, where it names another one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verdict: SupportVerdict | None = None
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName("Probability of the drawing's own class")

    def sizeHint(self) -> QSize:
        return QSize(0, _HEIGHT)

    def show_verdict(self, verdict: SupportVerdict | None) -> None:
        if verdict == self.verdict:
            return
        self.verdict = verdict
        text = "" if verdict is None else verdict.text
        self.setToolTip(text)
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.verdict is None:
            return
        painter, palette = QPainter(self), self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.blend(palette.color(QPalette.ColorRole.Window), theme.line(palette), 0.6))
        bar = QRectF(self.rect())
        painter.drawRoundedRect(bar, 2, 2)
        bar.setWidth(max(bar.width() * self.verdict.own, 2))
        if self.verdict.is_right:
            painter.setBrush(theme.series_colour(self.verdict.row, palette))
        else:
            bar.setWidth(max(bar.width(), 8))
            painter.setBrush(QBrush(theme.error(palette), Qt.BrushStyle.BDiagPattern))
            painter.setPen(theme.error(palette))
            bar.adjust(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(bar, 2, 2)
