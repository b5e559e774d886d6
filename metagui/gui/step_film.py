"""An adaptation as a film: query, probabilities and curves at each inner step, drawn by the panel's own widgets."""

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from metagui.data.animation import Frame
from metagui.data.glyph import SIDE, GlyphSettings
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.drawing_canvas import DrawingCanvas
from metagui.gui.glyph_view import GlyphView
from metagui.gui.prediction_bars import PredictionBars
from metagui.gui.query_pad import CANVAS
from metagui.gui.step_curves import StepCurves

WIDTH = 560  # pixels
_CURVES = 250
_LEAST_ROW = 20  # of a class's bar
_WHOLE_MILLISECONDS, _LONGEST = 5000, 700  # from the first step to the last; of one step
_FIRST, _LAST = 1000, 3000  # how long these stay


def frame_milliseconds(count: int) -> list[int]:
    """How long each of so many frames is shown: the last one long enough to be read."""
    usual = min(_LONGEST, _WHOLE_MILLISECONDS // count // 10 * 10)
    return [max(usual, _FIRST), *[usual] * (count - 2), _LAST][-count:]


class _Picture(QWidget):
    """What each frame is a picture of."""

    def __init__(self, answer: AdaptationAnswer, settings: GlyphSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self._task, self._steps = answer.request.task, answer.steps
        self._has_query = self._task.place < len(self._task.queries)
        self._name = answer.request.checkpoint.name or "network in training"
        self._heading = QLabel(self)
        self._heading.setTextFormat(Qt.TextFormat.PlainText)  # a file's name may look like markup
        self._bars = PredictionBars(self)
        self._curves = StepCurves(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._heading)
        if self._has_query:
            layout.addLayout(self._query(settings))
        layout.addWidget(self._curves)
        self._curves.setFixedHeight(_CURVES)
        self._curves.show_steps(self._steps, list(self._task.drawn_rows), self._steps[-1].step, self._task.place)
        self.setAutoFillBackground(True)
        self.setFixedWidth(WIDTH)
        self.resize(WIDTH, self.sizeHint().height())

    def _query(self, settings: GlyphSettings) -> QHBoxLayout:
        canvas, glyph = DrawingCanvas(CANVAS, "Query", "", self), GlyphView(2 * SIDE, self)
        canvas.show_sketch(self._task.query.sketch)
        glyph.set_glyph(self._task.query.sketch.glyph(settings))
        self._bars.setMinimumHeight(_LEAST_ROW * len(self._task.classes) + 64)
        drawing = QVBoxLayout()
        drawing.addWidget(canvas)
        drawing.addWidget(glyph)
        drawing.addStretch()
        query = QHBoxLayout()
        query.setSpacing(16)
        query.addLayout(drawing)
        query.addWidget(self._bars, 1)
        return query

    def frame(self, place: int) -> Frame:
        step = self._steps[place]
        when = f"after inner step {step.step} of {self._steps[-1].step}" if step.step else "before adaptation"
        self._heading.setText(f"{self._name} {when}")
        self._curves.show_step(place)
        if self._has_query:
            self._bars.show_query(self._task, step)
        image = self.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return pixels[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


class StepFilm(QObject):
    """Draws the frames, one at each turn of the event loop, so that the window stays alive."""

    drawn = Signal(object)  # all frames, a list

    def __init__(self, answer: AdaptationAnswer, settings: GlyphSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = _Picture(answer, settings, parent)
        self._places = iter(range(len(answer.steps)))
        self._frames: list[Frame] = []
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def _on_tick(self) -> None:
        place = next(self._places, None)
        if place is not None:
            self._frames.append(self._picture.frame(place))
            return
        self._timer.stop()
        self._picture.deleteLater()
        self.drawn.emit(self._frames)
        self.deleteLater()
