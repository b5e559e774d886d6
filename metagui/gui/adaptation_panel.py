"""The adaptation panel: the user draws a few-shot task, and sees a network adapt to it step by step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QUndoCommand, QUndoStack
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.omniglot import omniglot_is_ready
from metagui.data.reference import References
from metagui.data.sources import OMNIGLOT, STROKES
from metagui.data.task import FEWEST, MOST, Query, Task
from metagui.gui.adaptation_bar import AdaptationBar
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.challenge_view import ChallengeDialog
from metagui.gui.checkpoint_file import ask_for_checkpoint
from metagui.gui.class_row import ClassRow
from metagui.gui.episode_source import Deal, EpisodeSource
from metagui.gui.lane_choice import LaneChoice
from metagui.gui.lanes import MOST as LANES
from metagui.gui.lanes import Lanes
from metagui.gui.live_adaptation import LiveAdaptation
from metagui.gui.message_bar import MessageBar
from metagui.gui.query_column import QueryColumn
from metagui.gui.reference_browser import ReferenceBrowser
from metagui.gui.support_grid import SupportGrid
from metagui.gui.support_header import SupportHeader
from metagui.gui.task_intake import TaskIntake
from metagui.gui.task_loader import EpisodeIterator, TaskLoader
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.session import Session

_MOST_DEALT, _DEALT_QUERIES = 10, 5  # examples and queries of a class, of which a data set has twenty


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
    session_changed = Signal()  # or may have

    def __init__(self, parent: QWidget | None = None, episode_source: EpisodeIterator | None = None) -> None:
        super().__init__(parent)
        self._references = References()
        self._loader = TaskLoader(episode_source or EpisodeSource(self._references), self)
        self._task = Task()
        self._settings = GlyphSettings()
        self._adaptation = LiveAdaptation(self)
        self._lanes = Lanes(self)
        self.undo_stack = QUndoStack(self)
        self.bar = AdaptationBar(self.undo_stack, self)
        self.message_bar = MessageBar(self)
        self.header = SupportHeader(self)
        self.grid = SupportGrid(self)
        self.column = QueryColumn(self)
        self._lane_choice = LaneChoice(self._lanes, self.column.lanes, self)
        self._intake = TaskIntake(self._loader, self.grid, self)
        self.reference = ReferenceBrowser(self._references, self)
        self.query_pad = self.column.pad
        self.predictions = self.column.predictions
        self.timeline = self.column.timeline
        self._build_layout()
        self._connect()
        self.bar.show_checkpoint("No network yet", "Open a checkpoint, or train a network.")
        self.bar.set_fitted(self._settings.fitted)
        self._show_task(self._task)

    def _build_layout(self) -> None:
        left = QWidget(self)
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, 0)
        self.header.setFixedHeight(self.query_pad.next_button.sizeHint().height())  # both columns begin on one line
        rows.addWidget(self.header)
        rows.addWidget(self.grid, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.addWidget(left)
        splitter.addWidget(self.column)
        splitter.addWidget(self.reference)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setStretchFactor(2, 0)
        self.reference.hide()
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([560, 440])
        layout = QVBoxLayout(self)
        layout.addWidget(self.bar)
        layout.addWidget(self.message_bar)
        layout.addWidget(splitter, 1)

    def _connect(self) -> None:
        self.bar.open_clicked.connect(self.ask_for_checkpoint)
        self.bar.shipped_chosen.connect(self.open_checkpoint)
        self.bar.class_count_chosen.connect(self.set_class_count)
        self.bar.fill_chosen.connect(self._on_fill_chosen)
        self.bar.reference_toggled.connect(self._on_reference_toggled)
        self.reference.close_clicked.connect(self.bar.reference_action.toggle)
        self.reference.class_chosen.connect(self._intake.add_class_of)
        self.reference.example_chosen.connect(self._intake.add_examples)
        self.reference.query_chosen.connect(self._intake.add_queries)
        self.reference.deal_chosen.connect(self._loader.draw_episode)
        self.reference.problem_met.connect(self.show_problem)
        self.reference.challenge_clicked.connect(self.challenge)
        self.bar.challenge_action.triggered.connect(self.challenge)
        self.bar.clear_clicked.connect(self._on_clear_clicked)
        self.bar.fitted_chosen.connect(self._on_fitted_chosen)
        self.bar.steps_chosen.connect(self._adapt)
        self.grid.task_changed.connect(self._change)
        self.grid.name_refused.connect(self.show_problem)
        self.grid.load_clicked.connect(self._intake.ask_for_examples)
        self.grid.offered.connect(self._intake.give_to_class)
        self.header.erasing_toggled.connect(self.grid.set_erasing)
        self.header.erasing_toggled.connect(self.query_pad.canvas.set_erasing)
        self.header.folder_clicked.connect(self._intake.ask_for_classes)
        self.header.sheet_clicked.connect(self._intake.ask_for_sheet)
        self._intake.task_changed.connect(self._change)
        self._intake.loading_ended.connect(self.message_bar.hide)
        self._intake.failed.connect(self.show_problem)
        self.query_pad.query_changed.connect(self._on_query_changed)
        self.query_pad.query_extended.connect(self._on_query_extended)
        self.query_pad.query_dropped.connect(self._on_query_dropped)
        self.query_pad.next_clicked.connect(self._on_next_clicked)
        self.query_pad.new_clicked.connect(self._on_new_clicked)
        self.column.place_chosen.connect(self._on_place_chosen)
        self.column.step_shown.connect(self.grid.show_step)
        self.column.why.sketch_toggled.connect(self.grid.toggle)
        self.column.lanes.deal_clicked.connect(self._on_lanes_deal_clicked)
        self._lane_choice.failed.connect(self.show_problem)
        self._lanes.changed.connect(self._on_lanes_changed)
        self.query_pad.load_clicked.connect(self._intake.ask_for_queries)
        self.column.offered.connect(self._intake.give_to_queries)
        self._loader.progressed.connect(self.message_bar.show_news)
        self._loader.failed.connect(self.show_problem)
        self._loader.busy_changed.connect(self.bar.set_busy)
        self._adaptation.answered.connect(self.column.show_answer)
        self._adaptation.request_missed.connect(self.column.show_missing)
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
        """The answers that are shown belong to what is drawn."""
        return self._adaptation.is_settled and self._lanes.is_settled and self.timeline.views.is_settled

    @property
    def settings(self) -> GlyphSettings:
        """How what is drawn becomes what the network sees."""
        return self._settings

    @property
    def answer(self) -> AdaptationAnswer | None:
        """The network's, as it is on show."""
        return self.column.answer

    @property
    def winner(self) -> str | None:
        """The name of the class that the step on show finds most probable; None without a query."""
        return self.column.winner

    @property
    def session(self) -> Session:
        """What is on show, to be saved."""
        lanes = tuple(lane.checkpoint for lane in self._lanes.lanes)
        fitted, steps, chosen = self._settings.fitted, self.bar.chosen_steps, self.timeline.chosen
        return Session(self._task, self._adaptation.checkpoint, lanes, fitted, steps, chosen)

    def show_session(self, session: Session) -> None:
        """Show this one from now on; nothing of what was before can come back."""
        self._loader.forget()
        self._lanes.clear()
        self.undo_stack.clear()
        self.message_bar.hide()
        self.timeline.choose(session.step_on_show)
        self._task = session.task
        for checkpoint in session.lanes[: LANES - 1]:
            self._lanes.add(checkpoint)
        if session.checkpoint is not None:
            self.set_checkpoint(session.checkpoint)
        self.bar.set_steps(session.steps)
        self.bar.set_fitted(session.fitted)
        self._show_task(self._task)

    def set_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Adapt this network from now on; what is drawn stays."""
        self._adaptation.checkpoint = checkpoint
        self._settings = checkpoint.settings
        self.bar.show_checkpoint(checkpoint.name or "Network in training", checkpoint.summary())
        self.bar.set_fitted(checkpoint.settings.fitted)
        self.reference.show_checkpoint(checkpoint)
        self.bar.ensure_steps(checkpoint.config.steps_to_adapt, adapts=checkpoint.config.has_inner_loop)
        if checkpoint.config.head == "fixed" and self._task.is_blank:
            self._task = self._task.with_class_count(min(checkpoint.config.way, MOST))
        self._show_task(self._task)

    def set_class_count(self, count: int) -> None:
        if count != len(self._task.classes) and FEWEST <= count <= MOST:
            self._change(self._task.with_class_count(count), "the number of classes")

    def ask_for_checkpoint(self) -> None:
        """Let the user choose a checkpoint."""
        if file := ask_for_checkpoint(self):
            self.open_checkpoint(file)

    @Slot(Path)
    def open_checkpoint(self, path: Path) -> None:
        """Load it, or show why that cannot be done and keep the present one."""
        try:
            self.set_checkpoint(load_checkpoint(path))
        except InputError as error:
            self.show_problem(str(error))

    @Slot()
    def challenge(self) -> None:
        """Let the user compete with the network in use; what is drawn stays, until a challenge is opened here."""
        checkpoint, browser = self._adaptation.checkpoint, self.reference
        dialog = ChallengeDialog(self._references, checkpoint, browser.source, browser.alphabet, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.task_chosen.connect(lambda task: self._change(task, "open a challenge"))
        dialog.open()

    @Slot(str)
    def show_problem(self, text: str) -> None:
        self.message_bar.show_problem(text)
        self.message_shown.emit(text)

    def shut_down(self) -> None:
        """End the threads; at most one piece of work or one file is waited for."""
        self._adaptation.shut_down()
        self._lanes.shut_down()
        self.column.why.shut_down()
        self._loader.shut_down()
        self.reference.shut_down()
        for dialog in self.findChildren(ChallengeDialog):
            dialog.shut_down()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    # The task

    @Slot(object, str)
    def _change(self, task: Task, what: str) -> None:
        self.undo_stack.push(_Change(self._show_task, self._task, task, what))

    def _show_task(self, task: Task) -> None:
        self._task = task
        self._adapt()  # while it is shown
        self.bar.show_class_count(len(task.classes))
        self._intake.show_task(task, self._settings)
        self.grid.show_task(task, self._settings)
        self.column.show_task(task, self._settings)
        self.reference.show_task(task)

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
        if not self._adaptation.is_settled:
            self.column.show_waiting()
        self._lanes.ask(self._task, self._settings, self.bar.steps)
        self.session_changed.emit()

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

    # Lanes

    @Slot()
    def _on_lanes_deal_clicked(self) -> None:
        """With as many examples a class as there are now, and queries enough to count."""
        shots = [len(drawn.active) for drawn in self._task.classes if drawn.active]
        source = OMNIGLOT if omniglot_is_ready() else STROKES
        self._on_fill_chosen(source, min(max(shots, default=1), _MOST_DEALT), _DEALT_QUERIES)

    @Slot()
    def _on_lanes_changed(self) -> None:
        self.column.show_lanes(self._lanes.lanes, self._lanes.is_full)
        self.session_changed.emit()

    # Data sets

    def _on_fill_chosen(self, source: str, shot: int, queries: int) -> None:
        unseen_by = self._adaptation.checkpoint
        self._loader.draw_episode(Deal(source, len(self._task.classes), shot, queries, unseen_by=unseen_by))

    @Slot(bool)
    def _on_reference_toggled(self, shown: bool) -> None:
        self.reference.setVisible(shown)
        self.grid.room_below.setVisible(shown)
        if shown:
            self.reference.open()
