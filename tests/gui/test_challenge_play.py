import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui.challenge import WAY, Attempt, draw_challenge
from metagui.gui.challenge_play import ChallengePlay
from tests.gui.test_challenge import LARGE

CHALLENGE = draw_challenge(LARGE, "Korean", (), np.random.default_rng(0))


class Play(ChallengePlay):
    """The page with what it has told."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[tuple[Attempt, float]] = []
        self.completed.connect(lambda attempt, seconds: self.ended.append((attempt, seconds)))

    @property
    def answers(self) -> tuple[int, ...]:
        assert self.attempt is not None
        return self.attempt.answers


@pytest.fixture
def play(qtbot: QtBot) -> Play:
    play = Play()
    qtbot.addWidget(play)
    with qtbot.waitActive(play):
        play.show()
        play.activateWindow()
    play.begin(CHALLENGE, tells=False)
    return play


def test_queries_come_one_after_the_other_and_are_answered_by_clicks_and_keys(play: Play) -> None:
    shown = []
    for place in range(WAY):
        shown.append(play.query_view.glyph)
        assert play.progress.text() == f"{place} of 20 named"
        if place % 2:
            QTest.keyClick(play, Qt.Key(Qt.Key.Key_A.value + place))
        else:
            QTest.mouseClick(play.buttons[place], Qt.MouseButton.LeftButton)
        assert len(play.ended) == (place == WAY - 1)
    assert all(one is query.sketch.given for one, query in zip(shown, CHALLENGE.task.queries, strict=True))
    attempt, seconds = play.ended[0]
    assert attempt.answers == tuple(range(WAY))
    assert 0 < seconds < 60
    QTest.keyClick(play, Qt.Key.Key_A)  # it is over
    assert len(play.ended) == 1


@pytest.mark.parametrize(("key", "held"), [(Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier),
                                           (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)])  # fmt: skip
def test_the_last_answer_is_taken_back(play: Play, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    assert not play.undo_button.isEnabled()
    QTest.keyClick(play, Qt.Key.Key_C)
    QTest.keyClick(play, Qt.Key.Key_D)
    second = CHALLENGE.task.queries[1].sketch.given
    QTest.keyClick(play, key, held)
    assert play.answers == (2,)
    assert play.query_view.glyph is second
    QTest.mouseClick(play.undo_button, Qt.MouseButton.LeftButton)
    assert play.answers == ()
    QTest.keyClick(play, key, held)
    assert play.answers == ()


def test_the_networks_answer_is_told_only_where_that_is_wanted_and_after_the_persons(play: Play) -> None:
    network = tuple(reversed(range(WAY)))
    play.show_network(network)
    QTest.keyClick(play, Qt.Key.Key_C)
    assert play.told.text() == ""
    play.begin(CHALLENGE, tells=True)
    QTest.keyClick(play, Qt.Key.Key_C)
    assert "the network is at it" in play.told.text()
    play.show_network(network)
    assert play.told.text() == "You took the last one for C; the network for T."
    QTest.keyClick(play, Qt.Key.Key_Backspace)
    assert play.told.text() == ""


def test_it_may_be_left(play: Play, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QPushButton

    (leave,) = (one for one in play.findChildren(QPushButton) if one.text() == "Leave")
    with qtbot.waitSignal(play.leave_clicked):
        QTest.mouseClick(leave, Qt.MouseButton.LeftButton)
