"""Why a drawing got its name: which examples speak for it, and what follows when the strongest is switched off."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.gui.main_window import MainWindow
from metagui.learn.shipped import shipped
from tests.e2e.test_first_session import CHARACTERS, drawings
from tests.gui.hands import draw

QUERY = 1  # which of the characters


@pytest.mark.parametrize("name", ["maml-any", "protonet-any"])
def test_the_strongest_example_is_the_winner_s_own_and_can_be_switched_off(
    window: MainWindow, qtbot: QtBot, omniglot_archives: Path, name: str
) -> None:
    people = drawings(omniglot_archives)
    panel = window.adaptation_panel
    why, tabs = panel.column.why, panel.timeline.views
    panel.open_checkpoint(next(card.path for card in shipped() if card.name == name))
    for row, character in zip(panel.rows, CHARACTERS, strict=True):
        for drawing in people[character][:2]:
            draw(row.cells[-1].canvas, *drawing)
    draw(panel.query_pad.canvas, *people[CHARACTERS[QUERY]][5])

    def settle() -> None:
        qtbot.waitUntil(lambda: panel.is_settled and why.is_settled, timeout=60_000)

    settle()
    if name == "maml-any":
        panel.timeline.slider.setFocus()
        qtbot.keyClick(panel.timeline.slider, Qt.Key.Key_Home)
        qtbot.keyClick(panel.timeline.slider, Qt.Key.Key_Right)  # where it was trained to stop
    bar = tabs.tabBar()
    tab = bar.tabRect(tabs.indexOf(why)).center()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=tab)
    settle()
    winner = panel.task.classes[QUERY].name
    assert panel.winner == winner
    assert f"Why {winner} ·" in why.heading.text()
    strongest = why.drawings.drawings[0]
    assert strongest.name == winner
    assert strongest.influence is not None
    assert strongest.influence > 0
    evidence, glyph = why.evidence.evidence, panel.task.query.sketch.glyph(GlyphSettings())
    assert evidence is not None
    assert evidence[glyph[0] > 0.5].mean() > 0  # its own ink speaks for it
    before = panel.timeline.step

    # Switched off: all adapts anew, and what was foretold comes true.
    first = why.drawings.visualItemRect(why.drawings.item(0)).center()
    qtbot.mouseClick(why.drawings.viewport(), Qt.MouseButton.LeftButton, pos=first)
    settle()
    cell = panel.rows[QUERY].cells[strongest.index]
    assert not cell.canvas.sketch.is_active
    assert panel.rows[QUERY].note.text() == "2 drawings, 1 off"
    without = panel.timeline.step
    assert without is not None
    assert without.query_probabilities[0, QUERY] == pytest.approx(strongest.without, abs=1e-3)
    assert not why.drawings.drawings[-1].is_active
    assert why.drawings.drawings[0].influence == np.inf  # its class has no other

    undo = next(button for button in panel.findChildren(QToolButton) if button.text() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    settle()
    assert cell.canvas.sketch.is_active
    after = panel.timeline.step
    assert before is not None
    assert after is not None
    np.testing.assert_allclose(after.query_probabilities, before.query_probabilities, atol=1e-6)
    assert why.drawings.drawings[0].place == strongest.place
