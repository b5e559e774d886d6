"""One class of the support: its name, and its examples from left to right, the last one waiting to be drawn."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from metagui.data.glyph import GlyphSettings
from metagui.data.task import EMPTY, FEWEST, DrawnClass, Sketch, Task
from metagui.gui import theme
from metagui.gui.actions import add_action
from metagui.gui.drawing_canvas import CUT, ERASURE, REMOVAL, STROKE
from metagui.gui.drop_target import DropTarget, Offer
from metagui.gui.flow_layout import FlowLayout
from metagui.gui.name_edit import NameEdit
from metagui.gui.own_probability import SupportVerdict
from metagui.gui.sketch_cell import SketchCell
from metagui.gui.sketch_mime import clipboard_data

_STRIPE = 4
_NAME_WIDTH = 116
_DEEDS = {STROKE: "stroke in", ERASURE: "erase in", REMOVAL: "remove a drawing of", CUT: "cut a drawing of"}


class ClassRow(QWidget):
    class_changed = Signal(object, object, str)  # this row, its DrawnClass from now on, and what was done
    remove_clicked = Signal(object)  # this row
    load_clicked = Signal(object)
    offered = Signal(object, object)  # this row, and the Offer of what is dropped on it or pasted
    name_refused = Signal(str)  # why

    def __init__(self, row: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row
        self._task = Task()
        self._shown: tuple[DrawnClass, GlyphSettings, int] | None = None  # with the number of classes
        self._is_erasing = False
        self._verdicts: Mapping[Sketch, SupportVerdict] = {}
        self.cells: list[SketchCell] = []
        self._drops = DropTarget(self, moves=True)
        self._drops.dropped.connect(self._on_offered)
        self.name_edit = NameEdit(self)
        self.name_edit.setAccessibleName(f"Name of class {row + 1}")
        self.name_edit.name_chosen.connect(self._on_name_chosen)
        self.name_edit.problem_changed.connect(self._show_note)
        self.name_edit.name_refused.connect(self.name_refused)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self._load = self._action("Load images…", "Ctrl+I", "Load image files as examples of this class")
        self._load.triggered.connect(self._on_load_triggered)
        self._clear = self._action("Clear", "Ctrl+Delete", "Remove all drawings of this class")
        self._clear.triggered.connect(self._on_clear_triggered)
        self._remove = self._action("Remove", "Ctrl+Shift+Delete", "Remove this class and its drawings")
        self._remove.triggered.connect(self._on_remove_triggered)
        side = QVBoxLayout()
        side.setSpacing(2)
        side.addWidget(self.name_edit)
        side.addWidget(self.note)
        side.addSpacing(6)
        for action in (self._load, self._clear, self._remove):
            side.addWidget(self._button(action))
        side.addStretch()
        side.setContentsMargins(0, 0, 0, 0)
        column = QWidget(self)
        column.setFixedWidth(_NAME_WIDTH)
        column.setLayout(side)
        self._flow = FlowLayout()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_STRIPE + 8, 6, 4, 6)
        layout.setSpacing(10)
        layout.addWidget(column)
        layout.addLayout(self._flow, 1)

    def show_class(self, task: Task, settings: GlyphSettings) -> None:
        """Show this row's class of the task."""
        before = self._shown
        self._task, self._shown = task, (task.classes[self._row], settings, len(task.classes))
        drawn = task.classes[self._row]
        self.name_edit.show_name(drawn.name, partial(task.why_not_named, row=self._row))
        if self.note.text() != self._drawings():
            self._show_note()
        if self._shown == before:  # from one task to the next a class changes, or none does
            return
        self.setAccessibleName(f"Class {drawn.name}")
        self._set_cell_count(len(drawn.sketches) + 1)
        for number, (cell, sketch) in enumerate(zip(self.cells, (*drawn.sketches, EMPTY), strict=True), 1):
            cell.canvas.hint = "+" if drawn.sketches else f"Draw an example of {drawn.name}"
            cell.canvas.setAccessibleName(f"Example {number} of {drawn.name}")
            cell.show_sketch(sketch, settings)
        self._clear.setEnabled(bool(drawn.sketches))
        self._remove.setEnabled(len(task.classes) > FEWEST)
        self.show_verdicts(self._verdicts)

    def show_verdicts(self, verdicts: Mapping[Sketch, SupportVerdict]) -> None:
        """Show what the network names those of the drawings that it has learned from."""
        self._verdicts = verdicts
        for cell in self.cells:
            cell.own_probability.show_verdict(verdicts.get(cell.canvas.sketch))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def _set_cell_count(self, count: int) -> None:
        while len(self.cells) < count:
            cell = SketchCell(self)
            cell.sketch_changed.connect(self._on_sketch_changed)
            cell.toggle_clicked.connect(self._on_toggle_clicked)
            cell.paste_asked.connect(self._on_paste_asked)
            cell.canvas.set_erasing(self._is_erasing)
            self.cells.append(cell)
            self._flow.addWidget(cell)
        for cell in self.cells[count:]:
            self._flow.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        del self.cells[count:]

    def set_erasing(self, erasing: bool) -> None:
        self._is_erasing = erasing
        for cell in self.cells:
            cell.canvas.set_erasing(erasing)

    def _on_sketch_changed(self, cell: SketchCell, what: str) -> None:
        drawn = self._task.classes[self._row]
        changed = drawn.with_sketch(self.cells.index(cell), cell.canvas.sketch)
        self.class_changed.emit(self, changed, f"{_DEEDS[what]} {drawn.name}")

    def toggle(self, index: int) -> None:
        """Have the network learn from the drawing at this place no longer, or again."""
        drawn = self._task.classes[self._row].toggled(index)
        what = f"switch a drawing of {drawn.name} {'on' if drawn.sketches[index].is_active else 'off'}"
        self.class_changed.emit(self, drawn, what)

    def _on_toggle_clicked(self, cell: SketchCell) -> None:
        self.toggle(self.cells.index(cell))

    def _on_name_chosen(self, name: str) -> None:
        drawn, finished_by_enter = self._task.classes[self._row], self.name_edit.hasFocus()
        self.class_changed.emit(self, replace(drawn, name=name), f"rename {drawn.name} to {name}")
        if finished_by_enter:
            self.cells[-1].canvas.setFocus()

    def _show_note(self, problem: str = "") -> None:
        """A problem of the name in red, or what this class has and still needs."""
        self.note.setText(problem or self._drawings())
        palette = self.palette()
        colour = theme.error(palette) if problem else theme.quiet(palette)
        palette.setColor(QPalette.ColorRole.WindowText, colour)
        self.note.setPalette(palette)

    def _drawings(self) -> str:
        drawn = self._task.classes[self._row]
        number, off = len(drawn.sketches), len(drawn.sketches) - len(drawn.active)
        if not number:
            return "no drawing yet"
        text = f"{number} drawing{'s' * (number > 1)}"
        if off == number:
            return f"{text}, off: it takes no part"
        return f"{text}, {off} off" if off else text

    # Actions

    def _action(self, text: str, shortcut: str, tip: str) -> QAction:
        return add_action(self, text, shortcut, tip, Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setText(action.text())  # else Qt leaves "…" out
        button.setAutoRaise(True)
        button.setAccessibleDescription(action.toolTip())
        return button

    def _on_load_triggered(self) -> None:
        self.cells[-1].canvas.setFocus()  # so that a name being edited is settled first
        self.load_clicked.emit(self)

    def _on_clear_triggered(self) -> None:
        drawn = self._task.classes[self._row]
        self.class_changed.emit(self, replace(drawn, sketches=()), f"clear {drawn.name}")

    def _on_remove_triggered(self) -> None:
        self.remove_clicked.emit(self)

    # Dropped and pasted

    def _on_offered(self, offer: Offer) -> None:
        self.offered.emit(self, offer)

    def _on_paste_asked(self) -> None:
        self.offered.emit(self, Offer(clipboard_data()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_flow"):
            self._show_note()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The class's colour at the left edge, the same as that of its bar and of its curve."""
        painter = QPainter(self)
        self._drops.paint(painter)
        colour: QColor = theme.series_colour(self._row, self.palette())
        painter.fillRect(0, 6, _STRIPE, self.height() - 12, colour)
