"""The characters of a sheet: what was found is looked at, put right, and given a place in the task."""

from math import log

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from metagui.data.placing import AS_CLASSES, AS_QUERIES, Destination
from metagui.data.sheet import Box, Sheet, characters, cut, usual_side
from metagui.data.task import Sketch, Task
from metagui.gui.actions import add_action
from metagui.gui.sheet_view import SheetView

_STEPS = 100  # of the slider, whose lengths grow by the same factor
_RANGE = (0.5, 40.0)  # of the slider's lengths, in pens


class _Correction(QUndoCommand):
    """Boxes before and after; they are on show already when it is pushed."""

    def __init__(self, view: SheetView, before: tuple[Box, ...], after: tuple[Box, ...], what: str) -> None:
        super().__init__(what)
        self._view, self._before, self._after = view, before, after

    def undo(self) -> None:
        self._view.show_boxes(self._before)

    def redo(self) -> None:
        self._view.show_boxes(self._after)


class SheetDialog(QDialog):
    sketches_cut = Signal(object, object)  # the sketches, row by row, and the Destination

    def __init__(self, sheet: Sheet, origin: str, task: Task, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Cut a sheet into characters")
        self._sheet, self._origin = sheet, origin
        self._boxes: tuple[Box, ...] = ()
        self._corrections = QUndoStack(self)
        self._corrections.indexChanged.connect(self._on_corrected)
        self.view = SheetView(sheet.gray, self)
        self.view.boxes_changed.connect(self._on_boxes_changed)
        self.view.choice_changed.connect(self._show_count)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName("Merging distance")
        self.slider.setToolTip(
            "How far apart parts of one character may be: to the right, dots and broken strokes are joined.\n"
            "Corrections made by hand are lost when it is moved."
        )
        self.count = QLabel(self)
        self.place_box = QComboBox(self)
        self.place_box.setAccessibleName("Where the characters go")
        self.place_box.setToolTip("Where the characters go; all of it can be undone")
        self._fill_places(task)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Add to the task")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(self._on_accepted)
        self._build_layout()
        self.slider.setValue(self._step_of(sheet.distance))
        self.slider.valueChanged.connect(self._on_slider_moved)
        self._show_characters(sheet.distance)

    def _build_layout(self) -> None:
        tools = QHBoxLayout()
        label = QLabel("Merging &distance", self)
        label.setBuddy(self.slider)
        tools.addWidget(label)
        tools.addWidget(self.slider, 1)
        self.unite = add_action(self, "Unite", "Ctrl+M", "Make one character of the boxes that are chosen")
        self.unite.triggered.connect(self.view.unite_chosen)
        self.remove = add_action(self, "Remove", "Ctrl+Delete", "Take the boxes that are chosen away")
        self.remove.triggered.connect(self.view.remove_chosen)
        self.undo = add_action(self, "Undo", "Ctrl+Z", "Undo the last correction")
        self.undo.triggered.connect(self._corrections.undo)
        self.redo = add_action(self, "Redo", "Ctrl+Shift+Z", "Do again what was undone")
        self.redo.triggered.connect(self._corrections.redo)
        for action in (self.unite, self.remove, self.undo, self.redo):
            button = QToolButton(self)
            button.setDefaultAction(action)
            tools.addWidget(button)
        below = QHBoxLayout()
        below.addWidget(self.count, 1)
        place = QLabel("They &go", self)
        place.setBuddy(self.place_box)
        below.addWidget(place)
        below.addWidget(self.place_box)
        below.addWidget(self.buttons)
        hint = QLabel("Click a box to choose it, with Ctrl a further one; drag to draw a new one.", self)
        layout = QVBoxLayout(self)
        layout.addWidget(hint)
        layout.addWidget(self.view, 1)
        layout.addLayout(tools)
        layout.addLayout(below)

    def _fill_places(self, task: Task) -> None:
        self.place_box.addItem("to classes, row by row", AS_CLASSES)
        self.place_box.addItem("to the queries", AS_QUERIES)
        for row, drawn in enumerate(task.classes):
            self.place_box.addItem(f"to class {drawn.name}", row)

    @property
    def destination(self) -> Destination:
        destination: Destination = self.place_box.currentData()
        return destination

    # Boxes

    def _show_characters(self, distance: float) -> None:
        boxes = [box for row in characters(self._sheet, distance) for box in row]
        self._corrections.clear()
        self.view.show_boxes(boxes)
        self._boxes = tuple(boxes)
        self._show_count()

    @Slot(int)
    def _on_slider_moved(self, step: int) -> None:
        low, high = _RANGE
        self._show_characters(self._sheet.pen * low * (high / low) ** (step / _STEPS))

    def _step_of(self, distance: float) -> int:
        low, high = _RANGE
        share = log(max(distance / self._sheet.pen / low, 1)) / log(high / low)
        return round(_STEPS * min(max(share, 0), 1))

    @Slot()
    def _on_boxes_changed(self) -> None:
        boxes = tuple(box for row in self.view.rows for box in row)
        self._corrections.push(_Correction(self.view, self._boxes, boxes, "correct the boxes"))

    @Slot()
    def _on_corrected(self) -> None:
        self._boxes = tuple(box for row in self.view.rows for box in row)
        self._show_count()

    @Slot()
    def _show_count(self) -> None:
        rows, number = len(self.view.rows), sum(map(len, self.view.rows))
        self.count.setText(
            f"{number} character{'s' * (number != 1)} in {rows} row{'s' * (rows != 1)}" if number else "No characters"
        )
        self.unite.setEnabled(len(self.view.chosen) > 1)
        self.remove.setEnabled(bool(self.view.chosen))
        self.undo.setEnabled(self._corrections.canUndo())
        self.redo.setEnabled(self._corrections.canRedo())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(number > 0)

    @Slot()
    def _on_accepted(self) -> None:
        side = usual_side(self._boxes)
        rows = tuple(
            tuple(Sketch(picture=cut(self._sheet, box, side), origin=self._origin) for box in row)
            for row in self.view.rows
        )
        self.sketches_cut.emit(rows, self.destination)
