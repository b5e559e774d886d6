"""The queries and all that is to be seen of the network's answer to them, at one inner step."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from metagui.data.glyph import GlyphSettings
from metagui.data.task import Task
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.confusion_view import ConfusionView
from metagui.gui.feature_view import FeatureView
from metagui.gui.lanes import Lane
from metagui.gui.lanes_view import LaneState, LanesView
from metagui.gui.layers_view import LayersView
from metagui.gui.naming import rows_named
from metagui.gui.prediction_bars import PredictionBars
from metagui.gui.query_pad import QueryPad
from metagui.gui.query_strip import QueryStrip
from metagui.gui.step_curves import StepCurves
from metagui.gui.timeline import Timeline
from metagui.gui.why_view import WhyView


class QueryColumn(QWidget):
    place_chosen = Signal(int)  # of the query to be shown
    offered = Signal(object)  # the Offer of what is dropped among the queries or pasted
    step_shown = Signal(object, object)  # the Task of an answer, and its AdaptationStep; None: there is no answer

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = GlyphSettings()
        self._answer: AdaptationAnswer | None = None
        self._lanes: Sequence[Lane] = ()
        self._is_full = False
        self.pad = QueryPad(self)
        self.strip = QueryStrip(self)
        self.predictions = PredictionBars(self)
        self.timeline = Timeline(self)
        self.curves = StepCurves(self)
        self.confusion = ConfusionView(self)
        self.lanes = LanesView(self)
        self.layers = LayersView(self)
        self.features = FeatureView(self)
        self.why = WhyView(self)
        views = self.timeline.views
        views.add_view(self.curves, "Steps", self.curves.show_step, self._show_curves)
        views.add_view(self.confusion, "Confusion", self._show_confusion)
        views.add_view(self.lanes, "Lanes", self.lanes.show_step, self._show_lanes)
        views.add_view(self.layers, "Layers", self.layers.show_step, self.layers.show_answer)
        views.add_view(self.features, "Features", self.features.show_step, self.features.show_answer)
        views.add_view(self.why, "Why", self.why.show_step, self._show_why)
        self._build_layout()
        self.pad.offered.connect(self.offered)
        self.strip.offered.connect(self.offered)
        self.strip.place_chosen.connect(self.place_chosen)
        self.confusion.place_chosen.connect(self.place_chosen)
        self.features.place_chosen.connect(self.place_chosen)
        self.curves.step_clicked.connect(self.timeline.slider.setValue)
        self.timeline.step_chosen.connect(self._on_step_chosen)

    def _build_layout(self) -> None:
        heading = QHBoxLayout()
        heading.addWidget(QLabel("<b>Query</b> &nbsp;what the network is to name", self), 1)
        heading.addWidget(self.pad.next_button)
        heading.addWidget(self.pad.new_button)
        answer = QHBoxLayout()
        answer.setSpacing(12)
        answer.addWidget(self.pad)
        answer.addWidget(self.predictions, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.addLayout(heading)
        layout.addWidget(self.strip)
        layout.addLayout(answer)
        layout.addWidget(self.timeline, 1)
        self.setMinimumWidth(400)

    @property
    def answer(self) -> AdaptationAnswer | None:
        """The one on show; None where something is missing."""
        return self._answer

    @property
    def winner(self) -> str | None:
        """What the step on show names the query: a class, or "None of these"; None without a query."""
        step = self.timeline.step
        if step is None or self._answer is None:
            return None
        task = self._answer.request.task
        if task.place >= len(step.query_probabilities):
            return None
        return task.name_of(rows_named(task, step)[task.place])

    def show_task(self, task: Task, settings: GlyphSettings) -> None:
        self._settings = settings
        self.pad.show_task(task, settings)
        self.strip.show_task(task, settings)

    def show_answer(self, answer: AdaptationAnswer) -> None:
        """The steps so far, on the one that the user went to."""
        self._answer = answer
        self.timeline.show_steps(answer.steps, _last(answer), answer.request.checkpoint.config.steps_to_adapt)
        self.timeline.views.show_answer(answer, self.timeline.place)
        self._show_step()

    def show_missing(self, missing: str) -> None:
        """There is no answer; `missing` says why."""
        self._answer = None
        self.timeline.views.show_answer(None)
        self.step_shown.emit(Task(), None)
        self.why.show_nothing()
        self.predictions.show_hint(missing)
        self.timeline.show_hint("Here you will see how the network changes its mind, inner step by inner step.")

    def show_waiting(self) -> None:
        """An answer is on its way; the one before it stays until then, where there is one."""
        if self._answer is None:
            self.predictions.show_hint(
                "The network adapts to your drawings. The first time on a computer takes some seconds."
            )

    def show_lanes(self, lanes: Sequence[Lane], is_full: bool) -> None:
        """The further lanes, beside the network of the answer."""
        self._lanes, self._is_full = lanes, is_full
        self.timeline.views.outdate(self.lanes)

    def _show_curves(self, answer: AdaptationAnswer) -> None:
        task = answer.request.task
        self.curves.show_steps(answer.steps, list(task.drawn_rows), _last(answer), task.place)

    def _show_confusion(self, number: int) -> None:
        if self._answer is not None:
            self.confusion.show_answer(self._answer.request.task, self._answer.steps[number], self._settings)

    def _show_why(self, answer: AdaptationAnswer) -> None:
        self.why.show_answer(answer, self._settings)

    def _show_lanes(self, answer: AdaptationAnswer) -> None:
        states = [
            LaneState(
                lane.checkpoint.name,
                lane.checkpoint.summary(),
                lane.answer.request.task if lane.answer else Task(),
                lane.answer.steps if lane.answer else (),
                lane.missing,
            )
            for lane in self._lanes
        ]
        request = answer.request
        name = request.checkpoint.name or "network in training"
        own = LaneState(name, request.checkpoint.summary(), request.task, answer.steps)
        self.lanes.show_lanes([own, *states], self._is_full)

    @Slot()
    def _on_step_chosen(self) -> None:
        self.timeline.views.show_step(self.timeline.place)
        self._show_step()

    def _show_step(self) -> None:
        """Show all that is outside the tabs at the step that the timeline is on."""
        step, answer = self.timeline.step, self._answer
        if step is None or answer is None:
            return
        task = answer.request.task
        self.strip.show_verdicts(task, step)
        self.step_shown.emit(task, step)
        if task.place >= len(step.query_probabilities):
            self.predictions.show_hint("The network has learned your classes. Now draw a query.")
            return
        self.predictions.show_query(task, step)


def _last(answer: AdaptationAnswer) -> int:
    """The number of the last step that there will be."""
    return answer.steps[-1].step if answer.is_complete else answer.request.steps
