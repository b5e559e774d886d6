"""Why the query on show is named as it is: the ink that speaks for it, and the drawings of the support that do."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import SIDE, GlyphSettings
from metagui.data.task import Sketch, Task
from metagui.gui import theme
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.evidence_view import EvidenceView
from metagui.gui.glyph_view import Glyph
from metagui.gui.influence_list import InfluenceList, SupportDrawing, exact_percent
from metagui.gui.live_explanation import ExplanationRequest, LiveExplanation
from metagui.gui.prediction_bars import ALIKE
from metagui.gui.still_label import StillLabel
from metagui.learn.explanation import Explanation

_NO_QUERY = "Draw a query: here you will see which drawings speak for its name, and which of its own ink does."
_ALIKE = "At this step all classes look equally likely: nothing speaks for one of them. Go to a later inner step."
_DIVERGED = "The adaptation diverged: at this step nothing can be said of why. Go to an earlier step, or take fewer."


class WhyView(QWidget):
    """Computes only while it is to be seen, and all steps at once, so that one can go through them."""

    sketch_toggled = Signal(int, int)  # row of the class, index of its drawing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer: AdaptationAnswer | None = None
        self._settings = GlyphSettings()
        self._number = 0  # of the step on show
        self._request: ExplanationRequest | None = None
        self._explanation: Explanation | None = None  # to it
        self._failure = ""
        self._live = LiveExplanation(self)
        self._live.explained.connect(self._on_explained)
        self._live.failed.connect(self._on_failed)
        self.heading = StillLabel(self, wraps=True)
        self.evidence = EvidenceView(self)
        self.drawings = InfluenceList(self)
        self.drawings.toggled.connect(self.sketch_toggled)
        self.legend = QLabel(self)
        self.note = StillLabel(self, wraps=True, is_plain=True)
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._build_layout()

    def _build_layout(self) -> None:
        columns = QLabel("without it", self)
        columns.setAlignment(Qt.AlignmentFlag.AlignRight)
        listed = QVBoxLayout()
        listed.setSpacing(1)
        listed.addWidget(columns)
        listed.addWidget(self.drawings, 1)
        both = QHBoxLayout()
        both.setSpacing(8)
        both.addWidget(self.evidence, 2)
        both.addLayout(listed, 3)
        content = QWidget(self)
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 4, 0, 0)
        inner.setSpacing(3)
        inner.addWidget(self.heading)
        inner.addLayout(both, 1)
        inner.addWidget(self.legend)
        inner.addWidget(self.note)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.hint)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    @property
    def is_settled(self) -> bool:
        """What is shown is complete."""
        return self._live.is_settled

    def show_answer(self, answer: AdaptationAnswer, settings: GlyphSettings) -> None:
        """Explain this adaptation of the task and the query on show."""
        self._answer, self._settings = answer, settings
        self._refresh()

    def show_step(self, number: int) -> None:
        """Of the adaptation's steps the one of this number."""
        self._number = number
        self._refresh()

    def show_nothing(self) -> None:
        """There is nothing to explain."""
        self._answer = None
        self._drop()

    def shut_down(self) -> None:
        self._live.shut_down()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not self._live.is_settled:
            self._drop()  # it is asked for again when it is to be seen

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_pages"):
            self._refresh()

    def _drop(self) -> None:
        self._request = self._explanation = None
        self._live.drop()

    # Asking

    def _refresh(self) -> None:
        """Ask where that has not been done, and show what is known."""
        if not self.isVisible() or self._answer is None:
            return
        request = self._answer.request
        if request.task.place >= len(request.query):
            self._drop()
            self._show_hint(_NO_QUERY)
            return
        if self._answer.is_complete:
            wanted = ExplanationRequest(
                request.checkpoint, request.support, request.labels, request.query[request.task.place], request.steps
            )
            if not wanted.is_like(self._request):
                self._request, self._explanation, self._failure = wanted, None, ""
                self._live.ask(wanted)
        elif self._request is not None:
            self._drop()  # it was of another adaptation
        self._show()

    @Slot(object)
    def _on_explained(self, explanation: Explanation) -> None:
        self._explanation = explanation
        self._show()

    @Slot(str)
    def _on_failed(self, failure: str) -> None:
        self._failure = failure
        self._show()

    # Showing

    def _show_hint(self, hint: str) -> None:
        self.hint.setText(hint)
        self._pages.setCurrentIndex(0)

    def _show(self) -> None:
        if self._answer is None:
            return
        request = self._answer.request
        step = self._answer.steps[min(self._number, len(self._answer.steps) - 1)]
        of_query = step.query_probabilities[request.task.place]
        if not np.isfinite(of_query).all():
            self._show_hint(_DIVERGED)
        elif float(np.ptp(of_query)) < ALIKE:
            self._show_hint(_ALIKE)
        elif self._failure:
            self._show_hint(self._failure)
        else:
            self._show_winner(request.task, int(of_query.argmax()), float(of_query.max()))

    def _show_winner(self, task: Task, winner: int, probability: float) -> None:
        name = task.classes[task.drawn_rows[winner]].name
        explanation = self._explanation
        known = explanation is not None and self._number < len(explanation.winners)
        is_complete = explanation is not None and explanation.is_complete
        evidence = explanation.evidence[self._number] if known and explanation is not None else None
        self.evidence.show_evidence(task.query.sketch.glyph(self._settings), evidence)
        self.drawings.show_drawings(self._drawings(task), name, is_complete)
        working = "" if is_complete else " &nbsp;working it out …"
        self.heading.setText(f"<b>Why {escape(name)} · {exact_percent(probability)}</b>{working}")
        favourable, adverse = theme.speaks_for(self.palette()).name(), theme.speaks_against(self.palette()).name()
        self.legend.setText(
            f"<span style='color:{favourable}'>■</span> speaks for {escape(name)} &nbsp; "
            f"<span style='color:{adverse}'>■</span> speaks against it"
        )
        self.note.setText(self._note(name))
        self._pages.setCurrentIndex(1)

    def _glyph(self, sketch: Sketch) -> Glyph:
        try:
            return sketch.glyph(self._settings)
        except InputError:  # a picture without ink, which is switched off
            return np.zeros((1, SIDE, SIDE), np.float32)

    def _drawings(self, task: Task) -> Sequence[SupportDrawing]:
        explanation, number = self._explanation, self._number
        drawings, place = [], 0
        for row, drawn in enumerate(task.classes):
            for index, sketch in enumerate(drawn.sketches):
                drawing = SupportDrawing(row, index, drawn.name, self._glyph(sketch), sketch.is_active)
                if sketch.is_active:
                    if explanation is not None and number < len(explanation.winners):
                        influence = float(explanation.influence[number, place])
                        drawing = _influential(
                            drawing, influence, float(explanation.log_odds[number]), explanation.is_complete
                        )
                    place += 1
                drawings.append(drawing)
        return drawings

    def _note(self, name: str) -> str:
        """What the bars are."""
        last = self._answer.steps[-1].step if self._answer is not None else 0
        anew = f"adapts without the drawing, in {self._number} steps" if last else "takes its class means without it"
        text = f"Bars: how far the log-odds of {name} fall when the network {anew}. A click switches a drawing off."
        if any(one.influence is not None and np.isinf(one.influence) for one in self.drawings.drawings):
            text += " Without its only drawing a class takes no part."
        return text


def _influential(drawing: SupportDrawing, influence: float, log_odds: float, is_complete: bool) -> SupportDrawing:
    if np.isnan(influence):
        return replace(drawing, influence=np.nan) if is_complete else drawing
    without = 1 / (1 + np.exp(np.clip(influence - log_odds, -80, 80)))
    return replace(drawing, influence=influence, without=float(without))
