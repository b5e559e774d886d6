"""The dialog of the challenge: choose an alphabet, name twenty drawings, see both scores."""

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from metagui.data.errors import InputError
from metagui.data.reference import SOURCES, Reference, References
from metagui.gui.adaptation_worker import AdaptationAnswer
from metagui.gui.challenge import PEOPLE, WAY, Attempt, Challenge, choices, draw_challenge
from metagui.gui.challenge_play import ChallengePlay
from metagui.gui.challenge_result import ChallengeResult
from metagui.gui.live_adaptation import LiveAdaptation
from metagui.gui.reference_loader import ReferenceLoader
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.seen import trained_on

_RULES = (
    f"<h3>You and the network, on the same {WAY} drawings</h3><p>You see {WAY} characters of one alphabet, each drawn "
    f"once, by one person. Then come {WAY} drawings by another person, each of one of the characters: say which. The "
    f"network gets the same examples and the same drawings.</p><p>People name {100 * PEOPLE:.1f} % of them "
    "rightly (Lake, Salakhutdinov & Tenenbaum 2015), on Omniglot's alphabets.</p>"
)


class ChallengeDialog(QDialog):
    """`shut_down` ends its threads, as closing it does."""

    task_chosen = Signal(object)  # Task: to be opened in the studio

    def __init__(
        self, references: References, checkpoint: Checkpoint | None, source: str, alphabet: str | None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Challenge me")
        self._checkpoint = checkpoint
        self._alphabet = alphabet  # to be offered first
        self._reference: Reference | None = None
        self._seen: frozenset[int] = frozenset()
        self._rng = np.random.default_rng()
        self._answers: tuple[int, ...] = ()  # of the network
        self._missing = ""  # why it has none
        self._ended: tuple[Attempt, float] | None = None
        self._loader = ReferenceLoader(references, self)
        self._adaptation = LiveAdaptation(self)
        self._adaptation.checkpoint = checkpoint
        self.start_page = self._make_start_page(source)
        self.play_page = ChallengePlay(self)
        self.result_page = ChallengeResult(self)
        self._pages = QStackedLayout(self)
        for page in (self.start_page, self.play_page, self.result_page):
            self._pages.addWidget(page)
        self.resize(760, 560)
        self._connect()
        self._load()

    def _make_start_page(self, source: str) -> QWidget:
        page = QWidget(self)
        rules = QLabel(_RULES, page)
        rules.setWordWrap(True)
        self.source_box = QComboBox(page)
        for name, text in SOURCES.items():
            self.source_box.addItem(text, name)
        self.source_box.setCurrentIndex(self.source_box.findData(source))
        self.source_box.setToolTip("Omniglot's handwriting, or characters that the program invents")
        self.alphabet_box = QComboBox(page)
        self.alphabet_box.setMaxVisibleItems(25)
        self.alphabet_box.setToolTip(f"Those of {WAY} characters or more")
        self.tells_box = QCheckBox("&Tell the network's answer after each of mine", page)
        self.tells_box.setToolTip("Else all its answers are told at the end")
        self.note = QLabel(page)
        self.note.setWordWrap(True)
        self.start_button = QPushButton("Start", page)
        self.start_button.setToolTip("The clock runs from here on")
        self.start_button.setDefault(True)
        close = QPushButton("Close", page)
        close.setToolTip("Close (Esc)")
        close.clicked.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Source", self.source_box)
        form.addRow("&Alphabet", self.alphabet_box)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.start_button)
        buttons.addWidget(close)
        layout = QVBoxLayout(page)
        layout.addWidget(rules)
        layout.addLayout(form)
        layout.addWidget(self.tells_box)
        layout.addWidget(self.note)
        layout.addStretch()
        layout.addLayout(buttons)
        return page

    def _connect(self) -> None:
        self.source_box.activated.connect(self._load)
        self.alphabet_box.currentIndexChanged.connect(self._show_note)
        self.start_button.clicked.connect(self._on_start_clicked)
        self.play_page.completed.connect(self._on_completed)
        self.play_page.leave_clicked.connect(self.reject)
        self.result_page.again_clicked.connect(self._on_start_clicked)
        self.result_page.open_clicked.connect(self._on_open_clicked)
        self.result_page.close_clicked.connect(self.reject)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.progressed.connect(self.note.setText)
        self._loader.failed.connect(self.note.setText)
        self._adaptation.answered.connect(self._on_answered)
        self._adaptation.request_missed.connect(self._on_answer_missed)
        self._adaptation.failed.connect(self._on_answer_missed)

    @property
    def attempt(self) -> Attempt | None:
        """What is being played, or was last."""
        return self.play_page.attempt

    @property
    def network_name(self) -> str:
        return (self._checkpoint.name if self._checkpoint else "") or "The network"

    def shut_down(self) -> None:
        """End the threads; at most one piece of work is waited for."""
        self._loader.shut_down()
        self._adaptation.shut_down()

    def reject(self) -> None:
        """Answers that would be given up are asked about first."""
        if self._pages.currentWidget() is self.play_page and self.attempt is not None and self.attempt.answers:
            answer = QMessageBox.question(
                self,
                "Leave the challenge?",
                f"Your {len(self.attempt.answers)} answers will be given up. Nothing else is lost: what is in the "
                "studio is as you left it.",
            )
            if answer != QMessageBox.StandardButton.Yes:
                return
        super().reject()

    def done(self, result: int) -> None:
        self.shut_down()
        super().done(result)

    # The start

    @Slot()
    def _load(self) -> None:
        self._reference = None
        self.alphabet_box.clear()
        self.start_button.setEnabled(False)
        self.note.setText(f"Loading {self.source_box.currentText()}…")
        self._loader.load(self.source_box.currentData())

    @Slot(object)
    def _on_loaded(self, reference: Reference) -> None:
        checkpoint = self._checkpoint
        self._seen = trained_on(checkpoint, reference.source, reference.characters) if checkpoint else frozenset()
        self.alphabet_box.addItem("The fairest: as little as can be that the network has seen", None)
        for choice in choices(reference, self._seen):
            unseen = f", {choice.unseen} of them unseen" * (choice.unseen < choice.characters)
            self.alphabet_box.addItem(f"{choice.alphabet}: {choice.characters} characters{unseen}", choice.alphabet)
        self._reference = reference
        self.alphabet_box.setCurrentIndex(max(0, self.alphabet_box.findData(self._alphabet)))
        self._show_note()

    @Slot()
    def _show_note(self) -> None:
        """What is to be known before the start, or why there can be none."""
        if self._reference is None:
            return
        offered = {choice.alphabet: choice.unseen for choice in choices(self._reference, self._seen)}
        alphabet = self.alphabet_box.currentData()
        most = offered[alphabet] if alphabet else max(offered.values(), default=0)
        problem = self._problem()
        if not problem and self._seen and most < WAY:
            self.note.setText(
                f"The network has been trained on all but {most} of the alphabet's characters: with {WAY - most} of "
                f"the {WAY} it has an advantage, and its score on the others is told apart. Invented alphabets are "
                "new to it."
            )
        else:
            self.note.setText(problem)
        self.start_button.setEnabled(not problem)

    def _problem(self) -> str:
        if self._checkpoint is None:
            return "There is no network yet: open a checkpoint, or train one and choose “Use in adaptation”."
        config = self._checkpoint.config
        if config.head == "fixed" and config.way != WAY:
            return (
                f"{self.network_name} has a fixed head, which serves exactly {config.way} classes, and the challenge "
                f"has {WAY}: choose another network."
            )
        return ""

    # The game

    @Slot()
    def _on_start_clicked(self) -> None:
        if self._reference is None or self._checkpoint is None:
            return
        try:
            challenge = draw_challenge(self._reference, self.alphabet_box.currentData(), self._seen, self._rng)
        except InputError as error:
            self.note.setText(str(error))
            return
        self._answers, self._missing, self._ended = (), "", None
        self._ask(challenge, self._checkpoint)
        self._pages.setCurrentWidget(self.play_page)
        self.play_page.begin(challenge, self.tells_box.isChecked())

    def _ask(self, challenge: Challenge, checkpoint: Checkpoint) -> None:
        steps = checkpoint.config.steps_to_adapt if checkpoint.config.has_inner_loop else 0
        self._adaptation.ask(challenge.task, checkpoint.settings, steps)

    @Slot(object)
    def _on_answered(self, answer: AdaptationAnswer) -> None:
        probabilities = answer.steps[-1].query_probabilities
        if answer.is_complete and np.isfinite(probabilities).all():
            self._answers = tuple(probabilities.argmax(axis=1).tolist())
            self.play_page.show_network(self._answers)
            self._show_result()

    @Slot(str)
    def _on_answer_missed(self, why: str) -> None:
        self._missing = why
        self._show_result()

    @Slot(object, float)
    def _on_completed(self, attempt: Attempt, seconds: float) -> None:
        self._ended = attempt, seconds
        self._pages.setCurrentWidget(self.result_page)
        self._show_result()

    def _show_result(self) -> None:
        if self._ended is not None:
            why = self._missing or "still at it"
            self.result_page.show_result(*self._ended, self.network_name, self._answers, why)

    @Slot()
    def _on_open_clicked(self) -> None:
        if self.attempt is not None:
            self.task_chosen.emit(self.attempt.challenge.task)
            self.accept()
