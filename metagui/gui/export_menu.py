"""File ▸ Export: what the adaptation panel shows, as files for other programs and other people."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from metagui.data.animation import Frame, animated_gif
from metagui.data.drawing_files import drawing_arrays, drawing_pictures
from metagui.data.errors import InputError
from metagui.data.files import write_atomically, write_folder
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.settings import last_folder, remember_folder
from metagui.gui.step_film import StepFilm, frame_milliseconds
from metagui.learn.step_table import step_table
from metagui.learn.takeaway import AdaptedClassifier, adapted_classifier, classifier_folder, safetensors_file

Content = Callable[[], bytes | Mapping[str, bytes]]  # of a file, or of a folder's files by their paths in it


class ExportMenu(QMenu):
    """Asks where to, and writes off the GUI thread. Call `shut_down` before the application ends."""

    exported = Signal(str)  # what has been written where
    failed = Signal(str)  # why nothing was written

    def __init__(self, panel: AdaptationPanel, parent: QWidget) -> None:
        super().__init__("&Export", parent)
        self._panel = panel
        self._threads: list[IteratorThread] = []
        self.setToolTipsVisible(True)
        self._of_classifier = [
            self._add("Classifier with an &example…", "The adapted network at the inner step on show, as ONNX and "
                      "safetensors in a folder, with an example of its use that needs no package", self._on_folder),
            self._add("Classifier as &safetensors…", "The adapted network at the inner step on show", self._on_tensors),
        ]  # fmt: skip
        self.addSeparator()
        self._of_drawings = [
            self._add("Drawings as &pictures…", "A folder of PNG files for each class, and one of the queries",
                      self._on_pictures),
            self._add("Drawings as &arrays…", "What the network sees, as a NumPy archive", self._on_arrays),
        ]  # fmt: skip
        self.addSeparator()
        self._of_steps = [
            self._add("Inner steps as a &table…", "Losses, accuracies and probabilities of every step, "
                      "comma-separated", self._on_table),
            self._add("Inner steps as an &animation…", "What you see of the query at every step, as an animated GIF",
                      self._on_animation),
        ]  # fmt: skip
        self.aboutToShow.connect(self._on_about_to_show)

    @property
    def is_busy(self) -> bool:
        return bool(self._threads)

    def shut_down(self) -> None:
        """What is being written is finished."""
        for thread in self._threads:
            thread.wait()

    def _add(self, text: str, tip: str, slot: Callable[[], None]) -> QAction:
        action = self.addAction(text)
        action.setToolTip(tip)
        action.triggered.connect(slot)
        return action

    @Slot()
    def _on_about_to_show(self) -> None:
        answer = self._panel.answer
        for action in self._of_classifier:
            action.setEnabled(answer is not None)
        for action in self._of_drawings:
            action.setEnabled(not self._panel.task.is_blank)
        table, animation = self._of_steps
        table.setEnabled(answer is not None)
        animation.setEnabled(answer is not None and len(answer.steps) > 1)  # a prototypical network takes no steps

    # What each of them writes

    @Slot()
    def _on_folder(self) -> None:
        if (answer := self._panel.answer) and (parent := self._ask_for_folder("Export the classifier and its example")):
            import metagui.learn.onnx_file  # noqa: F401  a quarter of a second, of no start; and not in the thread

            make, sample = self._classifier(answer), answer.request.support[0]
            if answer.request.query.size:
                sample = answer.request.query[min(answer.request.task.place, len(answer.request.query) - 1)]
            self._write(lambda: classifier_folder(make(), sample), parent / "classifier")

    @Slot()
    def _on_tensors(self) -> None:
        if (answer := self._panel.answer) and (path := self._ask_for_file("classifier", "safetensors", "Tensors")):
            make = self._classifier(answer)
            self._write(lambda: safetensors_file(make()), path)

    @Slot()
    def _on_pictures(self) -> None:
        task, settings = self._panel.task, self._panel.settings
        if parent := self._ask_for_folder("Export the drawings as pictures"):
            self._write(lambda: drawing_pictures(task, settings), parent / "drawings")

    @Slot()
    def _on_arrays(self) -> None:
        task, settings = self._panel.task, self._panel.settings
        if path := self._ask_for_file("drawings", "npz", "NumPy archives"):
            self._write(lambda: drawing_arrays(task, settings), path)

    @Slot()
    def _on_table(self) -> None:
        if (answer := self._panel.answer) and (path := self._ask_for_file("inner steps", "csv", "Tables")):
            self._write(lambda: step_table(answer.steps, answer.request.task), path)

    @Slot()
    def _on_animation(self) -> None:
        answer, settings = self._panel.answer, self._panel.settings
        if answer and (path := self._ask_for_file("inner steps", "gif", "Animated pictures")):

            def write(frames: list[Frame]) -> None:
                self._write(lambda: animated_gif(frames, frame_milliseconds(len(frames))), path)

            StepFilm(answer, settings, self._panel).drawn.connect(write)

    def _classifier(self, answer: AdaptationAnswer) -> Callable[[], AdaptedClassifier]:
        """Adapts anew to what the answer is to, up to the step on show."""
        request, settings, step = answer.request, self._panel.settings, self._panel.timeline.place
        names = [request.task.classes[row].name for row in request.task.drawn_rows]
        return lambda: adapted_classifier(request.checkpoint, settings, names, request.support, request.labels, step)

    # Where to, and how

    def _ask_for_folder(self, title: str) -> Path | None:
        """The folder to make a new one in: nothing in it is replaced."""
        folder = QFileDialog.getExistingDirectory(self._panel, title, last_folder("exports"))
        if not folder:
            return None
        remember_folder("exports", Path(folder) / "it")
        return Path(folder)

    def _ask_for_file(self, name: str, suffix: str, kind: str) -> Path | None:
        """A file of this suffix, whether the user types it or not; the dialog asks before one is replaced."""
        dialog = QFileDialog(self._panel, "Export", last_folder("exports"), f"{kind} (*.{suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{name}.{suffix}")
        chosen = dialog.selectedFiles() if dialog.exec() else []
        dialog.deleteLater()
        if not chosen:
            return None
        remember_folder("exports", Path(chosen[0]))
        return Path(chosen[0])

    def _write(self, make: Content, path: Path) -> None:
        thread = IteratorThread(_written(make, path), self)
        thread.produced.connect(self._on_written)
        thread.failed.connect(self._on_failed)
        thread.finished.connect(self._on_finished)
        self._threads.append(thread)
        thread.start()

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.exported.emit(f"Exported to {path}")

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        text = str(error) if isinstance(error, InputError) else f"The program is at fault: {error!r}."
        self.failed.emit(f"Nothing was exported. {text}")

    @Slot()
    def _on_finished(self) -> None:
        thread = self.sender()
        if isinstance(thread, IteratorThread):
            thread.wait()  # `finished` is emitted a moment before the thread has ended
            self._threads.remove(thread)
            thread.deleteLater()


def _written(make: Content, path: Path) -> Iterator[Path]:
    """Yields once: the file, or the folder, which has a number after its name where that was taken."""
    content = make()
    if isinstance(content, bytes):
        write_atomically(path, content)
        yield path
    else:
        yield write_folder(path.parent, path.name, content)
