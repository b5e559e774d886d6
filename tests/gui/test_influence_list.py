from math import inf, nan

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui import theme
from metagui.gui.influence_list import InfluenceList, SupportDrawing, exact_percent, told

GLYPH = np.zeros((1, 28, 28), np.float32)


def drawing(row: int, index: int, influence: float | None, *, is_active: bool = True) -> SupportDrawing:
    return SupportDrawing(row, index, "AB"[row], GLYPH, is_active, influence, None if influence is None else 0.5)


DRAWINGS = [
    drawing(0, 0, 1.0),
    drawing(0, 1, 2.0),
    drawing(0, 2, None, is_active=False),
    drawing(1, 0, -2.0),
    drawing(1, 1, nan),
]


@pytest.fixture
def view(qtbot: QtBot) -> InfluenceList:
    view = InfluenceList()
    qtbot.addWidget(view)
    view.resize(320, 260)
    view.show()
    return view


def places(view: InfluenceList) -> list[tuple[int, int]]:
    return [one.place for one in view.drawings]


def centre(view: InfluenceList, row: int) -> QPoint:
    return view.visualItemRect(view.item(row)).center()


def test_the_strongest_for_the_winner_is_first_and_what_is_off_last(view: InfluenceList) -> None:
    view.show_drawings(DRAWINGS, "A", True)
    assert places(view) == [(0, 1), (0, 0), (1, 0), (1, 1), (0, 2)]
    view.show_drawings([drawing(0, 0, inf), drawing(1, 0, -inf), drawing(0, 1, 3.0)], "A", True)
    assert places(view) == [(0, 0), (0, 1), (1, 0)]
    assert view.scale == 3


def test_while_it_is_worked_out_no_drawing_moves(view: InfluenceList) -> None:
    view.show_drawings(DRAWINGS, "A", True)
    stood = places(view)
    unknown = [drawing(row, index, None) for row, index in sorted(stood)]
    view.show_drawings([*unknown, drawing(1, 2, None)], "A", False)
    assert places(view) == [*stood, (1, 2)]


def test_a_click_or_a_key_tells_which_drawing_is_to_be_switched(view: InfluenceList) -> None:
    view.show_drawings(DRAWINGS, "A", True)
    told_places: list[tuple[int, int]] = []
    view.toggled.connect(lambda row, index: told_places.append((row, index)))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre(view, 1))
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert told_places == [(0, 0), (1, 0), (1, 0)]


def test_the_current_drawing_stays_so_where_it_moves(view: InfluenceList) -> None:
    view.show_drawings(DRAWINGS, "A", True)
    view.setCurrentRow(0)
    view.show_drawings([drawing(0, 0, 1.0), drawing(0, 1, -2.0)], "A", True)
    assert view.currentRow() == 1


def test_a_bar_goes_to_its_side_in_its_colour(view: InfluenceList) -> None:
    view.show_drawings(DRAWINGS, "A", True)
    image = view.viewport().grab().toImage()

    def has(row: int, colour: QColor) -> list[int]:
        y = centre(view, row).y()
        return [x for x in range(image.width()) if image.pixelColor(x, y) == colour]

    favourable, adverse = theme.speaks_for(view.palette()), theme.speaks_against(view.palette())
    assert len(has(0, favourable)) > 1.5 * len(has(1, favourable)) > 0
    assert not has(0, adverse)
    assert max(has(2, adverse)) < min(has(0, favourable))
    assert not has(3, favourable) + has(3, adverse) + has(4, favourable) + has(4, adverse)


def test_hovering_shows_the_drawing_and_says_what_it_does(view: InfluenceList) -> None:
    view.show_drawings([drawing(0, 0, 1.0)], "A", True)
    QTest.mouseMove(view.viewport(), centre(view, 0) + QPoint(1, 1))
    QTest.mouseMove(view.viewport(), centre(view, 0))
    tip = view.item(0).toolTip()
    assert "<img src='data:image/png;base64," in tip
    assert "speaks for A: without it A would have 50.0 %" in tip
    assert view.item(0).data(Qt.ItemDataRole.AccessibleTextRole).startswith("A, drawing 1: speaks for A")


def test_each_state_is_told_in_words() -> None:
    assert "against B" in told(drawing(0, 0, -1.0), "B")
    assert "switched off" in told(drawing(0, 0, None, is_active=False), "B")
    assert "not known" in told(drawing(0, 0, None), "B")
    assert "takes no part" in told(drawing(1, 0, inf), "B")
    assert "head is fixed" in told(drawing(0, 0, nan), "B")


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.5, "50.0 %"), (0.98765, "98.8 %"), (0.99951, "99.95 %"), (0.0004, "0.04 %"), (1 - 1e-6, "99.9999 %"),
     (1 - 1e-9, "100.0 %"), (1.0, "100.0 %"), (0.0, "0.0 %")],
)  # fmt: skip
def test_percentages_near_certainty_have_more_digits(probability: float, text: str) -> None:
    assert exact_percent(probability) == text
