"""The inner steps of an adaptation: a slider through them, the probabilities and the losses at each."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QStackedWidget, QVBoxLayout, QWidget

import pyqtgraph as pg  # after PySide6  # isort: skip

from metagui.gui import theme
from metagui.gui.themed_plot import ThemedPlot
from metagui.learn.adaptation import AdaptationStep

_AXIS = 44  # pixels left of both plots, so that the slider and the steps stand above one another
_SUPPORT, _QUERY = 9, 1  # series colours of the losses


class Timeline(QWidget):
    step_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence[AdaptationStep] = ()
        self._colours: list[int] = []
        self._range = self._last = self._query = 0
        self._chosen: int | None = None  # the step that the user went to; None: always the last one
        self._label = QLabel(self)
        self._label.setAccessibleName("Inner step")
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, 1)
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setAccessibleName("Inner step")
        self.slider.setToolTip("Go through the inner steps (Alt+Left, Alt+Right)")
        self.slider.valueChanged.connect(self._on_value_changed)
        for name, keys, move in (
            ("Previous inner step", "Alt+Left", QSlider.SliderAction.SliderSingleStepSub),
            ("Next inner step", "Alt+Right", QSlider.SliderAction.SliderSingleStepAdd),
        ):
            action = QAction(name, self)
            action.setShortcut(QKeySequence(keys))
            action.setData(move)
            action.triggered.connect(self._on_step_triggered)
            self.addAction(action)
        self._probabilities = ThemedPlot(self, "", "", "Probability of each class over steps")
        self._probabilities.setYRange(0, 1, padding=0.1)
        ticks = [(place, f"{100 * place:.0f} %") for place in (0, 0.25, 0.5, 0.75, 1)]
        self._probabilities.plotItem.getAxis("left").setTicks([ticks[::2], ticks[1::2]])
        self._losses = ThemedPlot(self, "", "", "Losses over steps")
        self._losses.setXLink(self._probabilities)
        self._markers = [plot.add_marker() for plot in (self._probabilities, self._losses)]
        self._curves: list[pg.PlotDataItem] = []
        self._support_curve = self._losses.add_line(_SUPPORT, dots=True)
        self._query_curve = self._losses.add_line(_QUERY, dots=True)
        for plot in (self._probabilities, self._losses):
            plot.plotItem.getAxis("left").setWidth(_AXIS)
            plot.setMouseEnabled(x=False, y=False)
            plot.scene().sigMouseClicked.connect(self._on_plot_clicked)
        self._probabilities.plotItem.getAxis("bottom").setStyle(showValues=False)
        self._hint = QLabel(self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._build_layout()
        self.show_hint("")

    def _build_layout(self) -> None:
        track = QHBoxLayout()
        track.setContentsMargins(_AXIS + 3, 0, 4, 0)  # the ends of the track below the plots' first and last step
        track.addWidget(self.slider)
        self._legend = QLabel(self)
        self._legend.setContentsMargins(_AXIS, 0, 0, 0)
        self._subject = QLabel("probability of each class", self)
        head = QHBoxLayout()
        head.addWidget(self._label, 1)
        head.addWidget(self._subject)
        plots = QWidget(self)
        inner = QVBoxLayout(plots)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(2)
        inner.addWidget(self._probabilities, 5)
        inner.addWidget(self._legend)
        inner.addWidget(self._losses, 3)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(plots)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addLayout(track)
        layout.addWidget(self._pages, 1)

    @property
    def step(self) -> AdaptationStep | None:
        """The step that the slider is on."""
        return self._steps[min(self.slider.value(), len(self._steps) - 1)] if self._steps else None

    @property
    def steps(self) -> Sequence[AdaptationStep]:
        return self._steps

    def show_steps(self, steps: Sequence[AdaptationStep], colours: list[int], last: int, query: int = 0) -> None:
        """Show an adaptation's steps so far, of `last` in all, with the probabilities of the query of this number.

        `colours` are the series colours of its classes.
        """
        self._steps, self._colours, self._last, self._query = steps, colours, last, query
        self._pages.setCurrentIndex(1)
        self._subject.show()
        numbers = np.array([step.step for step in steps])
        self._show_probabilities(numbers)
        self._support_curve.setData(numbers, [step.support_loss for step in steps])
        losses = [step.query_loss for step in steps if step.query_loss is not None]
        self._query_curve.setData(numbers[: len(losses)], losses)
        self._show_range(last)
        last = int(numbers[-1])
        self.slider.blockSignals(True)  # the caller asks for `step` next
        place = last if self._chosen is None else min(self._chosen, last)
        self.slider.setRange(0, last)
        self.slider.setValue(place)
        self.slider.blockSignals(False)
        self.slider.setEnabled(last > 0)
        self._show_place()

    def _show_range(self, last: int) -> None:
        if last != self._range:  # pyqtgraph would lay out all anew
            self._range = last
            spacing = max(1, -(-last // 10))  # whole steps between labelled ticks, of which there are at most ten
            self._probabilities.setXRange(0, max(last, 1), padding=0.02)
            for plot in (self._probabilities, self._losses):
                plot.plotItem.getAxis("bottom").setTickSpacing(spacing, spacing)
            self.slider.setTickInterval(spacing)

    def show_hint(self, hint: str) -> None:
        """Say what is missing, in place of the plots."""
        self._steps = ()
        self._hint.setText(hint)
        self._pages.setCurrentIndex(0)
        self.slider.setEnabled(False)
        self._label.setText("Inner steps")
        self._subject.hide()

    def _show_probabilities(self, numbers: np.ndarray) -> None:
        count = len(self._colours) if self._query < len(self._steps[0].query_probabilities) else 0
        while len(self._curves) < count:
            self._curves.append(self._probabilities.add_line(0, dots=True))
        while len(self._curves) > count:
            self._probabilities.remove_line(self._curves.pop())
        if not count:
            return
        table = np.array([step.query_probabilities[self._query] for step in self._steps])
        winner = int(table[-1].argmax())
        for index, curve in enumerate(self._curves):
            self._probabilities.restyle_line(curve, self._colours[index], 3 if index == winner else 1)
            curve.setData(numbers, table[:, index])

    def _show_place(self) -> None:
        step = self.step
        if step is None:
            return
        for marker in self._markers:
            marker.setValue(step.step)
        last = self._steps[-1].step
        before = "Before adaptation" if self._last else "As it stands: it takes no inner steps"
        self._label.setText(f"After inner step {step.step} of {last}" if step.step else before)
        support, query = (theme.series_colour(index, self.palette()).name() for index in (_SUPPORT, _QUERY))
        text = f'loss &nbsp;<span style="color:{support}">● support {step.support_loss:.3f}</span>'
        if step.query_loss is not None:
            text += f' &nbsp;<span style="color:{query}">● query {step.query_loss:.3f}</span>'
        self._legend.setText(text)

    def _on_value_changed(self, value: int) -> None:
        self._chosen = None if value == self.slider.maximum() else value
        self._show_place()
        self.step_chosen.emit(value)

    def _on_step_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and self.slider.isEnabled():
            self.slider.triggerAction(action.data())

    def _on_plot_clicked(self, event: object) -> None:
        place = self._losses.plotItem.vb.mapSceneToView(event.scenePos())  # type: ignore[attr-defined]
        self.slider.setValue(round(place.x()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_pages"):
            self._show_place()
