"""The support: a row for each class, which scroll when there are many."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from metagui.data.glyph import GlyphSettings
from metagui.data.task import DrawnClass, Task
from metagui.gui.class_row import ClassRow
from metagui.gui.drop_hint import DropHint
from metagui.gui.drop_target import DropTarget, Offer
from metagui.gui.own_probability import support_verdicts
from metagui.learn.adaptation import AdaptationStep


class SupportGrid(QScrollArea):
    task_changed = Signal(object, str)  # the Task from now on, and what was done
    load_clicked = Signal(int)  # row
    offered = Signal(object, object)  # row, None for a class of its own; the Offer of what is dropped or pasted
    name_refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task = Task()
        self._is_erasing = False
        self.rows: list[ClassRow] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        DropTarget(self.viewport()).dropped.connect(self._on_offered_beside)
        self.setAccessibleName("Support: examples of each class")
        inside = QWidget(self)
        self._layout = QVBoxLayout(inside)
        self._layout.setContentsMargins(0, 0, 4, 0)
        self._layout.setSpacing(8)
        self.room_below = DropHint("Drop a character here to make it a class", inside)
        self.room_below.hide()  # until there is a place to drag from
        self._layout.addWidget(self.room_below)
        self._layout.addStretch()
        self.setWidget(inside)

    def show_task(self, task: Task, settings: GlyphSettings) -> None:
        self._task = task
        while len(self.rows) < len(task.classes):
            self._add_row()
        for row in self.rows[len(task.classes) :]:
            self._layout.removeWidget(row)
            row.blockSignals(True)  # a name that was being edited goes with its class
            row.hide()
            row.deleteLater()
        del self.rows[len(task.classes) :]
        for row in self.rows:
            row.show_class(task, settings)

    @Slot(object, object)
    def show_step(self, task: Task, step: AdaptationStep | None) -> None:
        """Show what the network names the drawings of this task at this step; None: there is no answer."""
        verdicts = support_verdicts(task, step) if step else []
        for index, row in enumerate(self.rows):
            row.show_verdicts(verdicts[index] if index < len(verdicts) else {})

    def toggle(self, row: int, index: int) -> None:
        """Switch a drawing off, or on again."""
        self.rows[row].toggle(index)

    def set_erasing(self, erasing: bool) -> None:
        """All canvases rub out, or draw."""
        self._is_erasing = erasing
        for row in self.rows:
            row.set_erasing(erasing)

    def place_of(self, canvas: QWidget | None) -> tuple[int, int] | None:
        """The row of an example's canvas, and which example of its class it is."""
        for number, row in enumerate(self.rows):
            for index, cell in enumerate(row.cells):
                if cell.canvas is canvas:
                    return number, index
        return None

    def _add_row(self) -> None:
        row = ClassRow(len(self.rows), self.widget())
        row.class_changed.connect(self._on_class_changed)
        row.remove_clicked.connect(self._on_remove_clicked)
        row.load_clicked.connect(self._on_load_clicked)
        row.offered.connect(self._on_offered)
        row.set_erasing(self._is_erasing)
        row.name_refused.connect(self.name_refused)
        self._layout.insertWidget(len(self.rows), row)
        self.rows.append(row)

    def _on_class_changed(self, row: ClassRow, drawn: DrawnClass, what: str) -> None:
        self.task_changed.emit(self._task.with_class(self.rows.index(row), drawn), what)

    def _on_remove_clicked(self, row: ClassRow) -> None:
        index = self.rows.index(row)
        self.task_changed.emit(self._task.without_class(index), f"remove class {self._task.classes[index].name}")

    def _on_load_clicked(self, row: ClassRow) -> None:
        self.load_clicked.emit(self.rows.index(row))

    def _on_offered(self, row: ClassRow, offer: Offer) -> None:
        self.offered.emit(self.rows.index(row), offer)

    def _on_offered_beside(self, offer: Offer) -> None:
        self.offered.emit(None, offer)
