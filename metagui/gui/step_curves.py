"""What an adaptation does over its inner steps: the probabilities of one query's classes, and the losses."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QGraphicsItem, QLabel, QVBoxLayout, QWidget

from metagui.gui import theme
from metagui.gui.dotted_line import DottedLine
from metagui.gui.still_label import StillLabel
from metagui.gui.themed_plot import ThemedPlot
from metagui.learn.adaptation import AdaptationStep

_AXIS = 44  # pixels left of both plots, so that their steps stand above one another
_SUPPORT, _QUERY = 9, 1  # series colours of the losses


class StepCurves(QWidget):
    step_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence[AdaptationStep] = ()
        self._colours: list[int] = []
        self._range = self._query = self._step = 0
        self._top = 0.0  # of the losses
        self._probabilities = ThemedPlot(self, "", "", "Probability of each class over steps")
        self._probabilities.setYRange(0, 1, padding=0.1)
        ticks = [(place, f"{100 * place:.0f} %") for place in (0, 0.25, 0.5, 0.75, 1)]
        self._probabilities.plotItem.getAxis("left").setTicks([ticks[::2], ticks[1::2]])
        self._losses = ThemedPlot(self, "", "", "Losses over steps")
        self._losses.setXLink(self._probabilities)
        self._probabilities.setMinimumHeight(60)  # a window of 700 pixels has room for a strip of queries too
        self._losses.setMinimumHeight(54)
        self._markers = [plot.add_marker() for plot in (self._probabilities, self._losses)]
        self._curves: list[DottedLine] = []
        self._support_curve = self._losses.add_dotted_line(_SUPPORT)
        self._query_curve = self._losses.add_dotted_line(_QUERY)
        for plot in (self._probabilities, self._losses):
            plot.plotItem.getAxis("left").setWidth(_AXIS)
            for side in ("left", "bottom"):  # with their grids half of what a move of the marker would paint anew
                plot.plotItem.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
            plot.setMouseEnabled(x=False, y=False)
            plot.scene().sigMouseClicked.connect(self._on_plot_clicked)
        self._probabilities.plotItem.getAxis("bottom").setStyle(showValues=False)
        subject = QLabel("probability of each class", self)
        subject.setContentsMargins(_AXIS, 0, 0, 0)
        self._legend = StillLabel(self)
        self._legend.setContentsMargins(_AXIS, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(subject)
        layout.addWidget(self._probabilities, 5)
        layout.addWidget(self._legend)
        layout.addWidget(self._losses, 3)

    def show_steps(self, steps: Sequence[AdaptationStep], colours: list[int], last: int, query: int) -> None:
        """Show an adaptation's steps so far, of `last` in all, with the probabilities of the query of this number.

        `colours` are the series colours of its classes.
        """
        self._steps, self._colours, self._query = steps, colours, query
        numbers = np.array([step.step for step in steps])
        self._show_probabilities(numbers)
        self._support_curve.show_points(numbers, [step.support_loss for step in steps])
        losses = [step.query_loss for step in steps if step.query_loss is not None]
        self._query_curve.show_points(numbers[: len(losses)], losses)
        self._show_range(last)
        self._show_top([*(step.support_loss for step in steps), *losses])

    def show_step(self, number: int) -> None:
        """Mark the step on show."""
        self._step = number
        step = self._steps[number]
        for marker in self._markers:
            marker.setValue(step.step)
        support, query = (theme.series_colour(index, self.palette()).name() for index in (_SUPPORT, _QUERY))
        right = f"{100 * step.support_accuracy:.0f} % right"
        text = f'loss &nbsp;<span style="color:{support}">● support {step.support_loss:.3f} ({right})</span>'
        if step.query_loss is not None:
            text += f' &nbsp;<span style="color:{query}">● query {step.query_loss:.3f}</span>'
        self._legend.setText(text)

    def _show_range(self, last: int) -> None:
        if last != self._range:  # pyqtgraph would lay out all anew
            self._range = last
            spacing = spacing_of(last)
            self._probabilities.setXRange(0, max(last, 1), padding=0.02)
            for plot in (self._probabilities, self._losses):
                plot.plotItem.getAxis("bottom").setTickSpacing(spacing, spacing)

    def _show_top(self, losses: Sequence[float]) -> None:
        """Losses from zero up, in a frame that stays for most answers: the axis and its grid need no painting anew."""
        top = round_up(max(filter(math.isfinite, losses), default=1.0))
        if top != self._top:
            self._top = top
            self._losses.setYRange(0, top, padding=0.1)
            half, *ends = [(share * top, f"{share * top:g}") for share in (0.5, 0, 1)]
            self._losses.plotItem.getAxis("left").setTicks([[half], ends])  # where there is little room, half alone

    def _show_probabilities(self, numbers: np.ndarray) -> None:
        answers = self._steps[0].answers
        count = answers.shape[1] if self._query < len(answers) else 0  # the classes and, where it is told, none of them
        while len(self._curves) < count:
            self._curves.append(self._probabilities.add_dotted_line(0))
        while len(self._curves) > count:
            self._probabilities.remove_line(self._curves.pop())
        if not count:
            return
        table = np.array([step.answers[self._query] for step in self._steps])
        winner = int(table[-1].argmax())
        for index, curve in enumerate(self._curves):
            colour = self._colours[index] if index < len(self._colours) else theme.QUIET
            self._probabilities.restyle_line(curve, colour, 3 if index == winner else 1)
            curve.show_points(numbers, table[:, index])

    def _on_plot_clicked(self, event: object) -> None:
        place = self._losses.plotItem.vb.mapSceneToView(event.scenePos())  # type: ignore[attr-defined]
        self.step_clicked.emit(round(place.x()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._steps:
            self.show_step(self._step)


def spacing_of(last: int) -> int:
    """Whole steps between labelled ticks, of which there are at most ten."""
    return max(1, -(-last // 10))


def round_up(value: float) -> float:
    """To the next of 1, 2 and 5 times a power of ten; 1 for what is not positive."""
    if value <= 0:
        return 1.0
    # Twenty is for a logarithm that is rounded down.
    power = 10.0 ** math.floor(math.log10(value))
    return next(digit * power for digit in (1, 2, 5, 10, 20) if digit * power >= value)
