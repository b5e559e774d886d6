"""The same drawings adapted side by side: what meta-learning is worth, and any other learner as a lane."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.lanes_view import LanesView
from metagui.gui.main_window import MainWindow
from metagui.learn.checkpoint import save_checkpoint
from metagui.learn.shipped import shipped
from tests.e2e.people import CHARACTERS, drawings
from tests.gui.hands import draw
from tests.learn.test_suites import checkpoint


@pytest.fixture
def window(omniglot_window: MainWindow) -> MainWindow:
    return omniglot_window


def click(widget: QWidget) -> None:
    assert widget.isVisible()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def names(lanes: LanesView) -> list[str]:
    return [lanes.table.item(row, 0).text().removeprefix("● ") for row in range(lanes.table.rowCount())]


def cell(lanes: LanesView, name: str, column: int) -> str:
    text: str = lanes.table.item(names(lanes).index(name), column).text()
    return text


def percent(lanes: LanesView, name: str) -> float:
    return float(cell(lanes, name, 1).removesuffix(" %"))


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot, omniglot_archives: Path) -> AdaptationPanel:
    """Three letters and a query are drawn, and the lanes looked at."""
    panel = window.adaptation_panel
    people = drawings(omniglot_archives)
    for row, character in zip(panel.rows, CHARACTERS, strict=True):
        draw(row.cells[-1].canvas, *people[character][0])
    draw(panel.query_pad.canvas, *people[CHARACTERS[1]][5])
    qtbot.waitUntil(lambda: panel.is_settled, timeout=60_000)
    bar = panel.timeline.views.tabBar()
    (index,) = (number for number in range(bar.count()) if bar.tabText(number) == "Lanes")
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())
    return panel


@pytest.fixture
def settle(opened: AdaptationPanel, qtbot: QtBot) -> Callable[[], None]:
    return lambda: qtbot.waitUntil(lambda: opened.is_settled, timeout=120_000)


def test_one_click_shows_what_meta_learning_is_worth(
    opened: AdaptationPanel, settle: Callable[[], None], qtbot: QtBot
) -> None:
    lanes = opened.column.lanes
    click(lanes.worth_button)
    settle()
    own, *others = names(lanes)
    assert own == "maml-any"
    assert others == ["random initialization", *(card.name for card in shipped() if card.name == "baseline")]
    assert "nothing can be counted" in lanes.note.text()
    assert not lanes.plot.isVisible()
    mine = opened.task

    click(lanes.deal_button)
    qtbot.waitUntil(lambda: len(opened.task.queries) == 15, timeout=60_000)
    settle()
    assert [len(drawn.sketches) for drawn in opened.task.classes] == [1, 1, 1]  # as many as were drawn
    assert "Of the 15 queries of a known class" in lanes.note.text()
    assert lanes.plot.isVisible()
    assert percent(lanes, own) > percent(lanes, "random initialization")
    assert all(percent(lanes, other) > 100 / 3 for other in others[1:])  # of one episode no more can be said
    assert opened.timeline.slider.value() == opened.timeline.slider.maximum()
    opened.timeline.slider.setFocus()
    QTest.keyClick(opened.timeline.slider, Qt.Key.Key_Home)
    assert percent(lanes, "random initialization") == pytest.approx(100 / 3, abs=1)  # chance: all classes are alike

    opened.undo_stack.undo()
    settle()
    assert opened.task is mine


def test_any_network_is_a_lane_and_says_why_it_cannot_answer(
    opened: AdaptationPanel,
    settle: Callable[[], None],
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lanes = opened.column.lanes
    fixed = tmp_path / "five-classes.safetensors"
    save_checkpoint(fixed, checkpoint(head="fixed"))
    actions = {action.text().split(":")[0]: action for action in lanes.add_button.menu().actions()}
    actions["protonet-any"].trigger()
    actions["random initialization"].trigger()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(fixed), ""))
    actions["Open a file…"].trigger()
    settle()
    assert names(lanes) == ["maml-any", "protonet-any", "random initialization", "five-classes"]
    assert not lanes.add_button.isEnabled()  # no fifth
    letter = opened.task.classes[1].name
    assert cell(lanes, "protonet-any", 3).startswith(f"{letter} · ")
    assert "exactly 5 classes; 3 have a drawing" in cell(lanes, "five-classes", 3)

    # The lanes stay when there are other classes, and answer to those.
    opened.set_class_count(5)
    click(lanes.deal_button)
    qtbot.waitUntil(lambda: len(opened.task.queries) == 25, timeout=60_000)
    settle()
    assert "exactly 5" not in cell(lanes, "five-classes", 3)
    assert percent(lanes, "protonet-any") > percent(lanes, "five-classes")

    remove = lanes.table.cellWidget(2, 4)
    assert isinstance(remove, QToolButton)
    click(remove)
    assert names(lanes) == ["maml-any", "protonet-any", "five-classes"]
    assert lanes.add_button.isEnabled()
