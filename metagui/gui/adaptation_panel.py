"""The adaptation panel: the user draws a few-shot task, and sees a network adapt to it step by step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QUndoCommand, QUndoStack
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.gui.adaptation_bar import AdaptationBar
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.class_row import ClassRow
from metagui.gui.episode_source import EpisodeSource, FilledEpisode
from metagui.gui.live_adaptation import LiveAdaptation
from metagui.gui.message_bar import MessageBar
from metagui.gui.picture_files import LoadedPictures, ask_for_pictures
from metagui.gui.prediction_bars import ClassProbability, PredictionBars
from metagui.gui.query_pad import QueryPad
from metagui.gui.query_strip import QueryStrip
from metagui.gui.settings import last_folder, remember_folder
from metagui.gui.step_curves import StepCurves
from metagui.gui.support_grid import SupportGrid
from metagui.gui.task import FEWEST, MOST, DrawnClass, Query, Sketch, Task
from metagui.gui.task_loader import EpisodeIterator, TaskLoader
from metagui.gui.timeline import Timeline
from metagui.learn.checkpoint import Checkpoint, load_checkpoint


class _Change(QUndoCommand):
    """Tasks are frozen: to undo a change is to show the task before."""

    def __init__(self, show: Callable[[Task], None], before: Task, after: Task, what: str) -> None:
        super().__init__(what)
        self._show, self._before, self._after = show, before, after

    def undo(self) -> None:
        self._show(self._before)

    def redo(self) -> None:
        self._show(self._after)


class AdaptationPanel(QWidget):
    """Call `shut_down` before the application ends, unless the panel is a window of its own."""

    message_shown = Signal(str)

    def __init__(self, parent: QWidget | None = None, episode_source: EpisodeIterator | None = None) -> None:
        super().__init__(parent)
        self._loader = TaskLoader(episode_source or EpisodeSource(), self)
        self._task = Task()
        self._answered_task = self._task  # whose answer is shown
        self._settings = GlyphSettings()
        self._adaptation = LiveAdaptation(self)
        self.undo_stack = QUndoStack(self)
        self.bar = AdaptationBar(self.undo_stack, self)
        self.message_bar = MessageBar(self)
        self.grid = SupportGrid(self)
        self.query_pad = QueryPad(self)
        self.query_strip = QueryStrip(self)
        self.predictions = PredictionBars(self)
        self.timeline = Timeline(self)
        self.curves = StepCurves(self)
        self.timeline.views.addTab(self.curves, "Over the steps")
        self._build_layout()
        self._connect()
        self.bar.show_checkpoint("No network yet", "Open a checkpoint, or train a network.")
        self.bar.set_fitted(self._settings.fitted)
        self._show_task(self._task)

    def _build_layout(self) -> None:
        answer = QHBoxLayout()
        answer.setSpacing(12)
        answer.addWidget(self.query_pad)
        answer.addWidget(self.predictions, 1)
        right = QWidget(self)
        right.setMinimumWidth(400)
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        heading = QHBoxLayout()
        heading.addWidget(self._heading("Query", "what the network is to name"), 1)
        heading.addWidget(self.query_pad.next_button)
        heading.addWidget(self.query_pad.new_button)
        column.addLayout(heading)
        column.addWidget(self.query_strip)
        column.addLayout(answer)
        column.addWidget(self.timeline, 1)
        left = QWidget(self)
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._heading("Support", "the examples that the network learns from"))
        rows.addWidget(self.grid, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([560, 440])
        layout = QVBoxLayout(self)
        layout.addWidget(self.bar)
        layout.addWidget(self.message_bar)
        layout.addWidget(splitter, 1)

    def _heading(self, text: str, explanation: str) -> QLabel:
        label = QLabel(f"<b>{text}</b> &nbsp;{explanation}", self)
        label.setFixedHeight(self.query_pad.next_button.sizeHint().height())  # so that both columns begin on one line
        return label

    def _connect(self) -> None:
        self.bar.open_clicked.connect(self.ask_for_checkpoint)
        self.bar.shipped_chosen.connect(self.open_checkpoint)
        self.bar.class_count_chosen.connect(self.set_class_count)
        self.bar.fill_chosen.connect(self._on_fill_chosen)
        self.bar.clear_clicked.connect(self._on_clear_clicked)
        self.bar.fitted_chosen.connect(self._on_fitted_chosen)
        self.bar.steps_chosen.connect(self._adapt)
        self.grid.task_changed.connect(self._change)
        self.grid.name_refused.connect(self.show_problem)
        self.grid.load_clicked.connect(self._on_load_clicked)
        self.grid.files_dropped.connect(self._on_files_dropped)
        self.query_pad.query_changed.connect(self._on_query_changed)
        self.query_pad.query_extended.connect(self._on_query_extended)
        self.query_pad.query_dropped.connect(self._on_query_dropped)
        self.query_pad.next_clicked.connect(self._on_next_clicked)
        self.query_pad.new_clicked.connect(self._on_new_clicked)
        self.query_strip.place_chosen.connect(self._on_place_chosen)
        self.query_pad.load_clicked.connect(self._on_load_query_clicked)
        self.query_pad.files_dropped.connect(self._on_query_files_dropped)
        self.timeline.step_chosen.connect(self._show_step)
        self.curves.step_clicked.connect(self.timeline.slider.setValue)
        self._loader.pictures_loaded.connect(self._on_pictures_loaded)
        self._loader.episode_drawn.connect(self._on_episode_drawn)
        self._loader.progressed.connect(self.message_bar.show_news)
        self._loader.failed.connect(self.show_problem)
        self._loader.busy_changed.connect(self.bar.set_busy)
        self._adaptation.answered.connect(self._on_answered)
        self._adaptation.request_missed.connect(self._on_request_missed)
        self._adaptation.failed.connect(self.show_problem)

    # What other parts of the program use

    @property
    def rows(self) -> Sequence[ClassRow]:
        return self.grid.rows

    @property
    def task(self) -> Task:
        return self._task

    @property
    def is_settled(self) -> bool:
        """The answer that is shown belongs to what is drawn."""
        return self._adaptation.is_settled

    @property
    def winner(self) -> str | None:
        """The name of the class that the step on show finds most probable; None without a query."""
        step = self.timeline.step
        task = self._answered_task
        if step is None or task.place >= len(step.query_probabilities):
            return None
        return task.classes[task.drawn_rows[int(step.query_probabilities[task.place].argmax())]].name

    def set_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Adapt this network from now on; what is drawn stays."""
        self._adaptation.checkpoint = checkpoint
        self._settings = checkpoint.settings
        self.bar.show_checkpoint(checkpoint.name or "Network in training", checkpoint.summary())
        self.bar.set_fitted(checkpoint.settings.fitted)
        self.bar.ensure_steps(checkpoint.config.steps_to_adapt, adapts=checkpoint.config.has_inner_loop)
        if checkpoint.config.head == "fixed" and self._task.is_blank:
            self._task = self._task.with_class_count(min(checkpoint.config.way, MOST))
        self._show_task(self._task)

    def set_class_count(self, count: int) -> None:
        if count != len(self._task.classes) and FEWEST <= count <= MOST:
            self._change(self._task.with_class_count(count), "the number of classes")

    def add_class(self, name: str) -> None:
        """Add a class of this name, or show why that cannot be done."""
        problem = self._task.why_not_named(name)
        problem = problem and f"No class “{name}” was added: {problem[0].lower()}{problem[1:]}"
        if len(self._task.classes) == MOST:
            problem = f"There are {MOST} classes already: more cannot be shown."
        if problem:
            self.show_problem(problem)
        else:
            self._change(self._task.with_new_class(name), f"add class {name}")

    def ask_for_checkpoint(self) -> None:
        """Let the user choose a checkpoint."""
        file, _ = QFileDialog.getOpenFileName(
            self, "Open checkpoint", last_folder("checkpoints"), "Checkpoints (*.safetensors);;All files (*)"
        )
        if file:
            remember_folder("checkpoints", Path(file))
            self.open_checkpoint(Path(file))

    @Slot(Path)
    def open_checkpoint(self, path: Path) -> None:
        """Load it, or show why that cannot be done and keep the present one."""
        try:
            self.set_checkpoint(load_checkpoint(path))
        except InputError as error:
            self.show_problem(str(error))

    def show_episode(self, episode: FilledEpisode) -> None:
        """Fill classes and query with a data set's glyphs."""
        classes = tuple(
            DrawnClass(name, tuple(Sketch(given=glyph) for glyph in glyphs))
            for name, glyphs in zip(episode.names, episode.support, strict=True)
        )
        queries = tuple(Query(Sketch(given=glyph), label) for glyph, label in episode.queries)
        self._change(Task(classes, queries), "fill with an episode")

    @Slot(str)
    def show_problem(self, text: str) -> None:
        self.message_bar.show_problem(text)
        self.message_shown.emit(text)

    def shut_down(self) -> None:
        """End the threads; at most one inner step or one file is waited for."""
        self._adaptation.shut_down()
        self._loader.shut_down()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    # The task

    @Slot(object, str)
    def _change(self, task: Task, what: str) -> None:
        self.undo_stack.push(_Change(self._show_task, self._task, task, what))

    def _show_task(self, task: Task) -> None:
        self._task = task
        self.bar.show_class_count(len(task.classes))
        self.grid.show_task(task, self._settings)
        self.query_pad.show_task(task, self._settings)
        self.query_strip.show_task(task, self._settings)
        self._adapt()

    def _on_query_changed(self, query: Query, what: str) -> None:
        self._change(self._task.with_query(query), what)

    @Slot(int)
    def _on_place_chosen(self, place: int) -> None:
        """Show another query: nothing changes that could be undone."""
        if place != self._task.place:
            self._show_task(self._task.showing(place))

    @Slot()
    def _on_next_clicked(self) -> None:
        self._on_place_chosen((self._task.place + 1) % len(self._task.queries))

    @Slot()
    def _on_new_clicked(self) -> None:
        self._on_place_chosen(len(self._task.queries))
        self.query_pad.canvas.setFocus()

    def _on_clear_clicked(self) -> None:
        if not self._task.is_blank:
            self._change(self._task.without_drawings(), "clear all drawings")

    def _on_fitted_chosen(self, fitted: bool) -> None:
        self._settings = replace(self._settings, fitted=fitted)
        self._show_task(self._task)

    # Adaptation

    @Slot()
    def _adapt(self) -> None:
        self._adaptation.ask(self._task, self._settings, self.bar.steps)

    @Slot()
    def _on_query_extended(self) -> None:
        self.query_pad.show_glyph(self._settings)
        if self._adaptation.is_settled:  # as often as answers come, and no faster
            query = replace(self._task.query, sketch=self.query_pad.canvas.sketch_in_work)
            self._adaptation.ask(self._task.with_query(query), self._settings, self.bar.steps)

    @Slot()
    def _on_query_dropped(self) -> None:
        self.query_pad.show_glyph(self._settings)
        self._adapt()

    @Slot(object)
    def _on_answered(self, answer: AdaptationAnswer) -> None:
        self._answered_task = answer.request.task
        last = answer.steps[-1].step if answer.is_complete else answer.request.steps
        task = answer.request.task
        self.timeline.show_steps(answer.steps, last, answer.request.checkpoint.config.steps_to_adapt)
        self.curves.show_steps(answer.steps, list(task.drawn_rows), last, task.place)
        self._show_step()

    @Slot(str)
    def _on_request_missed(self, missing: str) -> None:
        self.predictions.show_hint(missing)
        self.timeline.show_hint("Here you will see how the network changes its mind, inner step by inner step.")

    @Slot()
    def _show_step(self) -> None:
        """Show the predictions of the step that the timeline is on."""
        step = self.timeline.step
        if step is None:
            return
        task = self._answered_task
        self.curves.show_step(self.timeline.place)
        self.query_strip.show_verdicts(task, step)
        if task.place >= len(step.query_probabilities):
            self.predictions.show_hint("The network has learned your classes. Now draw a query.")
            return
        of_query = np.nan_to_num(step.query_probabilities[task.place]).tolist()
        probabilities = dict(zip(task.drawn_rows, of_query, strict=True))
        label = task.query.label
        self.predictions.show_classes(
            [ClassProbability(drawn.name, row, probabilities.get(row)) for row, drawn in enumerate(task.classes)],
            None if label is None else task.classes[label].name,
        )

    # Files and data sets

    def _on_load_clicked(self, row: int) -> None:
        name = self._task.classes[row].name
        self._loader.load_pictures(ask_for_pictures(self, f"Load images as examples of {name}"), self._settings, name)

    def _on_load_query_clicked(self) -> None:
        self._loader.load_pictures(ask_for_pictures(self, "Load images as queries"), self._settings, None)

    def _on_files_dropped(self, row: int, paths: list[Path]) -> None:
        self._loader.load_pictures(paths, self._settings, self._task.classes[row].name)

    def _on_query_files_dropped(self, paths: list[Path]) -> None:
        self._loader.load_pictures(paths, self._settings, None)

    def _on_fill_chosen(self, name: str, shot: int) -> None:
        self._loader.draw_episode(name, len(self._task.classes), shot)

    @Slot(object)
    def _on_episode_drawn(self, episode: FilledEpisode) -> None:
        self.message_bar.hide()  # it said how the data set was being prepared
        self.show_episode(episode)

    @Slot(object)
    def _on_pictures_loaded(self, loaded: LoadedPictures) -> None:
        if loaded.problems:
            others = f" ({len(loaded.problems) - 1} more could not be used either.)" if loaded.problems[1:] else ""
            self.show_problem(loaded.problems[0] + others)
        if loaded.sketches and loaded.class_name is None:
            self._change(self._task.with_further_queries([Query(sketch) for sketch in loaded.sketches]), "load queries")
        elif loaded.sketches:
            # By name, since rows may have changed while the files were read.
            for row, drawn in enumerate(self._task.classes):
                if drawn.name == loaded.class_name:
                    filled = replace(drawn, sketches=(*drawn.sketches, *loaded.sketches))
                    self._change(self._task.with_class(row, filled), f"load images as {drawn.name}")
