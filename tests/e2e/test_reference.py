"""Reference handwriting, on real Omniglot: found, carried into the task, dealt, and named beside the network."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.reference import Entry
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.challenge_view import ChallengeDialog
from metagui.gui.main_window import MainWindow
from metagui.gui.reference_browser import ReferenceBrowser
from tests.gui.hands import drop_data

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(omniglot_window: MainWindow) -> MainWindow:
    return omniglot_window


def click(widget: QWidget, at: QPoint | None = None) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())


def press(parent: QWidget, text: str) -> None:
    """A button that is to be seen."""
    (button,) = (one for one in parent.findChildren(QPushButton) if one.text() == text and one.isVisible())
    click(button)


def open_browser(panel: AdaptationPanel, qtbot: QtBot) -> ReferenceBrowser:
    QTest.keyClick(panel, Qt.Key.Key_B, CTRL)
    qtbot.waitUntil(lambda: len(panel.reference.shown) == 1623, timeout=60_000)
    return panel.reference


def dragged(browser: ReferenceBrowser, title: str) -> QMimeData:
    """What is in the hand once a character has been pressed and the mouse has moved."""
    titles = [entry.title for entry in browser.shown]
    model = browser.list.model()
    index = model.index(titles.index(title), 0)
    browser.list.scrollTo(index)
    place: QRect = browser.list.visualRect(index)
    QTest.mousePress(browser.list.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    QTest.mouseRelease(browser.list.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    assert browser.list.selectionModel().isSelected(index)
    assert browser.list.selectionModel().selection().count() == 1
    data: QMimeData = model.mimeData([index])
    return data


def names(panel: AdaptationPanel) -> list[tuple[str, int]]:
    return [(drawn.name, len(drawn.sketches)) for drawn in panel.task.classes]


def likeliest(panel: AdaptationPanel) -> list[int]:
    """The row of the likeliest class of each query, be the query taken for one of them or not."""
    step = panel.timeline.step
    assert step is not None
    rows: list[int] = step.query_probabilities.argmax(axis=1).tolist()
    return rows


def alphabets(entries: Sequence[Entry]) -> set[str]:
    return {entry.alphabet for entry in entries}


def test_characters_are_found_and_dragged_into_the_task(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.adaptation_panel
    browser = open_browser(panel, qtbot)
    assert window.width() == 1024
    QTest.keyClicks(browser.search_edit, "hiragana")
    assert alphabets(browser.shown) == {"Japanese (hiragana)"}
    assert len(browser.shown) == 52
    click(browser.unseen_box, QPoint(8, browser.unseen_box.height() // 2))
    assert len(browser.shown) == 23  # the split 1028 has trained on the others
    browser.search_edit.clear()
    QTest.keyClicks(browser.search_edit, "korean")
    click(browser.unseen_box, QPoint(8, browser.unseen_box.height() // 2))

    drop_data(panel.grid.viewport(), dragged(browser, "Korean 3"))
    drop_data(panel.rows[0], dragged(browser, "Korean 3"))  # by another drawer
    drop_data(panel.grid.viewport(), dragged(browser, "Korean 8"))
    drop_data(panel.grid.viewport(), dragged(browser, "Korean 30"))
    assert names(panel) == [("Korean 3", 2), ("Korean 8", 1), ("Korean 30", 1)]
    drop_data(panel.query_pad, dragged(browser, "Korean 8"))
    QTest.keyClick(browser.list, Qt.Key.Key_Return, CTRL)  # the same by a third drawer
    assert [query.label for query in panel.task.queries] == [1, 1]
    drawings = [sketch.given for drawn in panel.task.classes for sketch in drawn.sketches]
    drawings += [query.sketch.given for query in panel.task.queries]
    assert len({drawing.tobytes() for drawing in drawings if drawing is not None}) == 6
    qtbot.waitUntil(lambda: panel.is_settled and panel.winner is not None, timeout=60_000)
    assert likeliest(panel)[0] == 1
    while panel.undo_stack.canUndo():
        QTest.keyClick(panel, Qt.Key.Key_Z, CTRL)
    assert panel.task.is_blank


def test_an_episode_within_an_alphabet_is_dealt_with_labelled_queries(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.adaptation_panel
    browser = open_browser(panel, qtbot)
    panel.set_class_count(5)
    browser.alphabet_box.setFocus()
    QTest.keyClicks(browser.alphabet_box, "Kor")
    for box, keys in ((browser.examples_box, "5"), (browser.queries_box, "15")):
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, keys)
    click(browser.deal_button)
    qtbot.waitUntil(lambda: len(panel.task.queries) == 75, timeout=60_000)
    assert all(name.startswith("Korean ") and shots == 5 for name, shots in names(panel))
    assert sorted(query.label for query in panel.task.queries if query.label is not None) == sorted(15 * list(range(5)))
    qtbot.waitUntil(lambda: panel.is_settled, timeout=60_000)
    panel.timeline.slider.setValue(1)  # what the network was trained with
    hits = [row == query.label for row, query in zip(likeliest(panel), panel.task.queries, strict=True)]
    assert sum(hits) > 55  # chance has 15 of the 75 right
    QTest.keyClick(panel, Qt.Key.Key_Z, CTRL)
    assert panel.task.is_blank
    assert len(panel.task.classes) == 5


def test_a_challenge_is_played_and_both_scores_are_seen(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.adaptation_panel
    browser = open_browser(panel, qtbot)
    click(browser.challenge_button)
    (dialog,) = panel.findChildren(ChallengeDialog)
    qtbot.waitUntil(dialog.start_button.isEnabled, timeout=60_000)
    assert dialog.alphabet_box.count() == 47  # the fairest, and 46 of 20 characters or more
    click(dialog.start_button)
    attempt = dialog.attempt
    assert attempt is not None
    challenge = attempt.challenge
    assert challenge.alphabet in ("Japanese (hiragana)", "Tifinagh")  # of which 20 are new to this network
    assert not challenge.seen
    *first, last = challenge.labels
    click(dialog.play_page.buttons[last])  # wrong, and taken back
    QTest.keyClick(dialog, Qt.Key.Key_Backspace)
    for label in first:
        click(dialog.play_page.buttons[label])
    QTest.keyClick(dialog, Qt.Key.Key_A if last else Qt.Key.Key_B)  # wrong
    page = dialog.result_page
    assert page.isVisible()
    assert page.bars["person"].text() == "19 of 20 (95 %)"
    assert "95.5 %" in page.bars["people"].text()
    qtbot.waitUntil(lambda: "of 20" in page.bars["network"].text(), timeout=60_000)
    assert page.bars["network"].value() > 400  # chance: 50
    assert "none of these 20 characters" in page.note.text()

    press(dialog, "Open in the studio")
    assert panel.task is challenge.task
    assert len(panel.rows) == 20
    qtbot.waitUntil(lambda: panel.is_settled, timeout=60_000)
    with qtbot.waitActive(window):
        window.activateWindow()  # as a window manager does where there is one
    QTest.keyClick(panel, Qt.Key.Key_Z, CTRL)
    assert panel.task.is_blank
