"""What is seen of a run: how far it is, its curves, and what happened."""

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QProgressBar, QSplitter, QVBoxLayout, QWidget

from metagui.data.preparation import Preparation
from metagui.gui.training_curves import TrainingCurves
from metagui.learn.config import TrainingConfig
from metagui.learn.events import Progress, Validated, Validating

_PROGRESS = 1000  # the bar's full length


class RunView(QWidget):
    """Shows the events of a run as they come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_held = False
        self.status = QLabel("Choose a preset or set your own values, then press Start.", self)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setMinimumWidth(1)  # a long text is cut off, and does not make the window wider
        self.progress = QProgressBar(self)
        self.progress.setMaximum(_PROGRESS)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(8)
        self.progress.setAccessibleName("Progress of the run")
        self.curves = TrainingCurves(self)
        self.log = QPlainTextEdit(self)
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(2000)
        self.log.setAccessibleName("What happened")
        self.log.setPlaceholderText("What happens will be written here.")
        parts = QSplitter(Qt.Orientation.Vertical, self)
        parts.addWidget(self.curves)
        parts.addWidget(self.log)
        parts.setSizes([600, 110])
        parts.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.status)
        layout.addWidget(self.progress)
        layout.addWidget(parts, 1)

    def show_event(self, event: object, config: TrainingConfig) -> None:
        """Show what a run with `config` reports; what says nothing to people changes nothing."""
        match event:
            case Preparation():
                self.show_status(f"{event.what}: {event.done:,} of {event.total:,}")
            case Progress():
                self.curves.add(event.iteration, vars(event.figures))
                self._show_progress(event, config)
            case Validating():
                self.show_status(f"Validating: {event.done:,} of {event.episodes:,} episodes")
            case Validated():
                accuracy, ci95 = event.evaluation.accuracy, event.evaluation.ci95
                self.curves.add(event.iteration, {"validation_accuracy": accuracy, "validation_ci95": ci95})
                best = ", the best so far" if event.best else ""
                self.write(f"Iteration {event.iteration:,}: validation {100 * accuracy:.2f} ± {100 * ci95:.2f} %{best}")

    def show_status(self, text: str) -> None:
        """Say how far the run is, unless it is held."""
        if not self._is_held:
            self.status.setText(text)

    def show_share(self, share: float) -> None:
        """How much of the run is done, from 0 to 1."""
        self.progress.setValue(round(_PROGRESS * share))

    def hold(self, text: str) -> None:
        """Say `text` until `release`: what was on its way when a run was paused or stopped does not change that."""
        self._is_held = True
        self.status.setText(text)

    def release(self) -> None:
        self._is_held = False

    def clear(self) -> None:
        """Make room for another run; what happened stays on record."""
        self.curves.clear()
        self.show_share(0)

    def write(self, text: str) -> None:
        """A line in the record of what happened."""
        self.log.appendPlainText(f"{time.strftime('%H:%M:%S')}  {text}")

    def _show_progress(self, event: Progress, config: TrainingConfig) -> None:
        left = (config.iterations - event.iteration) * config.meta_batch / event.tasks_per_second
        if config.minutes:
            left = min(left, max(0.0, 60 * config.minutes - event.seconds))
        self.show_share(event.seconds / (event.seconds + left))
        self.show_status(
            f"Iteration {event.iteration:,}{config.of_iterations}  ·  {event.tasks_per_second:.0f} tasks/s  ·  "
            f"{duration(left)} left"
        )


def duration(seconds: float) -> str:
    """In the largest unit that fits, for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
