"""Where the drawing to be classified is made: a large canvas, what the network sees of it, and its class if known."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from metagui.data.errors import InputError
from metagui.data.glyph import SIDE, GlyphSettings
from metagui.data.task import NONE_OF_THESE, Query, Task
from metagui.gui.actions import add_action
from metagui.gui.drawing_canvas import CUT, ERASURE, REMOVAL, STROKE, DrawingCanvas
from metagui.gui.drop_target import DropTarget, Offer
from metagui.gui.sketch_handle import SketchHandle
from metagui.gui.sketch_mime import clipboard_data

CANVAS = 176
_MARGINS = 12  # pixels, of a list's longest name
_DEEDS = {
    STROKE: "stroke in the query",
    ERASURE: "erase in the query",
    REMOVAL: "clear the query",
    CUT: "cut the query",
}


class QueryPad(QWidget):
    query_changed = Signal(object, str)  # the Query from now on, and what was done
    query_extended = Signal()  # the stroke in work has grown
    query_dropped = Signal()  # the stroke in work is given up
    load_clicked = Signal()
    next_clicked = Signal()
    new_clicked = Signal()
    offered = Signal(object)  # the Offer of what is dropped on it or pasted

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task = Task()
        self._drops = DropTarget(self)
        self._drops.dropped.connect(self.offered)
        self.canvas = DrawingCanvas(CANVAS, "Query", "Draw here what the network is to name", self)
        self.canvas.setToolTip(
            "Draw the query: it is classified as you draw. The right button rubs out.\n"
            "Ctrl+X, Ctrl+C and Ctrl+V cut, copy and paste."
        )
        self.canvas.paste_asked.connect(self._on_paste_asked)
        self.canvas.drawing_changed.connect(self._on_drawing_changed)
        self.canvas.stroke_extended.connect(self.query_extended)
        self.canvas.stroke_dropped.connect(self.query_dropped)
        self.glyph_view = SketchHandle(2 * SIDE, self)
        self.glyph_view.drag_begun.connect(self.canvas.drag)
        self.label_box = QComboBox(self)
        self.label_box.setToolTip(
            "The query's own class, if you know it, or that it is of none: whether the network is right is then counted"
        )
        self.label_box.setAccessibleName("The query's own class")
        self.label_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.label_box.setMinimumContentsLength(6)
        self.label_box.activated.connect(self._on_label_activated)
        self._clear = add_action(self, "Clear", "Ctrl+L", "Clear the query")
        self._clear.triggered.connect(self.canvas.clear)
        self._load = add_action(self, "Load…", "Ctrl+Shift+I", "Load an image file as the query")
        self._load.triggered.connect(self.load_clicked)
        self._next = add_action(self, "Next query", "Ctrl+J", "Show the next query, after the last one the first")
        self._next.triggered.connect(self.next_clicked)
        self._new = add_action(self, "New query", "Ctrl+Shift+J", "Keep this query and draw a further one")
        self._new.triggered.connect(self.new_clicked)
        self._build_layout()

    def _build_layout(self) -> None:
        self.next_button = self._button(self._next)
        self.new_button = self._button(self._new)
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        buttons.addWidget(self._button(self._clear))
        buttons.addWidget(self._button(self._load))
        buttons.addStretch()
        known = QHBoxLayout()
        known.setSpacing(8)
        label = QLabel("It &is", self)
        label.setBuddy(self.label_box)
        known.addWidget(label)
        known.addWidget(self.label_box, 1)
        below = QGridLayout()
        below.setHorizontalSpacing(8)
        below.setVerticalSpacing(2)
        below.addWidget(self.glyph_view, 0, 0, 2, 1)
        below.addLayout(known, 0, 1)
        below.addLayout(buttons, 1, 1)
        below.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.canvas)
        layout.addLayout(below)
        layout.addStretch()
        self.setFixedWidth(CANVAS)

    def show_task(self, task: Task, settings: GlyphSettings) -> None:
        self._task = task
        sketch = task.query.sketch
        if sketch is not self.canvas.sketch:
            self.canvas.show_sketch(sketch)
        self.show_glyph(settings)
        self._clear.setEnabled(not sketch.is_empty)
        self._new.setEnabled(not sketch.is_empty)
        self._next.setEnabled(len(task.queries) > 1)
        self.next_button.setVisible(len(task.queries) > 1)
        self.label_box.setEnabled(not sketch.is_empty)
        self._show_labels(["unknown", *(drawn.name for drawn in task.classes), task.name_of(NONE_OF_THESE)])
        self.label_box.setCurrentIndex(self.label_box.findData(task.query.label))

    def _show_labels(self, names: list[str]) -> None:
        """That it is unknown, of each of the classes, and of none."""
        if names == [self.label_box.itemText(index) for index in range(self.label_box.count())]:
            return
        self.label_box.clear()
        for name, label in zip(names, (None, *range(len(names) - 2), NONE_OF_THESE), strict=True):
            self.label_box.addItem(name, label)
        self.label_box.view().setMinimumWidth(self.label_box.view().sizeHintForColumn(0) + _MARGINS)

    def show_glyph(self, settings: GlyphSettings) -> None:
        """What the network sees of the query, with the stroke in work."""
        sketch = self.canvas.sketch_in_work
        try:
            self.glyph_view.set_glyph(None if sketch.is_empty else sketch.glyph(settings))
        except InputError:  # the panel says so where it gathers the query
            self.glyph_view.set_glyph(None)

    def _on_drawing_changed(self, what: str) -> None:
        sketch = self.canvas.sketch
        label = None if sketch.is_empty else self._task.query.label
        self.query_changed.emit(Query(sketch, label), _DEEDS[what])

    def _on_label_activated(self, index: int) -> None:
        label = self.label_box.itemData(index)
        if label != self._task.query.label:
            self.query_changed.emit(Query(self.canvas.sketch, label), "the query's class")

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setText(action.text())  # else Qt leaves "…" out
        button.setAutoRaise(True)
        return button

    def _on_paste_asked(self) -> None:
        self.offered.emit(Offer(clipboard_data()))

    def paintEvent(self, event: QPaintEvent) -> None:
        self._drops.paint(QPainter(self))
