"""The menu of the files that were opened last."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from metagui.gui.settings import settings

_KEY = "sessions/recent"
_MOST = 8


class RecentFiles(QMenu):
    chosen = Signal(Path)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)
        self._fill()

    @property
    def paths(self) -> list[Path]:
        """The newest first. None where the settings are damaged."""
        known = settings().value(_KEY)
        known = [known] if isinstance(known, str) else known  # an ini file's list of one
        return [Path(path) for path in known if isinstance(path, str)] if isinstance(known, list) else []

    def add(self, path: Path) -> None:
        path = path.absolute()
        self._write([path, *(other for other in self.paths if other != path)][:_MOST])

    def remove(self, path: Path) -> None:
        self._write([other for other in self.paths if other != path])

    def _write(self, paths: list[Path]) -> None:
        settings().setValue(_KEY, [str(path) for path in paths])
        self._fill()

    def _fill(self) -> None:
        self.clear()
        for number, path in enumerate(self.paths, 1):
            action = self.addAction(f"&{number} {path.name.replace('&', '&&')}")
            action.setToolTip(str(path))
            action.setData(path)
            action.triggered.connect(self._on_triggered)
        if self.isEmpty():
            self.addAction("Nothing yet").setEnabled(False)
        else:
            self.addSeparator()
            self.addAction("Clear this list").triggered.connect(self._on_clear_triggered)

    def _on_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.chosen.emit(action.data())

    def _on_clear_triggered(self) -> None:
        self._write([])
