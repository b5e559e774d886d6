"""The training panel: configure a run, watch it learn to learn, stop and go on, hand it over."""

import traceback
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from metagui.data.errors import InputError
from metagui.data.files import exists, user_folder
from metagui.data.omniglot import omniglot_is_ready
from metagui.data.sources import STROKES
from metagui.gui.config_form import ConfigForm
from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.message_bar import MessageBar
from metagui.gui.run_view import RunView
from metagui.gui.training_bar import TrainingBar
from metagui.gui.training_run import new_run_folder, training_run
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.history import read_history
from metagui.learn.training import HISTORY, LAST, NotSaved, Progress, Saved, Stepped


class TrainingPanel(QWidget):
    """Call `shut_down` before the application ends."""

    message_shown = Signal(str)
    handed_over = Signal(object)  # a Checkpoint: a snapshot that goes on living when training does

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thread: IteratorThread | None = None
        self._config = TrainingConfig()
        self._folder: Path | None = None  # of the run on show
        self._iteration = 0
        self._paused = self._stopping = self._has_failed = False
        self.form = ConfigForm(self)
        if not omniglot_is_ready():
            self.form.set_config(TrainingConfig(data=STROKES))  # trains without a download
        self.message_bar = MessageBar(self)
        self.view = RunView(self)
        self.status, self.progress, self.log = self.view.status, self.view.progress, self.view.log
        self.loss_plot, self.accuracy_plot = self.view.curves.loss_plot, self.view.curves.accuracy_plot
        self.bar = bar = TrainingBar(self)
        self.start_action, self.pause_action, self.stop_action = bar.start_action, bar.pause_action, bar.stop_action
        self.resume_action, self.open_action, self.use_action = bar.resume_action, bar.open_action, bar.use_action
        for action, slot in (
            (bar.start_action, self.start),
            (bar.pause_action, self.toggle_pause),
            (bar.stop_action, self.stop),
            (bar.resume_action, self.resume),
            (bar.open_action, self._ask_run),
            (bar.folder_action, self._show_files),
            (bar.use_action, self.use),
        ):
            action.triggered.connect(slot)
        bar.smooth.toggled.connect(self.view.curves.set_smooth)
        self._build_layout()
        self._show_state()

    def _build_layout(self) -> None:
        scroll = QScrollArea(self)
        scroll.setWidget(self.form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        width = self.form.sizeHint().width() + scroll.verticalScrollBar().sizeHint().width()
        scroll.setFixedWidth(width)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        column.addWidget(self.bar)
        column.addWidget(self.view, 1)
        body = QHBoxLayout()
        body.addWidget(scroll)
        body.addWidget(right, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.message_bar)
        layout.addLayout(body, 1)

    # What other parts of the program use

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    @property
    def folder(self) -> Path | None:
        """Of the run on show."""
        return self._folder

    def start(self) -> None:
        """A new run with the form's values, in a folder of its own."""
        try:
            config = self.form.config()
        except InputError as error:
            self._show_problem(str(error))
            return
        self._clear()
        self._run(config, new_run_folder(config), resume=False)

    def resume(self) -> None:
        """Go on with the run on show. What the form says may differ in how long and how fast, or it is refused."""
        if self._folder is None:
            return
        try:
            config = self.form.config()
            self._show_history(load_checkpoint(self._last).iteration)
        except InputError as error:
            self._show_problem(str(error))
            return
        self._run(config, self._folder, resume=True)

    def toggle_pause(self) -> None:
        if self._thread is None:
            return
        self._paused = not self._paused
        if self._paused:
            self._thread.pause()
        else:
            self._thread.resume()
        self.view.write("Paused." if self._paused else "Going on.")
        self._show_state()

    def stop(self) -> None:
        """End after the step at work; the run saves itself."""
        if self._thread is not None:
            self._stopping, self._paused = True, False
            self._thread.stop()
            self._show_state()

    def use(self) -> None:
        """Hand over the run's last checkpoint."""
        try:
            checkpoint = replace(load_checkpoint(self._last), name=self._last.parent.name)
        except InputError as error:
            self._show_problem(str(error))
            return
        self.view.write(f"Handed iteration {checkpoint.iteration:,} to the adaptation panel.")
        self.handed_over.emit(checkpoint)

    def open_run(self, folder: Path) -> None:
        """Show the curves and the values of a run, which can then be resumed; or a message why that cannot be done."""
        try:
            checkpoint = load_checkpoint(folder / LAST)
            read_history(folder / HISTORY)
        except InputError as error:
            self._show_problem(f"This is not a run's folder: {error}")
            return
        self._folder, self._config = folder, checkpoint.config
        self.form.set_config(checkpoint.config)
        self._show_history(checkpoint.iteration)
        self.view.show_share(checkpoint.iteration / checkpoint.config.iterations)
        self.view.show_status(f"{folder.name}: {checkpoint.iteration:,} of {checkpoint.config.iterations:,} iterations")
        self.view.write(f"Opened {folder}: {checkpoint.summary()}.")
        self._show_state()

    def shut_down(self) -> bool:
        """Save and end the thread; the step at work is waited for. False where saving failed: its message is shown."""
        if self._thread is None:
            return True
        self._has_failed = False
        self._thread.stop()
        self._thread.wait()
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall)  # what the thread had to say at its end
        return not self._has_failed

    # The run

    @property
    def _last(self) -> Path:
        return (self._folder or Path()) / LAST

    def _run(self, config: TrainingConfig, folder: Path, resume: bool) -> None:
        self._config, self._folder = config, folder
        self._paused = self._stopping = False
        self.message_bar.hide()
        self.view.show_status("Getting the data ready…")
        self.view.write(f"{'Resuming' if resume else 'Training'} {config.learner} in {folder}")
        self._thread = IteratorThread(training_run(config, folder, resume), self)
        self._thread.produced.connect(self._on_produced)
        self._thread.failed.connect(self._on_failed)
        self._thread.finished.connect(self._on_finished)
        self._thread.start()
        self._show_state()

    @Slot(object)
    def _on_produced(self, event: object) -> None:
        self.view.show_event(event, self._config)
        match event:
            case Progress() | Stepped():
                self._iteration = event.iteration
            case Saved():
                self._show_state()
            case NotSaved():
                self._show_problem(f"{event.message} Training goes on, and tries again at the next save.")

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._has_failed = True
        if isinstance(error, InputError):
            self._show_problem(str(error))
        else:
            self._show_problem(f"Training ended by a fault of the program: {error!r}")
            self.view.write("".join(traceback.format_exception(error)))

    @Slot()
    def _on_finished(self) -> None:
        if self._thread is not None:
            self._thread.wait()
            self._thread.deleteLater()
            self._thread = None
        saved = exists(self._last)
        self._paused = self._stopping = False
        self.view.write(
            f"Stopped. The run is kept in {self._folder}." if saved else "Stopped before anything was learned."
        )
        self._show_state()
        self.view.show_status(f"Stopped at iteration {self._iteration:,} of {self._config.iterations:,}.")

    # What is shown

    def _show_state(self) -> None:
        running, saved = self.is_running, self._folder is not None and exists(self._last)
        self.bar.show_state(running, self._paused, self._stopping, saved)
        self.form.setEnabled(not running)
        if running and self._paused:
            self.view.hold("Paused.")
        elif running and self._stopping:
            self.view.hold("Saving and stopping…")
        else:
            self.view.release()

    def _show_history(self, iteration: int) -> None:
        """Draw the curves of the run on show up to `iteration`, its checkpoint's."""
        self._clear()
        self._iteration = iteration
        for row in read_history(self._last.with_name(HISTORY)):
            if row["iteration"] <= iteration:
                self.view.curves.add(row["iteration"], row)

    def _clear(self) -> None:
        self.view.clear()
        self._iteration = 0

    def _show_problem(self, text: str) -> None:
        self.message_bar.show_problem(text)
        self.view.write(text)
        self.message_shown.emit(text)

    def _ask_run(self) -> None:
        runs = user_folder() / "runs"
        chosen = QFileDialog.getExistingDirectory(
            self, "Open a run's folder", str(runs if exists(runs) else Path.home())
        )
        if chosen:
            self.open_run(Path(chosen))

    def _show_files(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
