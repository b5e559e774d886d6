"""What stands above the adaptation panel: the network in use, and the tools that concern the whole task."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPainter, QPaintEvent, QUndoStack
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from metagui.data.sources import OMNIGLOT, STROKES
from metagui.data.task import FEWEST, MOST
from metagui.gui import theme
from metagui.gui.actions import add_action
from metagui.learn.shipped import shipped

_SHOTS = (1, 3, 5)
_QUERIES = (1, 5, 15)
_MOST_STEPS = 100


class _SummaryLabel(QWidget):
    """A name and what is to be said of it, cut off at the right where there is no room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._summary = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_texts(self, name: str, summary: str) -> None:
        self._name, self._summary = name, summary
        self.setToolTip(summary)
        self.setAccessibleName(f"Network: {name}. {summary}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, room = QPainter(self), self.rect()
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        align = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(room, align, self._name)
        room.setLeft(painter.fontMetrics().horizontalAdvance(self._name) + 12)
        painter.setFont(self.font())
        painter.setPen(theme.quiet(self.palette()))
        text = self.fontMetrics().elidedText(self._summary, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, align, text)


class _SteadyButton(QToolButton):
    """Keeps its size for as long as its font and style are the same.

    Undo and redo change with each stroke, though not in size: a button that might grow has all of the window laid out
    and painted anew.
    """

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self.setDefaultAction(action)
        self.ensurePolished()
        self.setFixedSize(self.sizeHint())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setFixedSize(self.sizeHint())


class AdaptationBar(QWidget):
    open_clicked = Signal()
    shipped_chosen = Signal(Path)  # of a checkpoint that comes with the program
    class_count_chosen = Signal(int)
    fill_chosen = Signal(str, int, int)  # data set, shot, queries of each class
    reference_toggled = Signal(bool)  # whether reference handwriting is to be seen
    clear_clicked = Signal()
    fitted_chosen = Signal(bool)
    steps_chosen = Signal(int)

    def __init__(self, undo_stack: QUndoStack, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = _SummaryLabel(self)
        undo = add_action(self, "Undo", "Ctrl+Z", "Undo the last change to drawings and classes")
        redo = add_action(self, "Redo", "Ctrl+Shift+Z", "Do again what was undone")
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        for action, slot, changed in (
            (undo, undo_stack.undo, undo_stack.canUndoChanged),
            (redo, undo_stack.redo, undo_stack.canRedoChanged),
        ):
            action.setEnabled(False)
            action.triggered.connect(slot)
            changed.connect(action.setEnabled)
        self._undo, self._undo_tip, self._redo, self._redo_tip = undo, undo.toolTip(), redo, redo.toolTip()
        undo_stack.undoTextChanged.connect(self._on_undo_text_changed)
        undo_stack.redoTextChanged.connect(self._on_redo_text_changed)
        self._class_count = QSpinBox(self)
        self._class_count.setRange(FEWEST, MOST)
        self._class_count.setKeyboardTracking(False)  # else “20” is first 2, and the drawings of the others are gone
        self._class_count.setToolTip("How many classes there are to tell apart")
        self._class_count.valueChanged.connect(self.class_count_chosen)
        self._add = add_action(self, "Add class", "Ctrl+Shift+N", "Add a class")
        self._add.triggered.connect(self._class_count.stepUp)
        clear = add_action(self, "Clear all", "Ctrl+Shift+L", "Remove all drawings; the classes stay")
        clear.triggered.connect(self.clear_clicked)
        self.fitted_box = QCheckBox("&Fit drawings", self)
        self.fitted_box.setToolTip(
            "Bring drawings to the size and place of the characters that the network knows.\n"
            "Off: as drawn, since size or place may be what tells two classes apart."
        )
        self.fitted_box.toggled.connect(self.fitted_chosen)
        self._steps = QSpinBox(self)
        self._steps.setRange(1, _MOST_STEPS)
        self._steps.setValue(5)
        self._wanted_steps = 5  # by the user, of whichever network
        self._steps.setToolTip("How many gradient steps the network takes on your drawings")
        self._steps.valueChanged.connect(self._on_steps_changed)
        network, tools = QHBoxLayout(), QHBoxLayout()
        network.addWidget(self._summary, 1)
        self.reference_action = add_action(
            self, "Reference", "Ctrl+B", "Browse alphabets, and take characters from them"
        )
        self.reference_action.setCheckable(True)
        self.reference_action.toggled.connect(self.reference_toggled)
        network.addWidget(self._button(self.reference_action))
        network.addWidget(self._network_button())
        tools.addWidget(_SteadyButton(undo, self))
        tools.addWidget(_SteadyButton(redo, self))
        tools.addWidget(self._label("&Classes", self._class_count))
        tools.addWidget(self._class_count)
        tools.addWidget(self._button(self._add))
        tools.addWidget(self._fill_button())
        tools.addWidget(self._button(clear))
        tools.addStretch()
        tools.addWidget(self.fitted_box)
        tools.addWidget(self._label("&Inner steps", self._steps))
        tools.addWidget(self._steps)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(network)
        layout.addLayout(tools)

    @property
    def steps(self) -> int:
        """How many inner steps to take; none where the network does not adapt."""
        return self._steps.value() if self._steps.isEnabled() else 0

    @property
    def chosen_steps(self) -> int:
        """What the user chose, though the network may take none."""
        return self._steps.value()

    @property
    def is_fitted(self) -> bool:
        return self.fitted_box.isChecked()

    def show_checkpoint(self, name: str, summary: str) -> None:
        self._summary.show_texts(name, summary)

    def show_class_count(self, count: int) -> None:
        if count != self._class_count.value():  # else it would be painted anew all the same
            self._class_count.blockSignals(True)
            self._class_count.setValue(count)
            self._class_count.blockSignals(False)
        self._add.setEnabled(count < MOST)

    def set_fitted(self, fitted: bool) -> None:
        self.fitted_box.setChecked(fitted)

    def set_steps(self, steps: int) -> None:
        self._steps.setValue(steps)

    def ensure_steps(self, least: int, adapts: bool) -> None:
        """At least as many steps as the network was trained with; none to choose where it does not adapt at all.

        Where that is more than the user wants it is so for this network alone.
        """
        wanted = self._wanted_steps
        self._steps.setValue(max(wanted, least))
        self._wanted_steps = wanted
        self._steps.setEnabled(adapts)

    def set_busy(self, busy: bool) -> None:
        """While something is being loaded, no episode can be asked for."""
        self._fill.setEnabled(not busy)

    @Slot(int)
    def _on_steps_changed(self, steps: int) -> None:
        self._wanted_steps = steps
        self.steps_chosen.emit(steps)

    @Slot(str)
    def _on_undo_text_changed(self, what: str) -> None:
        self._undo.setToolTip(f"{self._undo_tip}: {what}" if what else self._undo_tip)

    @Slot(str)
    def _on_redo_text_changed(self, what: str) -> None:
        self._redo.setToolTip(f"{self._redo_tip}: {what}" if what else self._redo_tip)

    def _network_button(self) -> QToolButton:
        menu = QMenu(self)
        for card in shipped():
            action = menu.addAction(f"{card.name}: {card.title}")
            action.setData(card.path)
            action.triggered.connect(self._on_shipped_triggered)
        menu.addSeparator()
        menu.addAction("Open a file… (Ctrl+K)").triggered.connect(self.open_clicked)  # the key is the window's
        button = QToolButton(self)
        button.setText("Network")
        button.setToolTip("Choose the network that adapts: one of those that come with the program, or a file")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        return button

    def _on_shipped_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.shipped_chosen.emit(action.data())

    def _fill_button(self) -> QToolButton:
        menu = QMenu(self)
        for name, text, keys in (
            (OMNIGLOT, "From Omniglot", "Ctrl+E"),
            (STROKES, "From procedural strokes", "Ctrl+Shift+E"),
        ):
            action = add_action(self, text, keys, "Fill all classes with characters the network has not seen")
            action.setData(name)
            action.triggered.connect(self._on_fill_triggered)
            menu.addAction(action)
        self._shots = self._choice(menu, "Drawings in each class", _SHOTS)
        self._queries = self._choice(menu, "Queries of each class", _QUERIES)
        menu.addSeparator()
        tip = "You and the network name the same 20 drawings"
        self.challenge_action = add_action(self, "Challenge me…", "Ctrl+Shift+B", tip)
        menu.addAction(self.challenge_action)
        self._fill = QToolButton(self)
        self._fill.setText("Fill with an episode")
        self._fill.setToolTip("Fill the classes and the queries with characters of a data set")
        self._fill.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._fill.setMenu(menu)
        return self._fill

    def _choice(self, menu: QMenu, title: str, numbers: Sequence[int]) -> QActionGroup:
        menu.addSection(title)
        group = QActionGroup(self)
        for number in numbers:
            action = menu.addAction(str(number))
            action.setCheckable(True)
            action.setChecked(number == numbers[0])
            group.addAction(action)
        return group

    def _on_fill_triggered(self) -> None:
        action, numbers = self.sender(), (self._shots.checkedAction(), self._queries.checkedAction())
        if isinstance(action, QAction) and self._fill.isEnabled():
            self.fill_chosen.emit(action.data(), *(int(number.text()) for number in numbers))

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        return button

    def _label(self, text: str, buddy: QWidget) -> QLabel:
        label = QLabel(text, self)
        label.setBuddy(buddy)
        buddy.setAccessibleName(text.replace("&", ""))
        return label
