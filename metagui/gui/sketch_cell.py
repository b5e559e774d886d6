"""One example of a class: a canvas, and beneath it what the network sees of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import SIDE, GlyphSettings
from metagui.data.task import Sketch
from metagui.gui.drawing_canvas import DrawingCanvas
from metagui.gui.own_probability import OwnProbability
from metagui.gui.sketch_handle import SketchHandle

CANVAS = 92


class SketchCell(QWidget):
    sketch_changed = Signal(object, str)  # this cell, and what was done on its canvas
    toggle_clicked = Signal(object)  # this cell, whose drawing is to be switched off or on
    paste_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = DrawingCanvas(CANVAS, "Example", "+", self)
        self.canvas.setToolTip(
            "Draw an example with mouse, pen or finger; the right button rubs out.\n"
            "Esc drops the stroke, Delete the drawing; Ctrl+X, Ctrl+C and Ctrl+V cut, copy and paste.\n"
            "Space switches it off and on: off, the network does not learn from it."
        )
        self.canvas.is_movable = True
        self.canvas.drawing_changed.connect(self._on_drawing_changed)
        self.canvas.paste_asked.connect(self.paste_asked)
        self.glyph_view = SketchHandle(SIDE, self)
        self.glyph_view.drag_begun.connect(self.canvas.drag)
        self.own_probability = OwnProbability(self)
        self.toggle_button = self._button("Switch this drawing off")
        self.toggle_button.clicked.connect(self._on_toggle_clicked)
        self.remove_button = self._button("Remove this drawing")
        self.remove_button.setText("×")
        self.remove_button.setToolTip("Remove this drawing (Delete)")
        self.remove_button.clicked.connect(self.canvas.clear)
        for widget in (self.glyph_view, self.toggle_button, self.remove_button):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # so that the first stroke moves nothing
            widget.setSizePolicy(policy)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.glyph_view)
        below.addStretch()
        below.setSpacing(0)
        for button in (self.toggle_button, self.remove_button):
            below.addWidget(button, alignment=Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.canvas)
        layout.addWidget(self.own_probability)
        layout.addLayout(below)

    def show_sketch(self, sketch: Sketch, settings: GlyphSettings) -> None:
        if sketch is not self.canvas.sketch:
            self.canvas.show_sketch(sketch)
        is_seen = sketch.is_active and not sketch.is_empty
        try:
            self.glyph_view.set_glyph(sketch.glyph(settings) if is_seen else None)
        except InputError:  # the panel says so where it gathers the support
            self.glyph_view.set_glyph(None)
        self.toggle_button.setText("●" if sketch.is_active else "○")
        self.toggle_button.setAccessibleName(f"Switch this drawing {'off' if sketch.is_active else 'on'}")
        self.toggle_button.setToolTip(
            "The network learns from this drawing: click to switch it off (Space)"
            if sketch.is_active
            else "The network does not learn from this drawing: click to switch it on (Space)"
        )
        for widget in (self.glyph_view, self.toggle_button, self.remove_button):
            widget.setVisible(not sketch.is_empty)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not self.canvas.sketch.is_empty and not self.canvas.is_drawing:
            self._on_toggle_clicked()
        else:
            super().keyPressEvent(event)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setAccessibleName(name)
        return button

    def _on_toggle_clicked(self) -> None:
        self.toggle_clicked.emit(self)

    def _on_drawing_changed(self, what: str) -> None:
        self.sketch_changed.emit(self, what)
