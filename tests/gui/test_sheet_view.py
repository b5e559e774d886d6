import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.data.sheet import Box
from metagui.gui.sheet_view import SheetView

A, B, C = Box(10, 10, 40, 40), Box(60, 12, 90, 40), Box(12, 60, 40, 90)
LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(qtbot: QtBot) -> SheetView:
    view = SheetView(np.full((120, 100), 255, np.uint8))
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show_boxes([C, B, A])
    view.show()
    return view


def click(view: SheetView, box: Box, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(view, LEFT, keys, view.place_of(box).center())


def test_boxes_are_read_in_rows_and_chosen_by_clicks(view: SheetView) -> None:
    assert view.rows == ((A, B), (C,))
    click(view, B)
    assert view.chosen == {B}
    click(view, A, CTRL)
    assert view.chosen == {A, B}
    click(view, A, CTRL)
    assert view.chosen == {B}
    QTest.mouseClick(view, LEFT, pos=view.place_of(Box(95, 110, 97, 112)).center())
    assert not view.chosen


def test_chosen_boxes_are_united_and_taken_away(view: SheetView, qtbot: QtBot) -> None:
    click(view, A)
    click(view, B, CTRL)
    with qtbot.waitSignal(view.boxes_changed):
        QTest.keyClick(view, Qt.Key.Key_M)
    assert view.rows == ((Box(10, 10, 90, 40),), (C,))
    assert view.chosen == {Box(10, 10, 90, 40)}
    with qtbot.waitSignal(view.boxes_changed):
        QTest.keyClick(view, Qt.Key.Key_Delete)
    assert view.rows == ((C,),)
    with qtbot.assertNotEmitted(view.boxes_changed):
        QTest.keyClick(view, Qt.Key.Key_Delete)
        click(view, C)
        QTest.keyClick(view, Qt.Key.Key_M)


def test_a_new_box_is_drawn_within_the_sheet(view: SheetView, qtbot: QtBot) -> None:
    corner, far = view.place_of(Box(60, 60, 80, 80)).topLeft(), QPoint(398, 300)
    with qtbot.waitSignal(view.boxes_changed):
        QTest.mousePress(view, LEFT, pos=corner)
        QTest.mouseMove(view, far)
        QTest.mouseRelease(view, LEFT, pos=far)
    (new,) = view.chosen
    assert new.right == 100
    assert abs(new.left - 60) <= 1


def test_the_arrows_go_from_box_to_box(view: SheetView) -> None:
    chosen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left):
        QTest.keyClick(view, key)
        QTest.keyClick(view, Qt.Key.Key_Space)
        chosen.append(view.chosen)
        view._choose(set())
    assert chosen == [{A}, {B}, {C}, {A}, {C}]


def test_what_is_chosen_is_seen(view: SheetView) -> None:
    before = view.grab().toImage()
    click(view, A)
    assert view.grab().toImage() != before
