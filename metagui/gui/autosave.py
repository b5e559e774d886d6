"""What the user has not saved yet, kept for the case that the program dies."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from metagui.data.errors import InputError
from metagui.data.files import user_folder
from metagui.data.places import Place, free_place, places_left_behind
from metagui.gui.iterator_thread import IteratorThread
from metagui.learn.session import Session
from metagui.learn.session_file import SUFFIX, write_session

_DELAY = 3000  # ms from a change to its autosave: what a crash may cost


def folder() -> Path:
    return user_folder() / "autosave"


def left_behind() -> list[Place]:
    """The autosaves of instances that are no longer alive; this one holds them from now on."""
    return places_left_behind(folder(), SUFFIX)


class Autosave(QObject):
    """Writes the newest session that it is given, a moment later and off the GUI thread, to a place of its own."""

    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place: Place | None = None
        self._newest: Session | None = None
        self._thread: IteratorThread | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def path(self) -> Path | None:
        """Where the newest autosave is; None before the first."""
        return None if self._place is None else self._place.path

    @property
    def is_idle(self) -> bool:
        """What was given last is written."""
        return self._newest is None and self._thread is None

    def keep(self, session: Session) -> None:
        """Write this within moments, unless a newer one comes."""
        self._newest = session
        if not self._timer.isActive():
            self._timer.start(_DELAY)

    def forget(self) -> None:
        """There is nothing to keep: the user has saved it, or does not want it."""
        self._stop()
        if self._place is not None:
            with suppress(OSError):  # then it is offered once too often
                self._place.path.unlink(missing_ok=True)

    def adopt(self, place: Place) -> None:
        """From now on write to this place, whose file is what has been recovered."""
        self.shut_down()
        self._place = place

    def shut_down(self) -> None:
        """Forget, and give the place up."""
        self.forget()
        if self._place is not None:
            self._place.release()
            self._place = None

    def _stop(self) -> None:
        self._newest = None
        self._timer.stop()
        if self._thread is not None:
            self._thread.wait()

    @Slot()
    def _on_timeout(self) -> None:
        if self._thread is not None:  # the disk is slow
            self._timer.start(_DELAY)
        elif self._newest is not None:
            try:
                self._place = self._place or free_place(folder(), SUFFIX)
            except InputError as error:
                self._on_failed(error)
                return
            self._thread = IteratorThread(_written(self._place.path, self._newest), self)
            self._newest = None
            self._thread.failed.connect(self._on_failed)
            self._thread.finished.connect(self._on_finished)
            self._thread.start()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(f"What you draw is not kept for the case of a crash: {error}")

    @Slot()
    def _on_finished(self) -> None:
        if self._thread is not None:
            self._thread.wait()
            self._thread.deleteLater()
            self._thread = None


def _written(path: Path, session: Session) -> Iterator[None]:
    write_session(path, session)
    yield
