"""Which classes are taken for which, at the step on show: a matrix of counts whose cells open the drawings behind."""

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from metagui.data.glyph import SIDE, GlyphSettings
from metagui.data.task import NONE_OF_THESE, Task
from metagui.gui import theme
from metagui.gui.glyph_view import glyph_image
from metagui.gui.naming import judged
from metagui.learn.adaptation import AdaptationStep

_HINT = "Say of some queries what they are (“It is”): here you will see which classes are taken for which."
_NONE = "none"  # over a narrow column
_LEAST_CELL = 24


class ConfusionView(QWidget):
    place_chosen = Signal(int)  # of a query

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task, self._settings = Task(), GlyphSettings()
        self._rows: tuple[int, ...] = ()  # of the classes that take part, and NONE_OF_THESE where that can be said
        self._pairs: list[tuple[int, int, int]] = []  # of each labelled query: its class, the winner, its place
        self._cell: tuple[int, int] | None = None
        self.heading = QLabel(self)
        self.heading.setMinimumWidth(1)
        self.table = QTableWidget(self)
        self.table.setMinimumHeight(3 * _LEAST_CELL)
        self.table.setAccessibleName("Rows: what queries are. Columns: what they were taken for.")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for header in (self.table.horizontalHeader(), self.table.verticalHeader()):
            header.setMinimumSectionSize(_LEAST_CELL)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(_LEAST_CELL)
        self.table.currentCellChanged.connect(self._on_current_cell_changed)
        self.drawings = QListWidget(self)
        self.drawings.setFlow(QListView.Flow.LeftToRight)
        self.drawings.setIconSize(QSize(SIDE, SIDE))
        self.drawings.setFixedHeight(SIDE + 14)
        self.drawings.hide()  # until a cell is chosen
        self.drawings.setAccessibleName("The drawings behind the chosen cell")
        self.drawings.itemActivated.connect(self._on_drawing_chosen)
        self.drawings.itemClicked.connect(self._on_drawing_chosen)
        hint = QLabel(_HINT, self)
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        matrix = QWidget(self)
        inner = QVBoxLayout(matrix)
        inner.setContentsMargins(0, 4, 0, 0)
        inner.setSpacing(4)
        for widget in (self.heading, self.table, self.drawings):
            inner.addWidget(widget)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(hint)
        self._pages.addWidget(matrix)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def show_answer(self, task: Task, step: AdaptationStep, settings: GlyphSettings) -> None:
        """Of the task's labelled queries at this step. A cell that was chosen stays so where it still is one."""
        self._task, self._settings = task, settings
        self._pairs = judged(task, step)
        may_be_none = step.known is not None or any(label == NONE_OF_THESE for label, _, _ in self._pairs)
        rows = (*task.drawn_rows, *[NONE_OF_THESE] * may_be_none)
        self._pages.setCurrentIndex(bool(self._pairs))
        if self._pairs:
            self._show_table(rows)

    @property
    def counts(self) -> np.ndarray:
        """(classes, classes): how many queries of a row's class were taken for a column's."""
        counts = np.zeros((len(self._rows), len(self._rows)), dtype=int)
        for true, winner, _ in self._pairs:
            counts[self._rows.index(true), self._rows.index(winner)] += 1
        return counts

    def _show_table(self, rows: tuple[int, ...]) -> None:
        self.table.blockSignals(True)
        if rows != self._rows or self.table.rowCount() != len(rows):
            self._rows, self._cell = rows, None
            self.table.clear()
            self.table.setRowCount(len(rows))
            self.table.setColumnCount(len(rows))
        names = [_NONE if row == NONE_OF_THESE else self._task.name_of(row) for row in rows]
        self.table.setVerticalHeaderLabels(names)
        self.table.setHorizontalHeaderLabels(names)
        counts = self.counts
        for true, of_row in enumerate(counts.tolist()):
            for winner, count in enumerate(of_row):
                self._fill(true, winner, count, max(1, sum(of_row)))
        right = int(np.trace(counts))
        self.heading.setText(
            f"<b>{right} of {len(self._pairs)} right ({100 * right / len(self._pairs):.0f} %)</b> &nbsp;"
            "rows: what they are, columns: what is said"
        )
        self.table.blockSignals(False)
        self._show_drawings()

    def _fill(self, true: int, winner: int, count: int, of: int) -> None:
        item = self.table.item(true, winner) or QTableWidgetItem()
        item.setText(str(count) if count else "")
        item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
        names = [self._task.name_of(row) for row in self._rows]
        item.setToolTip(f"{count} of {of} queries of {names[true]} taken for {names[winner]}")
        colour = theme.success(self.palette()) if true == winner else theme.error(self.palette())
        item.setBackground(QBrush(theme.blend(theme.paper(self.palette()), colour, 0.6 * count / of)))
        if self.table.item(true, winner) is None:
            self.table.setItem(true, winner, item)

    def _show_drawings(self) -> None:
        self.drawings.clear()
        self.drawings.setVisible(self._cell is not None)
        for true, winner, place in self._pairs:
            if (self._rows.index(true), self._rows.index(winner)) == self._cell:
                glyph = self._task.queries[place].sketch.glyph(self._settings)
                pixmap = QPixmap.fromImage(glyph_image(glyph, self.palette()))
                item = QListWidgetItem(QIcon(pixmap), "", self.drawings)
                item.setData(Qt.ItemDataRole.UserRole, place)
                item.setToolTip(f"Query {place + 1}: click to show it")
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Query {place + 1}")

    def _on_current_cell_changed(self, row: int, column: int) -> None:
        self._cell = (row, column) if row >= 0 else None
        self._show_drawings()

    def _on_drawing_chosen(self, item: QListWidgetItem) -> None:
        self.place_chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._pairs:
            self._show_table(self._rows)
