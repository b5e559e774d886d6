import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.lazy_tabs import LazyTabs
from metagui.learn.checkpoint import Checkpoint
from tests.gui.answers import answer_to, drawn_task


class Told:
    """Two views, and what each was told to show."""

    def __init__(self, tabs: LazyTabs) -> None:
        self.first: list[object] = []
        self.second: list[object] = []
        self.views = QLabel("first"), QLabel("second")
        tabs.add_view(self.views[0], "First", self.first.append, self.first.append)
        tabs.add_view(self.views[1], "Second", self.second.append, self.second.append)

    def take(self) -> tuple[list[object], list[object]]:
        taken = self.first[:], self.second[:]
        self.first.clear()
        self.second.clear()
        return taken


@pytest.fixture
def tabs(qtbot: QtBot) -> LazyTabs:
    tabs = LazyTabs()
    qtbot.addWidget(tabs)
    tabs.show()
    return tabs


def test_only_the_view_that_is_looked_at_is_shown_anything(
    tabs: LazyTabs, checkpoint: Checkpoint, qtbot: QtBot
) -> None:
    told, answer = Told(tabs), answer_to(drawn_task(), checkpoint, 1)
    tabs.show_answer(answer, 1)
    assert told.take() == ([], [])  # until what is outside has been painted
    qtbot.waitUntil(lambda: tabs.is_settled)
    assert told.take() == ([answer, 1], [])
    tabs.show_step(0)
    tabs.show_step(1)
    assert told.take() == ([0, 1], [])
    bar = tabs.tabBar()
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    assert told.take() == ([], [answer, 1])
    tabs.show_step(0)
    tabs.setCurrentIndex(0)
    assert told.take() == ([0], [0])  # the answer is still the same


def test_of_answers_and_steps_within_a_turn_the_newest_is_shown_alone(
    tabs: LazyTabs, checkpoint: Checkpoint, qtbot: QtBot
) -> None:
    told, (stale, newest) = Told(tabs), (answer_to(drawn_task(), checkpoint, 1) for _ in range(2))
    tabs.show_answer(stale, 1)
    tabs.show_answer(newest, 1)
    tabs.show_step(0)  # of the newest: the view has none to show it of
    qtbot.waitUntil(lambda: tabs.is_settled)
    assert told.take() == ([newest, 0], [])
    tabs.show_answer(stale)
    tabs.show_answer(None)
    qtbot.waitUntil(lambda: tabs.is_settled)
    assert told.take() == ([], [])


def test_what_is_outside_is_painted_before_a_view_is_shown_an_answer(
    tabs: LazyTabs, checkpoint: Checkpoint, qtbot: QtBot
) -> None:
    done: list[str] = []

    class Outside(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            done.append("painted")

    outside = Outside()
    qtbot.addWidget(outside)
    outside.show()
    tabs.add_view(QLabel("view"), "View", lambda _: done.append("shown"))
    qtbot.waitUntil(lambda: done == ["painted"])
    done.clear()
    outside.update()
    tabs.show_answer(answer_to(drawn_task(), checkpoint, 0))
    qtbot.waitUntil(lambda: tabs.is_settled)
    assert done == ["painted", "shown"]


def test_what_has_changed_besides_the_answer_is_shown_again(
    tabs: LazyTabs, checkpoint: Checkpoint, qtbot: QtBot
) -> None:
    told, answer = Told(tabs), answer_to(drawn_task(), checkpoint, 0)
    tabs.show_answer(answer)
    qtbot.waitUntil(lambda: tabs.is_settled)
    told.take()
    tabs.outdate(told.views[0])
    qtbot.waitUntil(lambda: tabs.is_settled)
    assert told.take() == ([answer, 0], [])
    tabs.outdate(told.views[1])
    qtbot.waitUntil(lambda: tabs.is_settled)
    assert told.take() == ([0], [])
    tabs.setCurrentIndex(1)
    assert told.take() == ([], [answer, 0])


def test_without_an_answer_nothing_is_shown(tabs: LazyTabs, checkpoint: Checkpoint) -> None:
    told, answer = Told(tabs), answer_to(drawn_task(), checkpoint, 0)
    tabs.setCurrentIndex(1)
    tabs.show_answer(answer)
    tabs.show_answer(None)
    told.take()
    tabs.setCurrentIndex(0)
    assert told.take() == ([], [])
