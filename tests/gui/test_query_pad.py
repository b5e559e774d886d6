from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import NONE_OF_THESE, Query, Sketch, Task
from metagui.gui.query_pad import QueryPad
from metagui.gui.sketch_mime import Carried, carried_by, mime_of
from tests.gui.hands import BAR, RING, draw, drop_data, place

SETTINGS = GlyphSettings()
SKETCH = Sketch((np.array(BAR, np.float32),))


class Keeper:
    """Shows each query that the pad tells, as the panel does."""

    def __init__(self, pad: QueryPad) -> None:
        self.pad, self.task = pad, Task()
        self.told: list[str] = []
        pad.query_changed.connect(self.take)
        pad.show_task(self.task, SETTINGS)

    def take(self, query: Query, what: str) -> None:
        self.told.append(what)
        self.show(self.task.with_query(query))

    def show(self, task: Task) -> None:
        self.task = task
        self.pad.show_task(task, SETTINGS)


@pytest.fixture
def keeper(qtbot: QtBot) -> Keeper:
    pad = QueryPad()
    qtbot.addWidget(pad)
    keeper = Keeper(pad)
    with qtbot.waitActive(pad):
        pad.show()
        pad.activateWindow()
    return keeper


def test_a_stroke_keeps_the_label_and_clearing_forgets_it(keeper: Keeper) -> None:
    pad = keeper.pad
    draw(pad.canvas, BAR)
    pad.label_box.setFocus()
    for _ in range(2):
        QTest.keyClick(pad.label_box, Qt.Key.Key_Down)
    assert keeper.task.query.label == 1
    draw(pad.canvas, RING)
    assert len(keeper.task.query.sketch.strokes) == 2
    assert keeper.task.query.label == 1
    assert pad.label_box.currentText() == "B"
    QTest.keyClick(pad.canvas, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert keeper.task.query.sketch.is_empty
    assert keeper.task.query.label is None
    assert pad.label_box.currentText() == "unknown"
    stroke, label = "stroke in the query", "the query's class"
    assert keeper.told == [stroke, label, label, stroke, "clear the query"]


@pytest.mark.qt_log_ignore("does not support")  # the offscreen platform, of what a list asks for
def test_to_choose_the_label_again_is_no_change(keeper: Keeper) -> None:
    keeper.show(keeper.task.with_query(Query(SKETCH, 1)))
    box, activated = keeper.pad.label_box, []
    box.activated.connect(activated.append)
    box.showPopup()
    QTest.keyClick(box.view(), Qt.Key.Key_Return)
    assert (activated, keeper.told) == ([2], [])
    box.showPopup()
    QTest.keyClick(box.view(), Qt.Key.Key_Up)
    QTest.keyClick(box.view(), Qt.Key.Key_Return)
    assert keeper.task.query.label == 0


def test_the_glyph_grows_with_the_stroke_in_work(keeper: Keeper) -> None:
    pad = keeper.pad
    extended, dropped = [], []
    pad.query_extended.connect(lambda: extended.append(True))
    pad.query_dropped.connect(lambda: dropped.append(True))
    QTest.mousePress(pad.canvas, Qt.MouseButton.LeftButton, pos=place(pad.canvas, BAR[0]))
    for point in BAR[1:4]:
        QTest.mouseMove(pad.canvas, place(pad.canvas, point))
    assert len(extended) == 3
    pad.show_glyph(GlyphSettings(fitted=False))
    short = pad.glyph_view.glyph
    QTest.mouseMove(pad.canvas, place(pad.canvas, BAR[-1]))
    pad.show_glyph(GlyphSettings(fitted=False))
    assert short is not None
    assert pad.glyph_view.glyph is not None
    assert pad.glyph_view.glyph.sum() > 2 * short.sum()
    assert not keeper.told
    QTest.keyClick(pad.canvas, Qt.Key.Key_Escape)
    pad.show_glyph(SETTINGS)
    assert dropped
    assert pad.glyph_view.glyph is None


def test_a_change_elsewhere_leaves_the_stroke_in_work(keeper: Keeper) -> None:
    QTest.mousePress(keeper.pad.canvas, Qt.MouseButton.LeftButton, pos=place(keeper.pad.canvas, BAR[0]))
    keeper.show(keeper.task.with_class_count(2))
    assert keeper.pad.canvas.is_drawing
    assert [keeper.pad.label_box.itemText(row) for row in range(3)] == ["unknown", "A", "B"]
    assert keeper.pad.label_box.count() == 4  # unknown, two classes, none of these


def test_a_further_query_is_offered_once_there_is_one(keeper: Keeper) -> None:
    pad, clicks = keeper.pad, []
    pad.new_clicked.connect(lambda: clicks.append(True))
    assert not pad.new_button.isEnabled()
    draw(pad.canvas, BAR)
    QTest.mouseClick(pad.new_button, Qt.MouseButton.LeftButton)
    assert clicks


def test_the_next_query_is_offered_where_there_are_several(keeper: Keeper) -> None:
    pad, clicks = keeper.pad, []
    pad.next_clicked.connect(lambda: clicks.append(True))
    QTest.keyClick(pad.canvas, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert pad.next_button.isHidden()
    assert not clicks
    keeper.show(replace(keeper.task, queries=(Query(SKETCH, 2),) * 2))
    assert not pad.next_button.isHidden()
    QTest.keyClick(pad.canvas, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert clicks


def test_a_picture_without_ink_has_no_glyph(keeper: Keeper) -> None:
    draw(keeper.pad.canvas, BAR)
    assert keeper.pad.glyph_view.glyph is not None
    keeper.show(keeper.task.with_query(Query(Sketch(picture=np.full((40, 40), 255, np.uint8)))))
    assert keeper.pad.glyph_view.glyph is None


@pytest.mark.parametrize(("url", "accepted"), [("file:///a.png", True), ("https://example.org/a.png", False)])
def test_only_files_can_be_dropped(keeper: Keeper, url: str, accepted: bool) -> None:
    data = QMimeData()
    data.setUrls([QUrl(url)])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    event.ignore()
    QApplication.sendEvent(keeper.pad, event)
    assert event.isAccepted() == accepted


def test_drawings_that_are_dropped_are_told_and_nothing_else_is(qtbot: QtBot) -> None:
    pad = QueryPad()
    qtbot.addWidget(pad)
    told: list[Carried] = []
    pad.offered.connect(lambda offer: told.append(carried_by(offer.data)))
    drop_data(pad, mime_of(Carried((SKETCH,), "bar")))
    assert [carried.name for carried in told] == ["bar"]
    drop_data(pad, QMimeData())
    assert len(told) == 1


def test_a_query_may_be_said_to_be_of_none_of_the_classes(keeper: Keeper) -> None:
    pad = keeper.pad
    draw(pad.canvas, BAR)
    pad.label_box.setFocus()
    QTest.keyClick(pad.label_box, Qt.Key.Key_End)
    assert keeper.task.query.label == NONE_OF_THESE
    assert pad.label_box.currentText() == "None of these"
    QTest.keyClick(pad.label_box, Qt.Key.Key_Home)
    assert keeper.task.query.label is None


def test_labels_follow_the_classes(qtbot: QtBot) -> None:
    pad = QueryPad()
    qtbot.addWidget(pad)
    task = Task().with_query(Query(SKETCH, 1))
    for shown in (task, task, task.with_class(1, replace(task.classes[1], name="other")), task.with_class_count(2)):
        pad.show_task(shown, SETTINGS)
        texts = [pad.label_box.itemText(index) for index in range(pad.label_box.count())]
        assert texts == ["unknown", *(drawn.name for drawn in shown.classes), "None of these"]
        assert [pad.label_box.itemData(index) for index in (0, 1, len(texts) - 1)] == [None, 0, NONE_OF_THESE]
        assert pad.label_box.currentData() == 1


def test_labels_are_left_as_they_are_where_the_classes_are(qtbot: QtBot) -> None:
    pad, told = QueryPad(), []
    qtbot.addWidget(pad)
    pad.show_task(Task(), SETTINGS)
    pad.label_box.model().rowsRemoved.connect(lambda *_: told.append("removed"))
    pad.show_task(Task().with_query(Query(SKETCH, 1)), SETTINGS)
    assert told == []
    pad.show_task(Task().with_class_count(2), SETTINGS)
    assert told != []
