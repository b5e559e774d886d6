import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui import theme
from metagui.gui.evidence_view import EvidenceView, evidence_image

GLYPH = np.zeros((1, 28, 28), np.float32)
GLYPH[0, 14, :] = 1
EVIDENCE = np.zeros((28, 28), np.float32)
EVIDENCE[:7] = 2
EVIDENCE[21:] = -1


@pytest.fixture
def view(qtbot: QtBot) -> EvidenceView:
    view = EvidenceView()
    qtbot.addWidget(view)
    view.resize(280, 200)
    view.show()
    return view


def distance(one: QColor, other: QColor) -> int:
    return sum(abs(a - b) for a, b in zip(one.getRgb(), other.getRgb(), strict=True))


def test_the_ground_is_coloured_by_side_and_strength(view: EvidenceView) -> None:
    palette = view.palette()
    image = evidence_image(EVIDENCE, palette)
    favourable, neutral, adverse = (image.pixelColor(3, row) for row in (3, 14, 24))
    assert neutral == theme.paper(palette)
    assert distance(favourable, theme.speaks_for(palette)) < distance(adverse, theme.speaks_against(palette))
    assert distance(adverse, theme.speaks_against(palette)) < distance(adverse, theme.speaks_for(palette))


def test_a_faint_map_is_shown_faint(view: EvidenceView) -> None:
    faint = evidence_image(EVIDENCE / 100, view.palette()).pixelColor(3, 3)
    assert distance(faint, theme.paper(view.palette())) < 40


def test_the_glyph_lies_on_the_map_in_a_square(view: EvidenceView) -> None:
    view.show_evidence(GLYPH, EVIDENCE)
    assert (view.square.width(), view.square.height(), view.square.left()) == (200, 200, 40)
    image = view.grab().toImage()
    assert distance(image.pixelColor(140, 103), theme.ink(view.palette())) < 60
    assert distance(image.pixelColor(140, 20), theme.speaks_for(view.palette())) < 150
    assert view.evidence is EVIDENCE
    view.show_evidence(GLYPH, None)
    assert view.grab().toImage().pixelColor(140, 20) == theme.paper(view.palette())


def test_hovering_reads_the_map_out(view: EvidenceView) -> None:
    view.show_evidence(GLYPH, EVIDENCE)

    QTest.mouseMove(view, QPoint(140, 20))
    assert "-2.00" in view.toolTip()
    QTest.mouseMove(view, QPoint(140, 180))
    assert "+1.00" in view.toolTip()
    QTest.mouseMove(view, QPoint(140, 100))
    assert view.toolTip() == "No ink around here"
    QTest.mouseMove(view, QPoint(5, 5))
    assert view.toolTip() == ""
