"""One example of a class: a canvas, and beneath it what the network sees of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import SIDE, GlyphSettings
from metagui.data.task import Sketch
from metagui.gui.drawing_canvas import DrawingCanvas
from metagui.gui.glyph_view import GlyphView

CANVAS = 92


class SketchCell(QWidget):
    sketch_changed = Signal(object)  # this cell, whose canvas was drawn on or cleared

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = DrawingCanvas(CANVAS, "Example", "+", self)
        self.canvas.setToolTip("Draw an example with mouse, pen or finger.\nEsc drops the stroke, Delete the drawing.")
        self.canvas.drawing_changed.connect(self._on_drawing_changed)
        self.glyph_view = GlyphView(SIDE, self)
        self.remove_button = QToolButton(self)
        self.remove_button.setText("×")
        self.remove_button.setAutoRaise(True)
        self.remove_button.setToolTip("Remove this drawing (Delete)")
        self.remove_button.setAccessibleName("Remove this drawing")
        self.remove_button.clicked.connect(self.canvas.clear)
        for widget in (self.glyph_view, self.remove_button):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # so that the first stroke moves nothing
            widget.setSizePolicy(policy)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.glyph_view)
        below.addStretch()
        below.addWidget(self.remove_button, alignment=Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.canvas)
        layout.addLayout(below)

    def show_sketch(self, sketch: Sketch, settings: GlyphSettings) -> None:
        if sketch is not self.canvas.sketch:
            self.canvas.show_sketch(sketch)
        try:
            self.glyph_view.set_glyph(None if sketch.is_empty else sketch.glyph(settings))
        except InputError:  # the panel says so where it gathers the support
            self.glyph_view.set_glyph(None)
        self.remove_button.setVisible(not sketch.is_empty)
        self.glyph_view.setVisible(not sketch.is_empty)

    def _on_drawing_changed(self) -> None:
        self.sketch_changed.emit(self)
