"""What the inner steps do to the network itself: how far each layer moves, and the filters of the first."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.filter_grid import FilterGrid
from metagui.gui.movement_bars import MovementBars


class LayersView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = MovementBars(self)
        self.filters = FilterGrid(self)
        self.heading = QLabel(self)
        self.change_box = QCheckBox("change", self)
        self.change_box.setToolTip("Show how the first layer's filters have changed since before the first inner step")
        self.change_box.toggled.connect(self.filters.set_shows_change)
        moved = QVBoxLayout()
        moved.setSpacing(2)
        moved_heading = QLabel("how far each layer has moved", self)
        moved_heading.setFixedHeight(self.change_box.sizeHint().height())  # both columns begin on one line
        moved.addWidget(moved_heading)
        moved.addWidget(self.bars, 1)
        heading = QHBoxLayout()
        heading.addWidget(self.heading, 1)
        heading.addWidget(self.change_box)
        first = QVBoxLayout()
        first.setSpacing(2)
        first.addLayout(heading)
        first.addWidget(self.filters, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(moved, 3)
        layout.addLayout(first, 2)
        layout.setAlignment(Qt.AlignmentFlag.AlignTop)

    def show_answer(self, answer: AdaptationAnswer) -> None:
        insides = [step.inside for step in answer.steps]
        self.bars.show_movements([inside.movements for inside in insides])
        self.filters.show_filters([inside.filters for inside in insides])
        first, *_ = insides[0].movements.values()
        self.heading.setText("first filters" if first else "first filters, frozen")
        self.change_box.setEnabled(first is not None)

    def show_step(self, number: int) -> None:
        self.bars.show_step(number)
        self.filters.show_step(number)
