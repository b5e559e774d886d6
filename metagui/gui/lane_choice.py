"""Which learners stand beside the panel's own, as the user chooses them."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from metagui.data.errors import InputError
from metagui.gui.checkpoint_file import ask_for_checkpoint
from metagui.gui.lanes import Lanes, untrained
from metagui.gui.lanes_view import LanesView
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.shipped import shipped

_ORDINARY = "baseline"  # the network in the box that was trained the ordinary way


class LaneChoice(QObject):
    failed = Signal(str)  # why a lane was not added

    def __init__(self, lanes: Lanes, view: LanesView, parent: QWidget) -> None:
        super().__init__(parent)
        self._lanes, self._window = lanes, parent
        view.worth_clicked.connect(self._on_worth_clicked)
        view.random_clicked.connect(self._on_random_clicked)
        view.shipped_chosen.connect(self.open)
        view.open_clicked.connect(self._on_open_clicked)
        view.remove_clicked.connect(lanes.remove)

    @Slot(Path)
    def open(self, path: Path) -> None:
        """Add the network of this checkpoint."""
        try:
            self._lanes.add(load_checkpoint(path))
        except InputError as error:
            self.failed.emit(str(error))

    @Slot()
    def _on_worth_clicked(self) -> None:
        """Beside what is learned in a lifetime alone, and what the ordinary way of training gives."""
        known = {lane.checkpoint.name for lane in self._lanes.lanes}
        random = untrained()
        if random.name not in known and not self._lanes.is_full:
            self._lanes.add(random)
        for card in shipped():
            if card.name == _ORDINARY and card.name not in known and not self._lanes.is_full:
                self.open(card.path)

    @Slot()
    def _on_random_clicked(self) -> None:
        self._lanes.add(untrained())

    @Slot()
    def _on_open_clicked(self) -> None:
        if file := ask_for_checkpoint(self._window):
            self.open(file)
