"""A run on disk as the panel shows it: read by a thread of its own, followed while another process writes it."""

from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal, Slot

from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.run_view import duration
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.following import Looked, Newest, follow
from metagui.learn.history import Rows

_FRESH = 3  # s without growth that are not worth a word
_LONGEST_NAME = 40  # characters


class FollowedRun(QObject):
    """Follows the run in `folder` from `start` until `stop`, after which it emits nothing and deletes itself.

    First comes either `opened` or `refused`. Call `shut_down` before the application ends.
    """

    opened = Signal()
    refused = Signal(object)  # the exception: this is no run
    configured = Signal(object)  # a TrainingConfig, once the run has a checkpoint
    grew = Signal(object)  # Rows
    looked = Signal()  # what the properties tell is of now
    writer_left = Signal()  # whoever wrote the run does so no more
    lost = Signal(object)  # the exception that ended it: the run is gone

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.checkpoint: Checkpoint | None = None  # the newest
        self.is_written = True  # by another process or machine: so it may be until it was looked at
        self._is_open = self._has_looked = False
        self._quiet: float | None = None  # s since it grew
        self._iteration = self._seconds = 0.0  # of the last row
        self._ended = Event()
        self._thread = IteratorThread(follow(folder, self._ended), self)
        self._thread.produced.connect(self._on_produced)
        self._thread.failed.connect(self._on_failed)
        self._thread.finished.connect(self._on_finished)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the reading at work, which is not waited for."""
        self._ended.set()
        self._thread.stop()

    def shut_down(self) -> None:
        """End, and wait for it."""
        self.stop()
        self._thread.wait()

    @property
    def status(self) -> str:
        """How far the run is, in words."""
        name = self.folder.name
        if len(name) > _LONGEST_NAME:  # else the figures would have no room
            name = f"{name[: _LONGEST_NAME // 2]}…{name[-_LONGEST_NAME // 2 :]}"
        iteration = self._iteration if self.checkpoint is None else max(self._iteration, self.checkpoint.iteration)
        if self.is_written:
            if not iteration:
                return f"Following {name}: waiting for the first figures"
            pause = f"  ·  last grew {duration(self._quiet)} ago" if self._quiet and self._quiet >= _FRESH else ""
            return f"Following {name}: iteration {iteration:,.0f}{self._of_all}{pause}"
        if not iteration:
            return f"{name}: nothing was learned yet, and nobody writes it"
        if self.checkpoint is None:
            return f"{name}: {iteration:,.0f} iterations, none of them saved"
        saved = f", saved at {self.checkpoint.iteration:,}" if self.checkpoint.iteration < iteration else ""
        return f"{name}: {iteration:,.0f}{self._of_all} iterations{saved}"

    @property
    def share(self) -> float:
        """How much of the run is done, from 0 to 1."""
        if self.checkpoint is None:
            return 0.0
        config = self.checkpoint.config
        done = max(self._iteration, self.checkpoint.iteration) / config.iterations
        if config.minutes:
            done = max(done, max(self._seconds, self.checkpoint.seconds) / (60 * config.minutes))
        return min(1.0, done)

    @property
    def _of_all(self) -> str:
        return self.checkpoint.config.of_iterations if self.checkpoint else ""

    @Slot(object)
    def _on_produced(self, event: object) -> None:
        if self._ended.is_set():
            return
        is_first = isinstance(event, Newest) and self.checkpoint is None
        has_left = isinstance(event, Looked) and self._has_looked and self.is_written and not event.is_written
        match event:
            case Newest():
                self.checkpoint = event.checkpoint
            case Rows():
                last = event.rows[-1] if event.rows else {}
                self._iteration = last.get("iteration", 0.0 if event.anew else self._iteration)
                self._seconds = last.get("seconds", 0.0 if event.anew else self._seconds)
            case Looked():
                self.is_written, self._quiet, self._has_looked = event.is_written, event.quiet, True
        if not self._is_open:
            self._is_open = True
            self.opened.emit()
        match event:
            case Newest() if is_first:
                self.configured.emit(event.checkpoint.config)
            case Rows():
                self.grew.emit(event)
            case Looked():
                self.looked.emit()
                if has_left:
                    self.writer_left.emit()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if not self._ended.is_set():
            (self.lost if self._is_open else self.refused).emit(error)

    @Slot()
    def _on_finished(self) -> None:
        self._thread.wait()
        self.deleteLater()
