"""The lanes beside one another: what each names the query, and how many queries it has right as the steps go."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from metagui.data.task import Task
from metagui.gui import theme
from metagui.gui.dotted_line import DottedLine
from metagui.gui.lanes import accuracies, class_labels
from metagui.gui.naming import rows_named
from metagui.gui.step_curves import spacing_of
from metagui.gui.themed_plot import ThemedPlot
from metagui.learn.adaptation import AdaptationStep
from metagui.learn.shipped import shipped

_WORTH = "What is meta-learning worth?"
_HINT = (
    "Add a lane: the same drawings, adapted by another learner. With queries whose class is known (“It is”) you see "
    "how many each names right as the steps go."
)
_UNLABELLED = "No query says of which class it is (“It is”), so that nothing can be counted."
_ROW = 24  # pixels
_LEAST_PLOT = 90
_COLUMNS = ("learner", "right", "best", "names it", "")
_LEARNER, _NAMES, _REMOVE = 0, 3, 4


@dataclass(frozen=True, eq=False)
class LaneState:
    """What a lane has to show. Without steps, `missing` says why."""

    name: str
    summary: str
    task: Task
    steps: Sequence[AdaptationStep]
    missing: str = ""


class LanesView(QWidget):
    worth_clicked = Signal()  # beside random initialization and the ordinary baseline
    random_clicked = Signal()
    shipped_chosen = Signal(Path)
    open_clicked = Signal()
    remove_clicked = Signal(int)  # of the further lanes
    deal_clicked = Signal()  # an episode whose queries are labelled

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._states: list[LaneState] = []
        self._right: list[list[float]] = []  # of each lane, the accuracy at each step
        self._step = 0
        self.worth_button = QToolButton(self)
        self.worth_button.setText(_WORTH)
        self.worth_button.setToolTip("Beside a network of random weights, and one that was trained the ordinary way")
        self.worth_button.clicked.connect(self.worth_clicked)
        self.add_button = self._add_button()
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setMinimumWidth(1)  # the buttons beside it keep their width
        self.note.setToolTip("“None of these” does not count here: not every network can say so")
        self.deal_button = QToolButton(self)
        self.deal_button.setText("Deal an episode")
        self.deal_button.setToolTip(
            "Fill the classes with characters that the network has not seen, and with queries of each. Undo brings "
            "your drawings back."
        )
        self.deal_button.clicked.connect(self.deal_clicked)
        self._hint = QLabel(_HINT, self)
        self._hint.setWordWrap(True)
        self.table = QTableWidget(0, len(_COLUMNS), self)
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        self.table.setAccessibleName("Lanes")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # all rows are to be seen
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAMES, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(_ROW)
        header.setSectionResizeMode(_REMOVE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(_REMOVE, _ROW)
        self.plot = ThemedPlot(self, "", "", "Accuracy of each lane over the steps")
        self.plot.setYRange(0, 1, padding=0.08)
        self.plot.setMinimumHeight(_LEAST_PLOT)
        self.plot.plotItem.getAxis("left").setTicks([[(place, f"{100 * place:.0f} %") for place in (0, 0.5, 1)], []])
        self.plot.setMouseEnabled(x=False, y=False)
        self._marker = self.plot.add_marker()
        self._curves: list[DottedLine] = []
        buttons = QHBoxLayout()
        buttons.addWidget(self.worth_button)
        buttons.addWidget(self.add_button)
        buttons.addStretch()
        counted = QHBoxLayout()
        counted.addWidget(self.note, 1)
        counted.addWidget(self.deal_button)
        # In a small window it is this that scrolls.
        inside = QWidget(self)
        inner = QVBoxLayout(inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        inner.addWidget(self._hint)
        inner.addLayout(counted)
        inner.addWidget(self.table)
        inner.addWidget(self.plot, 1)
        inner.addStretch()
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(buttons)
        layout.addWidget(scroll, 1)

    def show_lanes(self, states: Sequence[LaneState], is_full: bool) -> None:
        """The panel's own network first, then the further lanes."""
        self._states = list(states)
        self._right = [accuracies(state.task, state.steps) for state in states]
        for button in (self.worth_button, self.add_button):
            button.setEnabled(not is_full)
        several = len(states) > 1
        self._hint.setVisible(not several)
        self.table.setVisible(several)
        self._show_note(several)
        if self.table.rowCount() != len(states):
            self.table.setRowCount(len(states))
            for row in range(1, len(states)):
                self.table.setCellWidget(row, _REMOVE, self._remove_button(row - 1))
            self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + _ROW * len(states) + 2)
        self._show_curves()
        self.show_step(self._step)

    def show_step(self, number: int) -> None:
        """Each lane after so many steps; one that takes fewer as it is after its last.

        After the last step of the panel's own network each is shown after its own last one: a lane may take more.
        """
        self._step = number
        own_last = len(self._states[0].steps) - 1 if self._states else 0
        place = number if number < own_last else max((len(state.steps) - 1 for state in self._states), default=0)
        self._marker.setValue(place)
        for row, (state, right) in enumerate(zip(self._states, self._right, strict=True)):
            own = min(place, len(state.steps) - 1)
            texts = (
                f"● {state.name}",
                f"{100 * right[own]:.0f} %" if right else "–",
                self._best(right),
                self._winner(state, state.steps[own]) if state.steps else state.missing,
            )
            for column, text in enumerate(texts):
                shown = self.table.item(row, column)
                if shown is not None and shown.text() == text and column != _LEARNER:
                    continue  # each new one has the table laid out anew
                item = QTableWidgetItem(text)
                item.setToolTip(f"{state.name}: {state.summary}" if column == _LEARNER else text)
                if column == _LEARNER:
                    item.setForeground(theme.series_colour(row, self.palette()))
                self.table.setItem(row, column, item)

    def _show_note(self, several: bool) -> None:
        """What the accuracies count, or what there is to do where nothing can be counted."""
        own = self._states[0] if self._states else None
        counted = len(class_labels(own.task)) if own and own.steps else 0
        queries = "the one query" if counted == 1 else f"the {counted} queries"
        self.note.setText(
            f"Of {queries} of a known class, for how many it is the likeliest:" if counted else _UNLABELLED
        )
        self.note.setVisible(several)
        self.deal_button.setVisible(several and not counted)
        self.plot.setVisible(several and counted > 0)

    @staticmethod
    def _best(right: list[float]) -> str:
        """The greatest accuracy, and after how many steps it is first reached, where any are taken."""
        if not right:
            return "–"
        after = f" after {right.index(max(right))}" if len(right) > 1 else ""
        return f"{100 * max(right):.0f} %{after}"

    @staticmethod
    def _winner(state: LaneState, step: AdaptationStep) -> str:
        task = state.task
        if task.place >= len(step.query_probabilities):
            return "–"
        probability = float(step.answers[task.place].max())
        if not np.isfinite(probability):
            return "diverged: take fewer inner steps"
        label, named = task.query.label, rows_named(task, step)[task.place]
        mark = "" if label is None else "✓ " if label == named else "✗ "
        return f"{mark}{task.name_of(named)} · {100 * probability:.0f} %"

    def _show_curves(self) -> None:
        curves = self._right
        while len(self._curves) < len(curves):
            self._curves.append(self.plot.add_dotted_line(len(self._curves), 2))
        while len(self._curves) > len(curves):
            self.plot.remove_line(self._curves.pop())
        last = max((len(curve) for curve in curves), default=1)
        for item, curve in zip(self._curves, curves, strict=True):
            numbers = np.arange(last if curve else 0)
            item.show_points(numbers, [*curve, *curve[-1:] * (last - len(curve))] if curve else [])
        self.plot.setXRange(0, max(last - 1, 1), padding=0.02)
        self.plot.plotItem.getAxis("bottom").setTickSpacing(spacing_of(last), spacing_of(last))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "table"):
            self.show_step(self._step)  # in the other colours

    def _add_button(self) -> QToolButton:
        menu = QMenu(self)
        for card in shipped():
            action = menu.addAction(f"{card.name}: {card.title}")
            action.setData(card.path)
            action.triggered.connect(self._on_shipped_triggered)
        menu.addAction("random initialization").triggered.connect(self.random_clicked)
        menu.addSeparator()
        menu.addAction("Open a file…").triggered.connect(self.open_clicked)
        button = QToolButton(self)
        button.setText("Add a lane")
        button.setToolTip("Have another learner adapt to the same drawings")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        return button

    def _remove_button(self, index: int) -> QToolButton:
        button = QToolButton(self)
        button.setText("×")
        button.setAutoRaise(True)
        button.setToolTip("Remove this lane")
        button.setAccessibleName("Remove this lane")
        button.clicked.connect(lambda: self.remove_clicked.emit(index))
        return button

    def _on_shipped_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.shipped_chosen.emit(action.data())
