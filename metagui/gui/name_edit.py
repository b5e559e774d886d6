"""The field for a class's name, which takes no name that the task cannot have."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

LONGEST = 40


class NameEdit(QLineEdit):
    name_chosen = Signal(str)
    problem_changed = Signal(str)  # what is wrong with the text as it stands; "" where nothing is
    name_refused = Signal(str)  # on leaving the field: why the old name is back

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._why_not: Callable[[str], str | None] = lambda name: None
        self.setMaxLength(LONGEST)
        self.setToolTip("The class's name: edit it, and press Enter")
        self.textEdited.connect(self._on_text_edited)
        self.returnPressed.connect(self._on_return_pressed)

    def show_name(self, name: str, why_not: Callable[[str], str | None]) -> None:
        """Show `name`; `why_not` says what is wrong with another one."""
        self._name, self._why_not = name, why_not
        if self.text() != name:
            self.setText(name)
            self.setCursorPosition(0)  # of a long name the beginning is seen

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._name:
            self._restore()
        else:
            super().keyPressEvent(event)

    def _on_text_edited(self, text: str) -> None:
        self.problem_changed.emit(self._why_not(text.strip()) or "")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Not `editingFinished`: Qt does not repeat it on leaving after Enter, where the text may still be wrong."""
        super().focusOutEvent(event)
        if event.reason() == Qt.FocusReason.PopupFocusReason:
            return  # the field's own menu: Paste is to find the text as it is
        if not (problem := self._why_not(self.text().strip())):
            self._choose()
        elif event.reason() != Qt.FocusReason.ActiveWindowFocusReason:  # who comes back from another window can mend it
            self._restore()
            self.name_refused.emit(f"{problem} The class is still called “{self._name}”.")

    def _on_return_pressed(self) -> None:
        if problem := self._why_not(self.text().strip()):
            self.problem_changed.emit(problem)  # the text stays: there is time to mend it
        else:
            self._choose()

    def _choose(self) -> None:
        if self.text().strip() != self._name:
            self.name_chosen.emit(self.text().strip())
        elif self.text() != self._name:  # by spaces alone
            self._restore()

    def _restore(self) -> None:
        self.setText(self._name)
        self.setCursorPosition(0)
        self.problem_changed.emit("")
