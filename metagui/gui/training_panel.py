"""The training panel: configure a run, watch it learn to learn, stop and go on, hand it over."""

import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from metagui.data.errors import InputError
from metagui.data.files import exists, user_folder
from metagui.data.omniglot import omniglot_is_ready
from metagui.data.preparation import Preparation
from metagui.data.sources import STROKES
from metagui.gui.actions import add_action
from metagui.gui.config_form import ConfigForm
from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.live_plot import CurveStyle, LivePlot
from metagui.gui.message_bar import MessageBar
from metagui.gui.training_run import training_run
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.history import read_history
from metagui.learn.training import HISTORY, LAST, NotSaved, Progress, Saved, Stepped, Validated, Validating

_LOSS = {
    "query_loss": CurveStyle("query after", 0),
    "support_loss_before": CurveStyle("support before", 9),
    "support_loss": CurveStyle("support after", 1),
}
_ACCURACY = {
    "query_accuracy_before": CurveStyle("query before", 9),
    "query_accuracy": CurveStyle("query after", 0),
    "validation_accuracy": CurveStyle("validation", 2, sparse=True),
}
_PROGRESS = 1000  # the bar's full length


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
        self.loss_plot = LivePlot("loss (nats)", tuple(_LOSS.values()), top=2, parent=self)
        self.accuracy_plot = LivePlot("accuracy (%)", tuple(_ACCURACY.values()), top=100, percent=True, parent=self)
        self.status = QLabel("Choose a preset or set your own values, then press Start.", self)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.progress = QProgressBar(self)
        self.progress.setMaximum(_PROGRESS)
        self.log = QPlainTextEdit(self)
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(2000)
        self.start_action = self._action("&Start", "Ctrl+Return", "Train a new network with these values", self.start)
        self.pause_action = self._action("&Pause", "Ctrl+P", "Pause, or go on", self.toggle_pause)
        self.stop_action = self._action("S&top", "Ctrl+.", "Save and stop; the run can be resumed", self.stop)
        self.resume_action = self._action("&Resume", "Ctrl+R", "Go on with the run on show", self.resume)
        self.open_action = self._action("&Open run…", "", "Show an earlier run, to resume it", self._ask_run)
        self.folder_action = self._action("Show &files", "", "Open the run's folder", self._show_files)
        self.use_action = self._action(
            "&Use in adaptation", "Ctrl+U", "Hand a snapshot of the network to the adaptation panel", self.use
        )
        self._build_layout()
        self._show_state()

    def _action(self, text: str, shortcut: str, tip: str, slot: Callable[[], object]) -> QAction:
        action = add_action(self, text, shortcut, tip, Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(slot)
        return action

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setMinimumHeight(28)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _build_layout(self) -> None:
        scroll = QScrollArea(self)
        scroll.setWidget(self.form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        width = self.form.sizeHint().width() + scroll.verticalScrollBar().sizeHint().width()
        scroll.setFixedWidth(width)
        actions = QHBoxLayout()
        for action in (self.start_action, self.pause_action, self.stop_action, self.resume_action, self.open_action):
            actions.addWidget(self._button(action))
        actions.addStretch()
        smooth = QCheckBox("S&mooth", self)
        smooth.setChecked(True)
        smooth.setToolTip("Show running means in place of every point")
        smooth.toggled.connect(self.loss_plot.set_smooth)
        smooth.toggled.connect(self.accuracy_plot.set_smooth)
        actions.addWidget(smooth)
        actions.addWidget(self._button(self.folder_action))
        actions.addWidget(self._button(self.use_action))
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(8)
        self.progress.setAccessibleName("Progress of the run")
        self.log.setAccessibleName("What happened")
        self.log.setPlaceholderText("What happens will be written here.")
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        column.addLayout(actions)
        column.addWidget(self.status)
        column.addWidget(self.progress)
        parts = QSplitter(Qt.Orientation.Vertical, self)
        parts.addWidget(self.loss_plot)
        parts.addWidget(self.accuracy_plot)
        parts.addWidget(self.log)
        parts.setSizes([300, 300, 110])
        parts.setChildrenCollapsible(False)
        column.addWidget(parts, 1)
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
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{config.learner}-{config.way}w{config.shot}s"
        folder = user_folder() / "runs" / name
        number = 1
        while exists(folder):
            number += 1
            folder = folder.with_name(f"{name}-{number}")
        self._clear_curves()
        self._run(config, folder, resume=False)

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
        self._write("Paused." if self._paused else "Going on.")
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
        self._write(f"Handed iteration {checkpoint.iteration:,} to the adaptation panel.")
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
        self.progress.setValue(round(_PROGRESS * checkpoint.iteration / checkpoint.config.iterations))
        self.status.setText(f"{folder.name}: {checkpoint.iteration:,} of {checkpoint.config.iterations:,} iterations")
        self._write(f"Opened {folder}: {checkpoint.summary()}.")
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
        self.status.setText("Getting the data ready…")
        self._write(f"{'Resuming' if resume else 'Training'} {config.learner} in {folder}")
        self._thread = IteratorThread(training_run(config, folder, resume), self)
        self._thread.produced.connect(self._on_produced)
        self._thread.failed.connect(self._on_failed)
        self._thread.finished.connect(self._on_finished)
        self._thread.start()
        self._show_state()

    @Slot(object)
    def _on_produced(self, event: object) -> None:
        match event:
            case Preparation():
                self._show_status(f"{event.what}: {event.done:,} of {event.total:,}")
            case Progress():
                self._add_points(event.iteration, vars(event.figures))
                self._show_progress(event)
            case Validating():
                self._show_status(f"Validating: {event.done:,} of {event.episodes:,} episodes")
            case Validated():
                accuracy, ci95 = event.evaluation.accuracy, event.evaluation.ci95
                figures = {"validation_accuracy": accuracy, "validation_ci95": ci95}
                self._add_points(event.iteration, figures)
                best = ", the best so far" if event.best else ""
                self._write(
                    f"Iteration {event.iteration:,}: validation {100 * accuracy:.2f} ± {100 * ci95:.2f} %{best}"
                )
            case Stepped():
                self._iteration = event.iteration
            case Saved():
                self._show_state()
            case NotSaved():
                self._show_problem(f"{event.message} Training goes on, and tries again at the next save.")

    def _add_points(self, iteration: float, figures: dict[str, float]) -> None:
        for plot, styles in ((self.loss_plot, _LOSS), (self.accuracy_plot, _ACCURACY)):
            for figure, style in styles.items():
                if figure in figures:
                    half_width = figures.get("validation_ci95", 0.0) if style.sparse else 0.0
                    plot.add(style.name, iteration, figures[figure], half_width)

    def _show_progress(self, event: Progress) -> None:
        config = self._config
        self._iteration = event.iteration
        left = (config.iterations - event.iteration) * config.meta_batch / event.tasks_per_second
        if config.minutes:
            left = min(left, max(0.0, 60 * config.minutes - event.seconds))
        self.progress.setValue(round(_PROGRESS * event.seconds / (event.seconds + left)))
        self._show_status(
            f"Iteration {event.iteration:,} of {config.iterations:,}  ·  {event.tasks_per_second:.0f} tasks/s  ·  "
            f"{_duration(left)} left"
        )

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._has_failed = True
        if isinstance(error, InputError):
            self._show_problem(str(error))
        else:
            self._show_problem(f"Training ended by a fault of the program: {error!r}")
            self._write("".join(traceback.format_exception(error)))

    @Slot()
    def _on_finished(self) -> None:
        if self._thread is not None:
            self._thread.wait()
            self._thread.deleteLater()
            self._thread = None
        saved = exists(self._last)
        self._paused = self._stopping = False
        self._show_status(f"Stopped at iteration {self._iteration:,} of {self._config.iterations:,}.")
        self._write(f"Stopped. The run is kept in {self._folder}." if saved else "Stopped before anything was learned.")
        self._show_state()

    # What is shown

    def _show_state(self) -> None:
        running, saved = self.is_running, self._folder is not None and exists(self._last)
        self.start_action.setEnabled(not running)
        self.open_action.setEnabled(not running)
        self.pause_action.setEnabled(running and not self._stopping)
        self.pause_action.setText("Go &on" if self._paused else "&Pause")
        self.stop_action.setEnabled(running and not self._stopping)
        self.resume_action.setEnabled(not running and saved)
        self.use_action.setEnabled(saved)
        self.folder_action.setEnabled(saved)
        self.form.setEnabled(not running)
        if running and self._paused:
            self.status.setText("Paused.")
        elif running and self._stopping:
            self.status.setText("Saving and stopping…")

    def _show_status(self, text: str) -> None:
        """Say how far the run is, unless it is held or ending: what was on its way then does not change that."""
        if not (self._paused or self._stopping):
            self.status.setText(text)

    def _show_history(self, iteration: int) -> None:
        """Draw the curves of the run on show up to `iteration`, its checkpoint's."""
        self._clear_curves()
        self._iteration = iteration
        for row in read_history(self._last.with_name(HISTORY)):
            if row["iteration"] <= iteration:
                self._add_points(row["iteration"], row)

    def _clear_curves(self) -> None:
        self.loss_plot.clear()
        self.accuracy_plot.clear()
        self.progress.setValue(0)
        self._iteration = 0

    def _show_problem(self, text: str) -> None:
        self.message_bar.show_problem(text)
        self._write(text)
        self.message_shown.emit(text)

    def _write(self, text: str) -> None:
        self.log.appendPlainText(f"{time.strftime('%H:%M:%S')}  {text}")

    def _ask_run(self) -> None:
        runs = user_folder() / "runs"
        chosen = QFileDialog.getExistingDirectory(
            self, "Open a run's folder", str(runs if exists(runs) else Path.home())
        )
        if chosen:
            self.open_run(Path(chosen))

    def _show_files(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))


def _duration(seconds: float) -> str:
    """In the largest unit that fits, for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
