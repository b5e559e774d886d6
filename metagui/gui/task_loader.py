"""Image files and episodes for the adaptation panel, loaded off the GUI thread."""

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.preparation import Preparation
from metagui.gui.episode_source import Deal, FilledEpisode
from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.picture_files import (
    LoadedClasses,
    LoadedPictures,
    LoadedSheet,
    load_classes,
    load_pictures,
    load_sheet,
)

EpisodeIterator = Callable[[Deal], Iterator[Preparation | FilledEpisode]]


class TaskLoader(QObject):
    pictures_loaded = Signal(object)  # LoadedPictures
    classes_loaded = Signal(object)  # LoadedClasses
    sheet_loaded = Signal(object)  # LoadedSheet
    episode_drawn = Signal(object)  # FilledEpisode
    progressed = Signal(str)  # what is being done
    failed = Signal(str)  # why nothing came of it
    busy_changed = Signal(bool)

    def __init__(self, episode_source: EpisodeIterator, parent: QObject) -> None:
        super().__init__(parent)
        self._episode_source = episode_source
        self._threads: list[IteratorThread] = []
        self._forgotten: set[IteratorThread] = set()  # nobody waits for what they load

    @property
    def is_busy(self) -> bool:
        return bool(self._threads)

    def load_pictures(self, paths: list[Path], settings: GlyphSettings, class_name: str | None) -> None:
        if paths:
            self._start(load_pictures(paths, settings, class_name))

    def load_classes(self, path: Path, settings: GlyphSettings) -> None:
        self._start(load_classes(path, settings))

    def load_sheet(self, path: Path) -> None:
        self._start(load_sheet(path))

    def draw_episode(self, deal: Deal) -> None:
        """One at a time: what the source has loaded is not for two threads."""
        if not self.is_busy:
            self._start(self._episode_source(deal))

    def forget(self) -> None:
        """What is being loaded is no longer wanted: nothing more is heard of it."""
        for thread in self._threads:
            thread.stop()
        self._forgotten.update(self._threads)

    def shut_down(self) -> None:
        """Stop, and wait for the piece of work in hand."""
        for thread in self._threads:
            thread.stop()
        for thread in self._threads:
            thread.wait()

    def _start(self, work: Iterator[object]) -> None:
        thread = IteratorThread(work, self)
        thread.produced.connect(self._on_produced)
        thread.failed.connect(self._on_failed)
        thread.finished.connect(self._on_finished)
        self._threads.append(thread)
        self.busy_changed.emit(True)
        thread.start()

    @Slot(object)
    def _on_produced(self, item: object) -> None:
        if self.sender() in self._forgotten:
            return
        match item:
            case LoadedPictures():
                self.pictures_loaded.emit(item)
            case LoadedClasses():
                self.classes_loaded.emit(item)
            case LoadedSheet():
                self.sheet_loaded.emit(item)
            case FilledEpisode():
                self.episode_drawn.emit(item)
            case Preparation(done, total, what):
                self.progressed.emit(f"{what}: {done} of {total}")

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if self.sender() in self._forgotten:
            return
        self.failed.emit(str(error) if isinstance(error, InputError) else f"That failed unexpectedly: {error!r}")

    @Slot()
    def _on_finished(self) -> None:
        thread = self.sender()
        if isinstance(thread, IteratorThread):
            thread.wait()  # `finished` is emitted a moment before the thread has ended
            self._threads.remove(thread)
            self._forgotten.discard(thread)
            thread.deleteLater()
            self.busy_changed.emit(self.is_busy)
