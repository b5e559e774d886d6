"""Several queries, drawn and loaded: what they are is said and counted, and a foreign drawing is said to be unknown."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.data.glyph import Drawing, GlyphSettings, glyph_of_drawing
from metagui.data.task import NONE_OF_THESE
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.main_window import MainWindow
from metagui.learn.shipped import shipped
from tests.e2e.people import CHARACTERS, drawings
from tests.gui.hands import draw, drop

FOREIGN = ("Greek/character05", "Korean/character10", "Latin/character05")


class User:
    """Draws three letters by several people, and queries of them and of others."""

    def __init__(self, window: MainWindow, qtbot: QtBot, archives: Path) -> None:
        self.panel: AdaptationPanel = window.adaptation_panel
        self.qtbot = qtbot
        self.people = drawings(archives, (*CHARACTERS, *FOREIGN))

    def draws_support(self, shots: int) -> None:
        for row, character in zip(self.panel.rows, CHARACTERS, strict=True):
            for drawing in self.people[character][:shots]:
                draw(row.cells[-1].canvas, *drawing)

    def asks(self, drawing: Drawing) -> None:
        """A further query."""
        if self.panel.query_pad.new_button.isEnabled():
            QTest.mouseClick(self.panel.query_pad.new_button, Qt.MouseButton.LeftButton)
        draw(self.panel.query_pad.canvas, *drawing)
        self.waits()

    def says(self, label: int) -> None:
        """What the query on show is."""
        box = self.panel.query_pad.label_box
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Home)
        for _ in range(box.findData(label)):
            QTest.keyClick(box, Qt.Key.Key_Down)
        assert self.panel.task.query.label == label
        self.waits()

    def opens_view(self, name: str) -> None:
        bar = self.panel.timeline.views.tabBar()
        (index,) = (number for number in range(bar.count()) if bar.tabText(number) == name)
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())

    def waits(self) -> None:
        self.qtbot.waitUntil(lambda: self.panel.is_settled, timeout=60_000)


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot, omniglot_archives: Path) -> User:
    with qtbot.waitActive(window):
        window.activateWindow()
    return User(window, qtbot, omniglot_archives)


def picture(path: Path, drawing: Drawing) -> Path:
    """As one has it of a scan: dark ink on white, and larger than a glyph."""
    glyph = glyph_of_drawing(drawing, GlyphSettings())[0]
    Image.fromarray(255 - np.uint8(glyph * 255)).resize((112, 112)).save(path)
    return path


def test_queries_are_drawn_loaded_labelled_and_counted(user: User, tmp_path: Path) -> None:
    panel, column = user.panel, user.panel.column
    user.draws_support(3)
    for row, character in enumerate(CHARACTERS):
        user.asks(user.people[character][7])
        user.says(row)
    files = [picture(tmp_path / f"{row}.png", user.people[name][8]) for row, name in enumerate(CHARACTERS[:2])]
    drop(panel.query_pad, *files)
    user.qtbot.waitUntil(lambda: len(panel.task.queries) == 5, timeout=30_000)
    user.waits()
    assert panel.task.place == 3  # the first of those that were loaded
    user.says(1)  # which is wrong: it is the first letter
    user.opens_view("Confusion")
    assert column.strip.marks[:4] == [True, True, True, False]
    assert column.strip.marks[4] is None  # nobody has said what it is
    assert "3 of 4 right (75 %)" in column.confusion.heading.text()

    table, shown = column.confusion.table, column.confusion.drawings
    assert table.item(1, 0).text() == "1"
    place = table.visualItemRect(table.item(1, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert shown.count() == 1
    QTest.mouseClick(column.strip.viewport(), Qt.MouseButton.LeftButton,
                     pos=column.strip.visualItemRect(column.strip.item(0)).center())  # fmt: skip
    assert panel.task.place == 0
    user.waits()
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.visualItemRect(shown.item(0)).center())
    assert panel.task.place == 3
    user.says(0)
    assert "4 of 4 right (100 %)" in column.confusion.heading.text()


@pytest.mark.parametrize("name", ["maml-any", "protonet-any"])
def test_an_unknown_drawing_is_said_to_be_unknown(user: User, name: str) -> None:
    panel, column = user.panel, user.panel.column
    panel.open_checkpoint(next(card.path for card in shipped() if card.name == name))
    user.draws_support(5)
    said, expected = [], []
    for row, character in enumerate(CHARACTERS):
        user.asks(user.people[character][7])
        said.append(panel.winner)
        expected.append(panel.task.classes[row].name)
    for character in FOREIGN:
        user.asks(user.people[character][6])
        said.append(panel.winner)
        expected.append("None of these")
        user.says(NONE_OF_THESE)
    assert said == expected
    assert panel.predictions.text.startswith("None of these · ")
    assert "✓ right, far from all classes" in panel.predictions.text
    bars = panel.predictions.classes
    assert bars[-1].name == "None of these"
    assert sum(bar.probability or 0 for bar in bars) == pytest.approx(1, abs=1e-5)
    user.opens_view("Confusion")
    assert column.strip.marks == [None] * 3 + [True] * 3
    assert column.confusion.counts[-1].tolist() == [0, 0, 0, 3]
    assert "3 of 3 right (100 %)" in column.confusion.heading.text()
