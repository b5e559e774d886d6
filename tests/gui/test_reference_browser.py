from collections.abc import Generator, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.data.errors import InputError
from metagui.data.preparation import Preparation
from metagui.data.reference import Reference, References
from metagui.data.task import Task
from metagui.gui.episode_source import Deal
from metagui.gui.reference_browser import ReferenceBrowser
from metagui.gui.sketch_mime import Carried
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.seen import trained_on
from tests.data.test_one_shot import alphabets

CTRL = Qt.KeyboardModifier.ControlModifier
OMNIGLOT = Reference("omniglot", alphabets({"Korean": 12, "Greek": 4}, drawers=3))
INVENTED = Reference("strokes", alphabets({"strokes": 30}))


class Ready(References):
    """Two small data sets, and how it is where Omniglot has not been imported."""

    has_omniglot = True

    def load(self, source: str) -> Generator[Preparation, None, Reference]:
        yield Preparation(1, 1, "Looking")
        if source == "omniglot" and not self.has_omniglot:
            raise InputError("Omniglot has not been imported yet: choose Data → Import.")
        return OMNIGLOT if source == "omniglot" else INVENTED


class Browser(ReferenceBrowser):
    """The browser with its references and what it has told."""

    def __init__(self) -> None:
        self.references = Ready()
        super().__init__(self.references)
        self.classes: list[Carried] = []
        self.queries: list[Carried] = []
        self.deals: list[Deal] = []
        self.class_chosen.connect(self.classes.append)
        self.query_chosen.connect(self.queries.append)
        self.deal_chosen.connect(self.deals.append)

    @property
    def titles(self) -> list[str]:
        return [entry.title for entry in self.shown]

    def place(self, title: str) -> QPoint:
        """Of a character in the list's viewport."""
        index = self._filter.index(self.titles.index(title), 0)
        self.list.scrollTo(index)
        return self.list.visualRect(index).center()

    def click(self, title: str) -> None:
        QTest.mouseClick(self.list.viewport(), Qt.MouseButton.LeftButton, pos=self.place(title))


@pytest.fixture
def browser(qtbot: QtBot) -> Iterator[Browser]:
    browser = Browser()
    qtbot.addWidget(browser)
    browser.resize(300, 600)
    with qtbot.waitActive(browser):
        browser.show()
        browser.activateWindow()
    yield browser
    browser.shut_down()


@pytest.fixture
def opened(browser: Browser, qtbot: QtBot) -> Browser:
    browser.open()
    qtbot.waitUntil(lambda: len(browser.shown) == 16, timeout=60_000)
    return browser


def test_nothing_is_loaded_before_it_is_opened(browser: Browser) -> None:
    assert not browser._loader.is_busy
    assert browser.shown == []


def test_words_and_an_alphabet_find_characters(opened: Browser) -> None:
    assert opened.search_edit.hasFocus()
    QTest.keyClicks(opened.search_edit, "korean 7")
    assert opened.titles == ["Korean 7"]
    assert opened.count.text() == "1 of 16"
    opened.search_edit.clear()
    opened.alphabet_box.setFocus()
    QTest.keyClicks(opened.alphabet_box, "Gre")
    assert opened.alphabet == "Greek"
    assert opened.titles == ["Greek 0", "Greek 1", "Greek 2", "Greek 3"]
    QTest.keyClicks(opened.search_edit, "thai")
    assert "No character is called so" in opened.message.text()
    assert not opened.list.isVisible()


def test_characters_that_the_network_was_trained_on_can_be_left_out(opened: Browser, checkpoint: Checkpoint) -> None:
    network = replace(checkpoint, iteration=1)
    opened.show_checkpoint(network)
    QTest.mouseClick(opened.unseen_box, Qt.MouseButton.LeftButton, pos=QPoint(8, opened.unseen_box.height() // 2))
    seen = trained_on(network, "omniglot", OMNIGLOT.characters)
    assert 0 < len(opened.shown) < 16
    assert {entry.index for entry in opened.shown} == set(range(16)) - seen
    opened.show_checkpoint(replace(network, config=TrainingConfig(data="strokes")))
    assert len(opened.shown) == 16


def test_enter_and_a_double_click_make_a_class_and_ctrl_enter_a_query(opened: Browser) -> None:
    opened.examples_box.setValue(2)
    QTest.keyClicks(opened.search_edit, "korean")
    QTest.keyClick(opened.search_edit, Qt.Key.Key_Return)
    assert opened.list.hasFocus()
    QTest.keyClick(opened.list, Qt.Key.Key_Right)
    QTest.keyClick(opened.list, Qt.Key.Key_Return)
    assert [(carried.name, len(carried.more)) for carried in opened.classes] == [("Korean 1", 1)]
    assert opened.detail.text() == "Korean 1, by 3 people"
    QTest.keyClick(opened.list, Qt.Key.Key_Return, CTRL)
    assert [carried.name for carried in opened.queries] == ["Korean 1"]
    assert len(opened.classes) == 1
    opened.click("Korean 4")
    QTest.mouseDClick(opened.list.viewport(), Qt.MouseButton.LeftButton, pos=opened.place("Korean 4"))
    assert [carried.name for carried in opened.classes] == ["Korean 1", "Korean 4"]


def test_an_episode_is_dealt_within_what_is_looked_through(opened: Browser, checkpoint: Checkpoint) -> None:
    opened.show_checkpoint(checkpoint)
    opened.show_task(Task().with_class_count(4))
    QTest.mouseClick(opened.deal_button, Qt.MouseButton.LeftButton)
    opened.alphabet_box.setCurrentIndex(opened.alphabet_box.findData("Korean"))
    opened.unseen_box.setChecked(True)
    opened.examples_box.setValue(3)
    opened.queries_box.setValue(5)
    QTest.mouseClick(opened.deal_button, Qt.MouseButton.LeftButton)
    first, second = opened.deals
    assert (first.source, first.way, first.shot, first.queries, first.alphabet) == ("omniglot", 4, 1, 1, None)
    assert first.unseen_by is None
    assert (second.shot, second.queries, second.alphabet) == (3, 5, "Korean")
    assert second.unseen_by is checkpoint


def test_without_omniglot_it_says_how_to_get_it_and_offers_what_is_here(browser: Browser, qtbot: QtBot) -> None:
    browser.references.has_omniglot = False
    browser.open()
    qtbot.waitUntil(browser.invent_button.isVisible, timeout=60_000)
    assert "choose Data → Import" in browser.message.text()
    assert not browser.deal_button.isEnabled()
    QTest.mouseClick(browser.invent_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(browser.shown) == 30, timeout=60_000)
    assert browser.source == "strokes"
    assert browser.titles[0] == "Invented A 1"
    browser.source_box.setFocus()
    QTest.keyClick(browser.source_box, Qt.Key.Key_Up)
    qtbot.waitUntil(browser.invent_button.isVisible, timeout=60_000)
    browser.references.has_omniglot = True
    browser.refresh()  # it has been imported
    qtbot.waitUntil(lambda: len(browser.shown) == 16, timeout=60_000)
