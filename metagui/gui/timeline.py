"""The way through the inner steps of an adaptation: a slider with play, above the views of the step that it is on."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSlider,
    QStackedWidget,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from metagui.gui import theme
from metagui.gui.actions import add_action
from metagui.gui.lazy_tabs import LazyTabs
from metagui.gui.step_curves import spacing_of
from metagui.gui.still_label import StillLabel
from metagui.learn.adaptation import AdaptationStep

_PLAY_MILLISECONDS = 4000  # from the first step to the last
_LONGEST_MILLISECONDS = 600  # of a step


class StepSlider(QSlider):
    """Marks the step that the network was trained to stop at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._trained = 0
        self.setRange(0, 1)
        self.setPageStep(1)
        self.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.setAccessibleName("Inner step")
        self.setToolTip("Go through the inner steps (←, →, Home, End; from anywhere Alt+Left, Alt+Right)")

    def mark(self, trained: int) -> None:
        if trained != self._trained:
            self._trained = trained
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not 0 < self._trained <= self.maximum():
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        along = QStyle.sliderPositionFromValue(0, self.maximum(), self._trained, self.width() - handle) + handle / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent(self.palette()))
        bottom = self.height()
        painter.drawPolygon(QPolygonF([QPointF(along + x, bottom - y) for x, y in ((-5, 0), (5, 0), (0, 7))]))


class Timeline(QWidget):
    """The step on show stays where the user put it; until then it is the last one."""

    step_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: Sequence[AdaptationStep] = ()
        self._last = self._trained = 0
        self._chosen: int | None = None  # the step that the user went to; None: always the last one
        self._label = StillLabel(self)
        self._label.setAccessibleName("Inner step")
        self.slider = StepSlider(self)
        self.slider.valueChanged.connect(self._on_value_changed)
        for name, keys, move in (
            ("Previous inner step", "Alt+Left", QSlider.SliderAction.SliderSingleStepSub),
            ("Next inner step", "Alt+Right", QSlider.SliderAction.SliderSingleStepAdd),
        ):
            action = add_action(self, name, keys, name)
            action.setData(move)
            action.triggered.connect(self._on_step_triggered)
        self.play_action = add_action(self, "▶", "Ctrl+P", "Play the inner steps from the first to the last")
        self.play_action.setCheckable(True)
        self.play_action.toggled.connect(self._on_play_toggled)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_tick)
        self.views = LazyTabs(self)
        self._hint = QLabel(self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._build_layout()
        self.show_hint("")

    def _build_layout(self) -> None:
        play = QToolButton(self)
        play.setDefaultAction(self.play_action)
        play.setAccessibleName("Play the inner steps")
        way = QHBoxLayout()
        way.setSpacing(6)
        way.addWidget(play)
        way.addWidget(self.slider, 1)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._hint)
        self._pages.addWidget(self.views)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._label)
        layout.addLayout(way)
        layout.addWidget(self._pages, 1)

    @property
    def step(self) -> AdaptationStep | None:
        """The step that the slider is on."""
        return self._steps[self.place] if self._steps else None

    @property
    def place(self) -> int:
        """Its number."""
        return min(self.slider.value(), len(self._steps) - 1)

    @property
    def steps(self) -> Sequence[AdaptationStep]:
        return self._steps

    @property
    def chosen(self) -> int | None:
        """The step that the user went to; None: the last one, whichever that is."""
        return self._chosen

    def choose(self, step: int | None) -> None:
        """As if the user had gone there before: to be followed by `show_steps`."""
        self._chosen = step

    def show_steps(self, steps: Sequence[AdaptationStep], last: int, trained: int) -> None:
        """The way through an adaptation's steps so far, of `last` in all, where training took `trained`."""
        self._steps, self._last, self._trained = steps, last, trained
        self._pages.setCurrentIndex(1)
        newest = steps[-1].step
        self.slider.blockSignals(True)  # the caller asks for `step` next
        self.slider.setRange(0, newest)
        self.slider.setValue(newest if self._chosen is None else min(self._chosen, newest))
        if self.slider.tickInterval() != spacing_of(last):  # else it would be painted anew
            self.slider.setTickInterval(spacing_of(last))
        self.slider.mark(trained)
        self.slider.blockSignals(False)
        self._set_enabled(newest > 0)
        self._show_place()

    def show_hint(self, hint: str) -> None:
        """Say what is missing, in place of the views."""
        self._steps = ()
        self._hint.setText(hint)
        self._pages.setCurrentIndex(0)
        self._set_enabled(False)
        self._label.setText("Inner steps")

    def _set_enabled(self, enabled: bool) -> None:
        self.slider.setEnabled(enabled)
        self.play_action.setEnabled(enabled)
        if not enabled:
            self.play_action.setChecked(False)

    def _show_place(self) -> None:
        step = self.step
        if step is None:
            return
        before = "Before adaptation" if self._last else "As it stands: it takes no inner steps"
        text = f"After inner step {step.step} of {self._steps[-1].step}" if step.step else before
        if self._last:
            beyond = " – beyond that" if step.step > self._trained else ""
            text += f"  (trained with {self._trained}{beyond})"
        self._label.setText(text)

    def _on_value_changed(self, value: int) -> None:
        self._chosen = None if value == self.slider.maximum() else value
        self._show_place()
        self.step_chosen.emit(value)

    def _on_step_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and self.slider.isEnabled():
            self.slider.triggerAction(action.data())

    def _on_play_toggled(self, playing: bool) -> None:
        self.play_action.setText("⏸" if playing else "▶")
        if not playing:
            self._timer.stop()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self._timer.start(min(_LONGEST_MILLISECONDS, _PLAY_MILLISECONDS // self.slider.maximum()))

    def _on_tick(self) -> None:
        self.slider.setValue(self.slider.value() + 1)
        if self.slider.value() == self.slider.maximum():
            self.play_action.setChecked(False)
