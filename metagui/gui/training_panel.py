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
from metagui.gui.followed_run import FollowedRun
from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.message_bar import MessageBar
from metagui.gui.run_view import RunView
from metagui.gui.training_bar import TrainingBar
from metagui.gui.training_run import new_run_folder, training_run
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.events import NotSaved, Progress, Saved, Stepped
from metagui.learn.history import Rows, read_history
from metagui.learn.presets import PRESETS
from metagui.learn.training import HISTORY, LAST


class TrainingPanel(QWidget):
    """Call `shut_down` before the application ends."""

    message_shown = Signal(str)
    handed_over = Signal(object)  # a Checkpoint: a snapshot that goes on living when training does

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thread: IteratorThread | None = None
        self._opening: FollowedRun | None = None
        self._followed: FollowedRun | None = None  # the run on show, where it is not this program's own
        self._config = TrainingConfig()
        self._folder: Path | None = None  # of the run on show
        self._iteration = 0
        self._paused = self._stopping = self._has_failed = False
        self.form = ConfigForm(self)
        first = PRESETS["maml-quick"]
        if not omniglot_is_ready():
            first = replace(first, data=STROKES)  # trains without a download
        self.form.set_config(first)
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
            self._show_history(self._newest().iteration)
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
        """Hand over the newest checkpoint of the run on show."""
        try:
            checkpoint = replace(self._newest(), name=self._last.parent.name)
        except InputError as error:
            self._show_problem(str(error))
            return
        self.view.write(f"Handed iteration {checkpoint.iteration:,} to the adaptation panel.")
        self.handed_over.emit(checkpoint)

    def open_run(self, folder: Path) -> None:
        """Show a run as it is and as it grows, whoever writes it; or a message why that cannot be done."""
        if self._opening is not None:
            self._opening.stop()
        self._opening = FollowedRun(folder, self)
        self._opening.opened.connect(self._on_opened)
        self._opening.refused.connect(self._on_refused)
        self._opening.configured.connect(self.form.set_config)
        self._opening.grew.connect(self._on_grew)
        self._opening.looked.connect(self._on_looked)
        self._opening.writer_left.connect(self._on_writer_left)
        self._opening.lost.connect(self._on_lost)
        self._opening.start()
        self.view.show_status(f"Opening {folder.name}…")

    def shut_down(self) -> bool:
        """Save and end the thread; the step at work is waited for. False where saving failed: its message is shown."""
        for followed in self.findChildren(FollowedRun):
            followed.shut_down()
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

    def _newest(self) -> Checkpoint:
        """Of the run on show. InputError where there is none."""
        known = self._followed.checkpoint if self._followed is not None else None
        return known or load_checkpoint(self._last)

    def _run(self, config: TrainingConfig, folder: Path, resume: bool) -> None:
        self._leave()
        self._config, self._folder = config, folder
        self._paused = self._stopping = False
        self.message_bar.hide()
        self.view.show_status("Getting the data ready…")
        self.view.write(f"{'Resuming' if resume else 'Training'} {config.learner} in {folder}")
        self._thread = IteratorThread(training_run(config, folder, resume), self, gives_way=True)
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
        self._show_failure(error, "Training")

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
        self.view.show_status(f"Stopped at iteration {self._iteration:,}{self._config.of_iterations}.")

    # A run that is on disk

    @Slot()
    def _on_opened(self) -> None:
        opened, self._opening = self._opening, None
        assert opened is not None
        self._leave()
        self._followed, self._folder = opened, opened.folder
        self.message_bar.hide()
        self._clear()
        summary = opened.checkpoint.summary() if opened.checkpoint is not None else "it has no checkpoint yet"
        self.view.write(f"Opened {opened.folder}: {summary}.")
        self._show_state()

    @Slot(object)
    def _on_refused(self, error: Exception) -> None:
        if self._opening is not None:
            self.view.show_status(f"{self._opening.folder.name} could not be opened.")
            self._opening = None
        self._show_failure(error, "Opening")

    @Slot(object)
    def _on_grew(self, rows: Rows) -> None:
        if rows.anew:
            self.view.curves.clear()
        for row in rows.rows:
            self.view.curves.add(row["iteration"], row)

    @Slot()
    def _on_looked(self) -> None:
        if self._followed is not None:
            self.view.show_share(self._followed.share)
            self.view.show_status(self._followed.status)
            self._show_state()

    @Slot()
    def _on_writer_left(self) -> None:
        self.view.write("Nobody writes the run any more.")

    @Slot(object)
    def _on_lost(self, error: Exception) -> None:
        self._followed = None
        self._show_failure(error, "Following")
        self.view.show_status("The run is no longer followed.")
        self._show_state()

    def _leave(self) -> None:
        """Follow no run any more."""
        for followed in (self._opening, self._followed):
            if followed is not None:
                followed.stop()
        self._opening = self._followed = None

    # What is shown

    def _show_state(self) -> None:
        running, followed = self.is_running, self._followed
        if followed is not None:  # what its thread knows, since a network share may keep one waiting
            saved = followed.checkpoint is not None
        else:
            saved = self._folder is not None and exists(self._last)
        written = followed is not None and followed.is_written
        self.bar.show_state(running, self._paused, self._stopping, saved, written)
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

    def _show_failure(self, error: Exception, what: str) -> None:
        if isinstance(error, InputError):
            self._show_problem(str(error))
        else:
            self._show_problem(f"{what} ended by a fault of the program: {error!r}")
            self.view.write("".join(traceback.format_exception(error)))

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
