from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.errors import InputError
from metagui.data.preparation import Preparation
from metagui.data.reference import Reference, References
from metagui.data.task import Task
from metagui.gui.challenge_view import ChallengeDialog
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig
from tests.gui.test_challenge import LARGE

YES, NO = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No


class Ready(References):
    problem = ""

    def load(self, source: str) -> Generator[Preparation, None, Reference]:
        yield Preparation(1, 1, "Looking")
        if self.problem:
            raise InputError(self.problem)
        return LARGE


MakeDialog = Callable[..., ChallengeDialog]


@pytest.fixture
def make_dialog(qtbot: QtBot) -> Iterator[MakeDialog]:
    dialogs: list[ChallengeDialog] = []
    parents: list[QWidget] = []  # which hold them

    def make(checkpoint: Checkpoint | None, alphabet: str | None = None, problem: str = "") -> ChallengeDialog:
        parent = QWidget()
        parents.append(parent)
        qtbot.addWidget(parent)
        references = Ready()
        references.problem = problem
        dialog = ChallengeDialog(references, checkpoint, "omniglot", alphabet, parent)
        dialogs.append(dialog)
        with qtbot.waitActive(dialog):
            dialog.show()
            dialog.activateWindow()
        qtbot.waitUntil(lambda: not dialog._loader.is_busy, timeout=60_000)
        return dialog

    yield make
    for dialog in dialogs:
        dialog.shut_down()


def button(dialog: ChallengeDialog, text: str) -> QPushButton:
    (found,) = (one for one in dialog.findChildren(QPushButton) if one.text() == text and one.isVisible())
    return found


def click(dialog: ChallengeDialog, text: str) -> None:
    QTest.mouseClick(button(dialog, text), Qt.MouseButton.LeftButton)


def play(dialog: ChallengeDialog, answers: int = 20) -> None:
    """Answer rightly."""
    assert dialog.attempt is not None
    for label in dialog.attempt.challenge.labels[:answers]:
        QTest.mouseClick(dialog.play_page.buttons[label], Qt.MouseButton.LeftButton)


def test_from_the_start_to_both_scores_and_into_the_studio(
    make_dialog: MakeDialog, checkpoint: Checkpoint, qtbot: QtBot
) -> None:
    dialog = make_dialog(checkpoint, "Korean")
    tasks: list[Task] = []
    dialog.task_chosen.connect(tasks.append)
    assert dialog.alphabet_box.currentData() == "Korean"
    assert dialog.alphabet_box.count() == 3  # the fairest, and those that are large enough
    assert dialog.note.text() == ""
    click(dialog, "Start")
    play(dialog)
    page = dialog.result_page
    assert page.bars["person"].text() == "20 of 20 (100 %)"
    qtbot.waitUntil(lambda: "of 20" in page.bars["network"].text(), timeout=60_000)
    first = dialog.attempt
    click(dialog, "Again")
    assert dialog.attempt is not first
    play(dialog)
    click(dialog, "Open in the studio")
    assert dialog.attempt is not None
    assert tasks == [dialog.attempt.challenge.task]
    assert not dialog.isVisible()


def test_leaving_in_the_middle_is_asked_about(
    make_dialog: MakeDialog, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = make_dialog(checkpoint)
    asked: list[str] = []
    answer = NO
    monkeypatch.setattr(QMessageBox, "question", lambda *said: asked.append(said[2]) or answer)
    click(dialog, "Start")
    play(dialog, answers=3)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert "Your 3 answers will be given up. Nothing else is lost" in asked[0]
    assert dialog.attempt is not None
    assert len(dialog.attempt.answers) == 3
    dialog.close()  # by the window's own button
    assert len(asked) == 2
    answer = YES
    click(dialog, "Leave")
    assert not dialog.isVisible()


def test_where_nothing_would_be_given_up_nothing_is_asked(make_dialog: MakeDialog, checkpoint: Checkpoint) -> None:
    dialog = make_dialog(checkpoint)
    click(dialog, "Start")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_what_the_network_has_seen_is_told_before(make_dialog: MakeDialog, checkpoint: Checkpoint) -> None:
    dialog = make_dialog(replace(checkpoint, iteration=1))  # of 71 characters it was trained on 45
    assert "an advantage" in dialog.note.text()
    assert "of them unseen" in dialog.alphabet_box.itemText(1)
    click(dialog, "Start")
    assert dialog.attempt is not None
    assert dialog.attempt.challenge.seen


def test_a_head_for_another_number_of_classes_and_no_network_are_told(make_dialog: MakeDialog) -> None:
    config = TrainingConfig(head="fixed", way=5)
    fixed = Checkpoint(config, make_learner(config).network.state_dict(), 0, 0, 0, name="five")
    for checkpoint, told in ((fixed, "five has a fixed head, which serves exactly 5"), (None, "There is no network")):
        dialog = make_dialog(checkpoint)
        assert told in dialog.note.text()
        assert not dialog.start_button.isEnabled()
    config = TrainingConfig(head="fixed", way=20)
    twenty = Checkpoint(config, make_learner(config).network.state_dict(), 0, 0, 0)
    assert make_dialog(twenty).start_button.isEnabled()


def test_a_network_that_cannot_adapt_leaves_the_person_a_score(
    make_dialog: MakeDialog, checkpoint: Checkpoint, qtbot: QtBot
) -> None:
    dialog = make_dialog(replace(checkpoint, weights={}))
    click(dialog, "Start")
    qtbot.waitUntil(lambda: bool(dialog._missing), timeout=60_000)
    play(dialog)
    assert dialog.result_page.bars["person"].text() == "20 of 20 (100 %)"
    assert "could not adapt" in dialog.result_page.bars["network"].text()


def test_a_source_that_is_not_here_is_told(make_dialog: MakeDialog, checkpoint: Checkpoint) -> None:
    dialog = make_dialog(checkpoint, problem="Omniglot has not been imported yet.")
    assert dialog.note.text() == "Omniglot has not been imported yet."
    assert not dialog.start_button.isEnabled()
