"""How probable each class is: a verdict in words, and a labelled bar for each class."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from metagui.data.task import NONE_OF_THESE, Task
from metagui.gui import theme
from metagui.gui.still_label import StillLabel
from metagui.learn.adaptation import AdaptationStep

_LEAST_ROW, _MOST_ROW = 18, 34  # pixels
_SURE = 0.5  # below it the verdict names the second class too
ALIKE = 0.01  # probabilities that differ by less than this say nothing


@dataclass(frozen=True)
class ClassProbability:
    name: str
    colour: int  # index of the series colour; theme.QUIET for "None of these"
    probability: float | None  # None: without a drawing that is on, the class takes no part


def verdict(answers: list[ClassProbability], label: str | None) -> tuple[str, str, str]:
    """The most probable answer, how probable it is, and what is to be added.

    `label` is the query's own class or "None of these", if known.
    """
    ranked = sorted((one for one in answers if one.probability is not None), key=lambda one: -(one.probability or 0))
    classes = [one for one in ranked if one.colour != theme.QUIET]
    best, second = ranked[:2]
    if best is classes[0] and (classes[0].probability or 0) - (classes[-1].probability or 0) < ALIKE:
        return "Undecided", "", "All classes look equally likely."
    notes = []
    if label is not None:
        notes.append("✓ right" if label == best.name else f"✗ it is {label}")
    if best.colour == theme.QUIET:
        notes.append(f"far from all classes; the nearest is {classes[0].name}")
    elif (best.probability or 0) < _SURE:
        notes.append(f"not sure; then {second.name} · {percent(second.probability)}")
    return best.name, percent(best.probability), ", ".join(notes)


def percent(probability: float | None) -> str:
    return "no part" if probability is None else f"{100 * probability:.0f} %"


class _Bars(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.classes: list[ClassProbability] = []

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _LEAST_ROW * len(self.classes))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.classes:
            return
        palette, painter = self.palette(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        row = max(_LEAST_ROW, min(_MOST_ROW, self.height() // len(self.classes)))
        number_width = metrics.horizontalAdvance("no part" if self._some_undrawn() else "100 %") + 6
        bold = QFont(self.font())
        bold.setBold(True)
        widest = max(QFontMetrics(bold).horizontalAdvance(one.name) for one in self.classes)
        name_width = min(widest + 8, self.width() * 2 // 5)
        room = max(self.width() - name_width - number_width, 10)
        bar_height = min(row - 6, 16)
        best = max(self.classes, key=lambda one: -1.0 if one.probability is None else one.probability)
        for index, one in enumerate(self.classes):
            y = index * row
            painter.setFont(bold if one is best else self.font())
            drawn = one.probability is not None
            painter.setPen(palette.color(QPalette.ColorRole.WindowText) if drawn else theme.quiet(palette))
            align = Qt.AlignmentFlag.AlignVCenter
            name = metrics.elidedText(one.name, Qt.TextElideMode.ElideRight, name_width - 8)
            painter.drawText(QRect(0, y, name_width, row), int(align | Qt.AlignmentFlag.AlignLeft), name)
            painter.drawText(QRect(self.width() - number_width, y, number_width, row),
                             int(align | Qt.AlignmentFlag.AlignRight), percent(one.probability))  # fmt: skip
            track = QRect(name_width, y + (row - bar_height) // 2, room, bar_height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.blend(palette.color(QPalette.ColorRole.Window), theme.line(palette), 0.4))
            painter.drawRoundedRect(track, 3, 3)
            if one.probability:
                painter.setBrush(theme.series_colour(one.colour, palette))
                track.setWidth(max(round(room * one.probability), 2))
                painter.drawRoundedRect(track, 3, 3)

    def _some_undrawn(self) -> bool:
        return any(one.probability is None for one in self.classes)


class _Verdict(QWidget):
    """Large and bold; of a long name the end is cut off, and never the number."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._probability = "", ""
        font = QFont(self.font())
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.4)
        self.setFont(font)
        self.setFixedHeight(self.fontMetrics().height() + 2)

    @property
    def text(self) -> str:
        return f"{self._name} · {self._probability}" if self._probability else self._name

    def show_texts(self, name: str, probability: str) -> None:
        self._name, self._probability = name, probability
        self.setAccessibleName(f"Verdict: {self.text}")
        self.setToolTip(self.text)
        self.setVisible(bool(name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        end = f" · {self._probability}" if self._probability else ""
        room = self.width() - self.fontMetrics().horizontalAdvance(end)
        name = self.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        QPainter(self).drawText(self.rect(), int(align), name + end)


class PredictionBars(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict = _Verdict(self)
        self._note = StillLabel(self, wraps=True, is_plain=True)
        self._bars = _Bars()
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._bars)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._verdict)
        layout.addWidget(self._note)
        layout.addWidget(scroll, 1)
        self.setAccessibleName("Class probabilities")

    @property
    def classes(self) -> list[ClassProbability]:
        return self._bars.classes

    @property
    def text(self) -> str:
        """The verdict with its note, or the hint in their place."""
        return f"{self._verdict.text} {self._note.text()}".strip()

    def show_query(self, task: Task, step: AdaptationStep) -> None:
        """What an adaptation to the task gives, at this step, for the query on show."""
        of_query = np.nan_to_num(step.answers[task.place]).tolist()
        probabilities = dict(zip((*task.drawn_rows, NONE_OF_THESE), of_query, strict=False))
        answers = [ClassProbability(drawn.name, row, probabilities.get(row)) for row, drawn in enumerate(task.classes)]
        if step.known is not None:
            answers.append(ClassProbability(task.name_of(NONE_OF_THESE), theme.QUIET, probabilities[NONE_OF_THESE]))
        label = task.query.label
        self.show_classes(answers, None if label is None else task.name_of(label))

    def show_classes(self, classes: list[ClassProbability], label: str | None = None) -> None:
        """At least two of the classes have a probability; "None of these" may stand last, and all add up to one."""
        self._show(classes, *verdict(classes, label))
        self.setAccessibleDescription(", ".join(f"{one.name} {percent(one.probability)}" for one in classes))

    def show_hint(self, hint: str) -> None:
        """Say what is missing, in place of an answer."""
        self._show([], "", "", hint)
        self.setAccessibleDescription(hint)

    def _show(self, classes: list[ClassProbability], name: str, probability: str, note: str) -> None:
        before, self._bars.classes = self._bars.classes, classes
        if len(classes) != len(before):  # else the window would be laid out anew for each inner step
            self._bars.updateGeometry()
        self._bars.update()
        self._verdict.show_texts(name, probability)
        self._note.setText(note)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
