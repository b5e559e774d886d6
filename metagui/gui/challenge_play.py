"""The challenge itself: twenty characters, and one drawing after the other to be found among them."""

from PySide6.QtCore import QElapsedTimer, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from metagui.data.glyph import SIDE, GlyphSettings
from metagui.gui.actions import add_action
from metagui.gui.challenge import WAY, Attempt, Challenge
from metagui.gui.glyph_button import GlyphButton
from metagui.gui.glyph_view import GlyphView

_KEYS = "ABCDEFGHIJKLMNOPQRST"
_COLUMNS = 5
_QUERY = 7 * SIDE  # pixels


class ChallengePlay(QWidget):
    completed = Signal(object, float)  # the Attempt, and the seconds that it took
    leave_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attempt: Attempt | None = None
        self._network: tuple[int, ...] = ()
        self._tells = False
        self._clock = QElapsedTimer()
        self.buttons = [GlyphButton(key, self) for key in _KEYS]
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, button in enumerate(self.buttons):
            button.clicked.connect(self._on_button_clicked)
            grid.addWidget(button, place // _COLUMNS, place % _COLUMNS)
        left = QVBoxLayout()
        left.addLayout(grid)
        left.addStretch()
        self.progress = QProgressBar(self)
        self.progress.setRange(0, WAY)
        self.progress.setFormat(f"%v of {WAY} named")
        self.progress.setAccessibleName("Progress")
        self.query_view = GlyphView(_QUERY, self, is_smooth=True)
        self.query_view.setToolTip("Which of the twenty is this, by another hand?")
        self.query_view.setAccessibleName("The drawing to be named")
        self.told = QLabel(self)
        self.told.setWordWrap(True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.undo_action = add_action(self, "Take back", "Backspace", "Take back the last answer")
        self.undo_action.setShortcuts([QKeySequence("Backspace"), QKeySequence("Ctrl+Z")])
        self.undo_action.triggered.connect(self._on_undo_triggered)
        self.undo_button = QPushButton("Take back", self)
        self.undo_button.setToolTip(self.undo_action.toolTip())
        self.undo_button.clicked.connect(self.undo_action.trigger)
        leave = QPushButton("Leave", self)
        leave.setToolTip("Leave the challenge (Esc)")
        leave.clicked.connect(self.leave_clicked)
        for beside in (self.undo_button, leave):
            beside.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the characters
        ask = QLabel("Which character is this, by another hand? Click it, or press its key.", self)
        ask.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.undo_button)
        buttons.addWidget(leave)
        column = QWidget(self)
        column.setFixedWidth(self.query_view.width())
        side = QVBoxLayout(column)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(10)
        side.addWidget(ask)
        side.addWidget(self.query_view)
        side.addWidget(self.progress)
        side.addWidget(self.told)
        side.addStretch()
        side.addLayout(buttons)
        layout = QHBoxLayout(self)
        layout.setSpacing(24)
        layout.addStretch()
        layout.addLayout(left)
        layout.addWidget(column)
        layout.addStretch()

    def begin(self, challenge: Challenge, tells: bool) -> None:
        """Show the first query. With `tells`, the network's answer is shown after each of the person's."""
        self._tells, self._network = tells, ()
        settings = GlyphSettings()
        for button, drawn in zip(self.buttons, challenge.task.classes, strict=True):
            button.show_glyph(drawn.sketches[0].glyph(settings), f"{drawn.name}, key {button.text()}")
        self._show(Attempt(challenge))
        self.buttons[0].setFocus()
        self._clock.start()

    def show_network(self, rows: tuple[int, ...]) -> None:
        """What the network answered, query by query."""
        self._network = rows
        if self.attempt is not None:
            self._show(self.attempt)

    def _show(self, attempt: Attempt) -> None:
        self.attempt = attempt
        done, queries = len(attempt.answers), attempt.challenge.task.queries
        self.progress.setValue(done)
        self.undo_button.setEnabled(done > 0)
        self.query_view.set_glyph(queries[min(done, WAY - 1)].sketch.given)
        self.told.setText(self._telling(attempt) if self._tells and done else "")

    def _telling(self, attempt: Attempt) -> str:
        """Of the last answer; nothing of whether it is right, which would help with those to come."""
        last = len(attempt.answers) - 1
        own = f"You took the last one for {_KEYS[attempt.answers[last]]}; "
        return own + (f"the network for {_KEYS[self._network[last]]}." if self._network else "the network is at it.")

    @Slot()
    def _on_button_clicked(self) -> None:
        button = self.sender()
        if self.attempt is None or self.attempt.is_complete or not isinstance(button, GlyphButton):
            return
        self._show(self.attempt.with_answer(self.buttons.index(button)))
        if self.attempt.is_complete:
            self.completed.emit(self.attempt, self._clock.elapsed() / 1000)

    @Slot()
    def _on_undo_triggered(self) -> None:
        if self.attempt is not None and self.attempt.answers:
            self._show(self.attempt.without_last())
