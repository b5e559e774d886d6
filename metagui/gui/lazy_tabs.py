"""Views of one answer in tabs, of which only the one that is looked at is kept up to date."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QTabWidget, QWidget

from metagui.gui.adaptation_worker import AdaptationAnswer

ShowAnswer = Callable[[AdaptationAnswer], None]
ShowStep = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class _Way:
    """How a view is brought up to date."""

    show_answer: ShowAnswer | None
    show_step: ShowStep


class LazyTabs(QTabWidget):
    """An answer is shown here in the next turn of the event loop.

    What is outside the tabs has then been painted: probabilities do not wait for curves. Of answers that come faster
    than they can be shown the newest alone is.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer: AdaptationAnswer | None = None
        self._number = 0  # of the step on show
        self._ways: dict[QWidget, _Way] = {}
        self._outdated: set[QWidget] = set()  # views of an answer before
        self._next_turn = QTimer(self, singleShot=True, interval=0)
        self._next_turn.timeout.connect(self._show_current)
        self.setDocumentMode(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)  # rather than hide tabs behind arrows
        self.setUsesScrollButtons(False)
        self.currentChanged.connect(self._on_current_changed)

    def add_view(self, view: QWidget, title: str, show_step: ShowStep, show_answer: ShowAnswer | None = None) -> None:
        """`show_step` is called with the number of each step that is to be shown, once `show_answer` has been."""
        self._ways[view] = _Way(show_answer, show_step)
        self.addTab(view, title)

    @property
    def is_settled(self) -> bool:
        """The view that is looked at is of the newest answer."""
        return not self._next_turn.isActive()

    def show_answer(self, answer: AdaptationAnswer | None, number: int = 0) -> None:
        """Another answer, at this step; None: there is none to show."""
        self._answer, self._number = answer, number
        self._outdated.update(self._ways)
        self._next_turn.start()

    def show_step(self, number: int) -> None:
        """Another step of the same answer."""
        self._number = number
        if self.is_settled:
            self._show_current()

    def outdate(self, view: QWidget) -> None:
        """What this view is to show has changed, the answer apart."""
        self._outdated.add(view)
        if self.is_settled:
            self._show_current()

    @Slot()
    def _show_current(self) -> None:
        view = self.currentWidget()
        if self._answer is None or view not in self._ways:
            return
        way = self._ways[view]
        if view in self._outdated:
            self._outdated.remove(view)
            if way.show_answer is not None:
                way.show_answer(self._answer)
        way.show_step(self._number)

    @Slot()
    def _on_current_changed(self) -> None:
        self._show_current()
