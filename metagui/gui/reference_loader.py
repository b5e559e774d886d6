"""Reference handwriting, loaded off the GUI thread."""

from collections.abc import Generator

from PySide6.QtCore import QObject, Signal, Slot

from metagui.data.errors import InputError
from metagui.data.preparation import Preparation
from metagui.data.reference import Reference, References
from metagui.gui.iterator_thread import IteratorThread


class ReferenceLoader(QObject):
    """Tells of the source that was asked for last, and of no other."""

    loaded = Signal(object)  # Reference
    progressed = Signal(str)  # what is being done
    failed = Signal(str)  # why nothing came of it

    def __init__(self, references: References, parent: QObject) -> None:
        super().__init__(parent)
        self._references = references
        self._thread: IteratorThread | None = None
        self._wanted: str | None = None  # and not yet told of
        self._source = ""  # that the thread is loading

    @property
    def is_busy(self) -> bool:
        return self._thread is not None

    def load(self, source: str) -> None:
        self._wanted = source
        if self._thread is None:
            self._start(source)
        elif source != self._source:
            self._thread.stop()

    def shut_down(self) -> None:
        """Stop, and wait for the piece of work in hand."""
        self._wanted = None
        if self._thread is not None:
            self._thread.stop()
            self._thread.wait()

    def _start(self, source: str) -> None:
        self._source = source
        self._thread = IteratorThread(_reference(self._references, source), self)
        self._thread.produced.connect(self._on_produced)
        self._thread.failed.connect(self._on_failed)
        self._thread.finished.connect(self._on_finished)
        self._thread.start()

    @Slot(object)
    def _on_produced(self, item: Preparation | Reference) -> None:
        if self._source != self._wanted:
            return
        if isinstance(item, Reference):
            self._wanted = None
            self.loaded.emit(item)
        else:
            self.progressed.emit(f"{item.what}: {item.done} of {item.total}")

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if self._source == self._wanted:
            self._wanted = None
            self.failed.emit(str(error) if isinstance(error, InputError) else f"That failed unexpectedly: {error!r}")

    @Slot()
    def _on_finished(self) -> None:
        if self._thread is not None:
            self._thread.wait()  # `finished` is emitted a moment before the thread has ended
            self._thread.deleteLater()
            self._thread = None
        if self._wanted is not None:
            self._start(self._wanted)


def _reference(references: References, source: str) -> Generator[Preparation | Reference, None, None]:
    reference = yield from references.load(source)
    yield reference
