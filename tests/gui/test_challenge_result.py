import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from metagui.gui.challenge import WAY, Attempt, draw_challenge
from metagui.gui.challenge_result import ChallengeResult
from tests.gui.test_challenge import LARGE

KOREAN = [entry.index for entry in LARGE.alphabets["Korean"]]
CHALLENGE = draw_challenge(LARGE, "Korean", frozenset(KOREAN[:15]), np.random.default_rng(0))
LABELS = CHALLENGE.labels
ONE_WRONG = (LABELS[1], *LABELS[1:])


@pytest.fixture
def page(qtbot: QtBot) -> ChallengeResult:
    page = ChallengeResult()
    qtbot.addWidget(page)
    page.show()
    return page


def test_both_scores_stand_beside_what_people_reach(page: ChallengeResult) -> None:
    page.show_result(Attempt(CHALLENGE, ONE_WRONG), 83.2, "net", LABELS, "")
    assert [page.bars[who].text() for who in ("person", "network", "people")] == [
        "19 of 20 (95 %)",
        "20 of 20 (100 %)",
        "95.5 % (Lake et al. 2015)",
    ]
    assert [page.bars[who].value() for who in ("person", "network", "people")] == [950, 1000, 955]
    assert "Korean" in page.heading.text()
    assert "1 min 23 s" in page.heading.text()


def test_what_the_network_had_seen_is_told_apart(page: ChallengeResult) -> None:
    unseen = 20 - len(CHALLENGE.seen)
    assert unseen == 15
    fooled = tuple(row if row in CHALLENGE.seen else (row + 1) % WAY for row in LABELS)
    page.show_result(Attempt(CHALLENGE, LABELS), 20, "net", fooled, "")
    assert "and 5 of these 20 characters" in page.note.text()
    assert page.note.text().endswith("Of the other 15: you 15, the network 0.")


def test_each_drawing_is_listed_with_what_it_was_taken_for(page: ChallengeResult) -> None:
    page.show_result(Attempt(CHALLENGE, ONE_WRONG), 20, "net", LABELS, "")
    assert page.table.rowCount() == WAY
    number = CHALLENGE.task.classes[LABELS[0]].name.removeprefix("Korean ")
    other = CHALLENGE.task.classes[LABELS[1]].name.removeprefix("Korean ")
    assert [page.table.item(0, column).text() for column in (1, 2, 3)] == [number, f"✗ {other}", f"✓ {number}"]
    assert page.table.item(5, 2).text().startswith("✓")
    assert page.table.horizontalHeaderItem(3).text() == "net said"
    assert not page.table.item(0, 0).icon().isNull()


def test_a_network_without_answers_is_told_why(page: ChallengeResult) -> None:
    page.show_result(Attempt(CHALLENGE, LABELS), 20, "net", (), "It could not adapt.")
    assert page.bars["network"].text() == "It could not adapt."
    assert page.bars["network"].value() == 0
    assert page.table.item(3, 3).text() == "–"


def test_its_buttons_tell_what_is_wanted(page: ChallengeResult) -> None:
    told: list[str] = []
    page.again_clicked.connect(lambda: told.append("again"))
    page.open_clicked.connect(lambda: told.append("open"))
    page.close_clicked.connect(lambda: told.append("close"))
    for button in page.findChildren(QPushButton):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told == ["again", "open", "close"]
