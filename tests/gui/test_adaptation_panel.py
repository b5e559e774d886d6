from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.errors import InputError
from metagui.data.preparation import Preparation
from metagui.data.task import Sketch
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.challenge_view import ChallengeDialog
from metagui.gui.episode_source import Deal, FilledEpisode
from metagui.gui.sketch_mime import Carried, mime_of
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint, save_checkpoint
from metagui.learn.config import TrainingConfig
from tests.gui.hands import BAR, RING, ZIGZAG, carry, draw, drop, drop_data, place, rub

MakePanel = Callable[..., AdaptationPanel]


def wait(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=60_000)  # as long as a busy machine may take


def drawn_task(panel: AdaptationPanel, qtbot: QtBot) -> None:
    """Two classes and a query, drawn by hand."""
    draw(panel.rows[0].cells[0].canvas, RING)
    draw(panel.rows[1].cells[0].canvas, BAR)
    draw(panel.query_pad.canvas, ZIGZAG)
    wait(qtbot, lambda: panel.is_settled and bool(panel.predictions.classes))


def sketches(panel: AdaptationPanel) -> list[int]:
    return [len(one.sketches) for one in panel.task.classes]


def press(panel: AdaptationPanel, widget: QWidget, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    """A key pressed in `widget`, which has the focus."""
    panel.activateWindow()
    widget.setFocus()
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    QTest.keyClick(widget, key, held)


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_it_opens_with_three_empty_classes_and_says_what_to_do(panel: AdaptationPanel) -> None:
    assert [row.name_edit.text() for row in panel.rows] == ["A", "B", "C"]
    assert [len(row.cells) for row in panel.rows] == [1, 1, 1]
    assert "at least two classes" in panel.predictions.text


def test_it_says_that_the_first_answer_is_on_its_way_and_later_keeps_the_last_one(panel, qtbot: QtBot) -> None:
    draw(panel.rows[0].cells[0].canvas, RING)
    draw(panel.rows[1].cells[0].canvas, BAR)
    assert not panel.is_settled
    assert "adapts to your drawings" in panel.predictions.text
    draw(panel.query_pad.canvas, ZIGZAG)
    wait(qtbot, lambda: panel.is_settled and bool(panel.predictions.classes))
    draw(panel.rows[2].cells[0].canvas, RING)
    assert not panel.is_settled
    assert len(panel.predictions.classes) == 3
    assert "adapts" not in panel.predictions.text


def test_without_a_network_it_says_so(make_panel: MakePanel) -> None:
    panel = make_panel()
    assert "open a checkpoint" in panel.predictions.text


def test_drawing_gives_an_answer_with_all_inner_steps(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    probabilities = [one.probability for one in panel.predictions.classes]
    assert probabilities[0] + probabilities[1] == pytest.approx(1, abs=1e-5)
    assert probabilities[2] is None  # C has no drawing
    assert [step.step for step in panel.timeline.steps] == [0, 1, 2, 3, 4, 5]
    assert panel.timeline.steps[5].support_loss < panel.timeline.steps[0].support_loss


def test_a_drawing_of_the_support_itself_is_recognised(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    panel.query_pad.canvas.clear()
    draw(panel.query_pad.canvas, RING)
    wait(qtbot, lambda: panel.is_settled)
    best = max(panel.predictions.classes, key=lambda one: one.probability or 0)
    assert best.name == "A"
    assert panel.predictions.text.startswith("A · ")


def test_a_drawing_opens_the_next_cell_and_shows_its_glyph(panel: AdaptationPanel) -> None:
    draw(panel.rows[0].cells[0].canvas, RING)
    draw(panel.rows[0].cells[0].canvas, BAR)  # a second stroke of the same drawing
    assert sketches(panel) == [1, 0, 0]
    assert len(panel.rows[0].cells) == 2
    glyph = panel.rows[0].cells[0].glyph_view.glyph
    assert glyph is not None
    assert glyph.max() == 1
    draw(panel.rows[0].cells[1].canvas, BAR)
    assert sketches(panel) == [2, 0, 0]


def test_the_slider_shows_the_probabilities_of_its_step(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    for number, step in enumerate(panel.timeline.steps):
        panel.timeline.slider.setValue(number)
        shown = [one.probability for one in panel.predictions.classes[:2]]
        np.testing.assert_allclose(shown, step.query_probabilities[0], atol=1e-6)
    # Who looks at the start goes on looking at it when the drawing changes.
    panel.timeline.slider.setValue(0)
    draw(panel.rows[1].cells[1].canvas, BAR)
    wait(qtbot, lambda: panel.is_settled)
    assert panel.timeline.slider.value() == 0


def test_only_the_newest_drawing_is_answered(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    answers = []
    panel._adaptation.answered.connect(lambda answer: answers.append(answer))
    for _ in range(5):
        draw(panel.rows[0].cells[-1].canvas, RING)
    wait(qtbot, lambda: panel.is_settled)
    assert answers[-1].request.task is panel.task
    assert len(answers[-1].request.labels) == 7
    assert len([answer for answer in answers if answer.is_complete]) == 1  # nothing else ran to its end


def test_the_query_is_classified_while_it_is_drawn(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    canvas = panel.query_pad.canvas
    canvas.clear()
    wait(qtbot, lambda: panel.is_settled and not panel.predictions.classes)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, RING[0]))
    QTest.mouseMove(canvas, place(canvas, RING[9]))
    wait(qtbot, lambda: bool(panel.predictions.classes))
    assert canvas.is_drawing
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    wait(qtbot, lambda: panel.is_settled and not panel.predictions.classes)


def test_undo_and_redo_go_over_all_that_was_done(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    panel.set_class_count(4)
    panel.rows[0].name_edit.setFocus()
    panel.rows[0].name_edit.selectAll()
    QTest.keyClicks(panel.rows[0].name_edit, "ring")
    QTest.keyClick(panel.rows[0].name_edit, Qt.Key.Key_Return)
    panel.rows[1].cells[0].remove_button.click()
    panel.query_pad.canvas.clear()
    panel.set_class_count(2)
    after = panel.task
    canvas = panel.rows[0].cells[0].canvas
    for _ in range(panel.undo_stack.count()):
        press(panel, canvas, Qt.Key.Key_Z, CTRL)
    assert panel.task.is_blank
    assert [one.name for one in panel.task.classes] == ["A", "B", "C"]
    for _ in range(panel.undo_stack.count()):
        press(panel, canvas, Qt.Key.Key_Z, CTRL, SHIFT)
    assert panel.task is after
    assert [one.name for one in panel.task.classes] == ["ring", "B"]
    assert sketches(panel) == [1, 0]


def test_a_name_of_another_class_is_refused_at_the_field(panel: AdaptationPanel, qtbot: QtBot) -> None:
    edit = panel.rows[1].name_edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "A")
    assert "has this name" in panel.rows[1].note.text()
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "A"  # there is time to mend it
    with qtbot.waitSignal(panel.message_shown, timeout=60_000):
        panel.query_pad.canvas.setFocus()
    assert edit.text() == "B"
    assert panel.undo_stack.count() == 0
    assert "still called “B”" in panel.message_bar.text


def test_twenty_classes_scroll_and_two_stay(panel: AdaptationPanel, qtbot: QtBot) -> None:
    panel.set_class_count(20)
    assert len(panel.rows) == 20
    wait(qtbot, lambda: panel.grid.verticalScrollBar().maximum() > 0)
    assert panel.grid.horizontalScrollBar().maximum() == 0
    panel.set_class_count(2)
    assert not panel.rows[0]._remove.isEnabled()


def test_removing_a_class_keeps_the_others_drawings(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    kept = panel.task.classes[1]
    canvas = panel.rows[0].cells[0].canvas
    press(panel, canvas, Qt.Key.Key_Delete, CTRL, SHIFT)
    assert panel.task.classes[0] is kept
    assert panel.rows[0].name_edit.text() == "B"
    assert panel.rows[0].cells[0].canvas.sketch is kept.sketches[0]


def test_a_fixed_head_serves_its_own_number_of_classes(panel: AdaptationPanel, qtbot: QtBot) -> None:
    config = TrainingConfig(head="fixed", way=2)
    fixed = Checkpoint(config, make_learner(config).network.state_dict(), 0, 0, 0)
    panel.set_checkpoint(fixed)
    assert len(panel.rows) == 2
    panel.set_class_count(3)
    for row in panel.rows:
        draw(row.cells[0].canvas, RING)
    assert "exactly 2 classes" in panel.predictions.text
    press(panel, panel.rows[2].cells[0].canvas, Qt.Key.Key_Delete)
    draw(panel.query_pad.canvas, RING)
    wait(qtbot, lambda: panel.is_settled and bool(panel.predictions.classes))


def test_fitting_is_for_support_and_query_alike(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    before = panel.rows[0].cells[0].glyph_view.glyph, panel.query_pad.glyph_view.glyph
    panel.bar.fitted_box.click()
    after = panel.rows[0].cells[0].glyph_view.glyph, panel.query_pad.glyph_view.glyph
    for old, new in zip(before, after, strict=True):
        assert not np.array_equal(old, new)


def test_a_known_label_gives_the_query_a_loss(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    assert panel.timeline.steps[0].query_loss is None
    box = panel.query_pad.label_box
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    wait(qtbot, lambda: panel.is_settled and panel.timeline.steps[0].query_loss is not None)
    assert panel.task.query.label == 0


def test_an_adaptation_that_fails_is_told_and_nothing_is_lost(
    panel: AdaptationPanel, qtbot: QtBot, checkpoint: Checkpoint
) -> None:
    drawn_task(panel, qtbot)
    with qtbot.waitSignal(panel.message_shown, timeout=60_000):
        panel.set_checkpoint(replace(checkpoint, weights={}))
    assert "do not fit" in panel.message_bar.text
    assert not panel.predictions.classes  # an answer of the network before would be stale
    assert sketches(panel) == [1, 1, 0]
    panel.set_checkpoint(checkpoint)
    wait(qtbot, lambda: panel.is_settled and bool(panel.predictions.classes))


def test_a_checkpoint_is_opened_or_the_present_one_kept(
    panel: AdaptationPanel, tmp_path: Path, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.safetensors"
    save_checkpoint(path, checkpoint)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    panel.ask_for_checkpoint()
    assert panel._adaptation.checkpoint.name == "net"
    path.write_bytes(path.read_bytes()[:1000])
    panel.ask_for_checkpoint()
    assert "cut short" in panel.message_bar.text
    assert panel._adaptation.checkpoint.name == "net"


def test_a_lane_that_cannot_be_opened_is_told(panel: AdaptationPanel, tmp_path: Path) -> None:
    (tmp_path / "damaged.safetensors").write_bytes(b"nothing")
    panel.column.lanes.shipped_chosen.emit(tmp_path / "damaged.safetensors")
    assert "damaged.safetensors" in panel.message_bar.text


def _picture(path: Path) -> Path:
    gray = np.full((60, 90), 250, np.uint8)
    gray[10:50, 40:46] = 20
    Image.fromarray(gray).save(path)
    return path


def test_files_are_dropped_on_a_class_and_on_the_query(panel: AdaptationPanel, qtbot: QtBot, tmp_path: Path) -> None:
    good, bad = _picture(tmp_path / "good.png"), tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    drop(panel.rows[1], good, bad, good)
    wait(qtbot, lambda: sketches(panel) == [0, 2, 0])
    assert "bad.png" in panel.message_bar.text
    drop(panel.query_pad, good)
    wait(qtbot, lambda: panel.task.query.sketch.picture is not None)
    panel.undo_stack.undo()
    panel.undo_stack.undo()
    assert panel.task.is_blank


def test_files_are_loaded_by_a_dialog(
    panel: AdaptationPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(_picture(tmp_path / "a.png"))], ""))
    press(panel, panel.rows[2].cells[0].canvas, Qt.Key.Key_I, CTRL)
    wait(qtbot, lambda: sketches(panel) == [0, 0, 1])
    panel.rows[2].cells[0].remove_button.click()
    assert sketches(panel) == [0, 0, 0]


def test_drawings_are_dropped_on_a_class_on_the_room_below_and_on_the_query(panel: AdaptationPanel) -> None:
    ring = Sketch((np.array(RING, np.float32),))
    drop_data(panel.rows[1], mime_of(Carried((ring,))))
    assert sketches(panel) == [0, 1, 0]
    drop_data(panel.grid.viewport(), mime_of(Carried((ring,), "ring", (ring, ring))))
    assert sketches(panel) == [3, 1, 0]
    assert panel.rows[0].name_edit.text() == "ring"
    drop_data(panel.grid.viewport(), mime_of(Carried((ring,), "ring", (ring, ring))))
    assert sketches(panel) == [4, 1, 0]  # it is there already
    drop_data(panel.query_pad, mime_of(Carried((ring,), "ring")))
    assert panel.task.query.label == 0
    panel.set_class_count(20)
    panel.rows[2].name_edit.setText("third")
    panel.rows[2].name_edit.returnPressed.emit()
    drop_data(panel.grid.viewport(), mime_of(Carried((ring,), "new")))
    assert "20 classes already" in panel.message_bar.text
    while panel.undo_stack.canUndo():
        panel.undo_stack.undo()
    assert panel.task.is_blank


def test_reference_handwriting_is_closed_at_first_and_opens_without_widening_the_panel(
    panel: AdaptationPanel, qtbot: QtBot
) -> None:
    browser, width = panel.reference, panel.width()
    assert not browser.isVisible()
    press(panel, panel.rows[0].cells[0].canvas, Qt.Key.Key_B, CTRL)
    assert browser.isVisible()
    assert browser.search_edit.hasFocus()
    assert panel.grid.room_below.isVisible()
    assert panel.width() == width
    assert panel.minimumSizeHint().width() <= 1000
    wait(qtbot, browser.invent_button.isVisible)  # Omniglot is not here
    (close,) = (one for one in browser.findChildren(QToolButton) if one.accessibleName() == "Close this panel")
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not browser.isVisible()
    assert not panel.bar.reference_action.isChecked()


def test_a_challenge_opens_over_the_panel_and_leaves_it_as_it_was(panel: AdaptationPanel, qtbot: QtBot) -> None:
    draw(panel.rows[0].cells[0].canvas, RING)
    task = panel.task
    press(panel, panel.rows[0].cells[0].canvas, Qt.Key.Key_B, CTRL, SHIFT)
    (dialog,) = panel.findChildren(ChallengeDialog)
    assert dialog.isVisible()
    wait(qtbot, lambda: "not been imported" in dialog.note.text())
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert panel.task is task


def _episodes(deal: Deal) -> Iterator[Preparation | FilledEpisode]:
    way, shot = deal.way, deal.shot
    if deal.source == "omniglot":
        raise InputError("Omniglot has not been imported yet.")
    yield Preparation(1, 2, "Drawing characters")
    glyphs = [np.full((1, 28, 28), index / way, np.float32) for index in range(way)]
    support = tuple((glyph,) * shot for glyph in glyphs)
    yield FilledEpisode(
        tuple(f"class {index}" for index in range(way)), support, tuple(zip(glyphs, range(way), strict=True))
    )


def test_an_episode_fills_classes_and_query(make_panel: MakePanel, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    panel = make_panel(episode_source=_episodes)
    panel.set_checkpoint(checkpoint)
    panel.bar.fill_chosen.emit("strokes", 3, 1)
    wait(qtbot, lambda: sketches(panel) == [3, 3, 3])
    assert panel.task.query.label == 0
    wait(qtbot, lambda: panel.is_settled and panel.timeline.steps[0].query_loss is not None)
    panel.query_pad.next_button.click()
    assert panel.task.query.label == 1


def test_an_episode_that_cannot_be_had_is_told_and_changes_nothing(make_panel: MakePanel, qtbot: QtBot) -> None:
    panel = make_panel(episode_source=_episodes)
    with qtbot.waitSignal(panel.message_shown, timeout=60_000):
        panel.bar.fill_chosen.emit("omniglot", 1, 1)
    assert "not been imported" in panel.message_bar.text
    assert panel.task.is_blank


def test_all_that_can_be_used_has_a_name_for_screen_readers(panel: AdaptationPanel) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QScrollBar, QSpinBox

    for kind in (QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QSpinBox):
        for widget in panel.findChildren(kind):
            own = not widget.objectName().startswith("qt_") and not isinstance(widget, QScrollBar)
            if own and widget.isVisible():
                named = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
                assert named, widget
                assert widget.toolTip(), widget


def test_nothing_is_cut_off_at_the_least_size(panel: AdaptationPanel) -> None:
    assert panel.minimumSizeHint().width() <= 1000
    assert panel.minimumSizeHint().height() <= 620


def test_a_drawing_is_switched_off_and_undo_switches_it_on(panel: AdaptationPanel, qtbot: QtBot) -> None:
    draw(panel.rows[1].cells[0].canvas, ZIGZAG)
    drawn_task(panel, qtbot)
    before = panel.timeline.steps[-1].query_probabilities
    QTest.mouseClick(panel.rows[1].cells[0].toggle_button, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: panel.is_settled)
    assert panel.undo_stack.undoText() == "switch a drawing of B off"
    assert "switched on" in panel.predictions.text
    panel.undo_stack.undo()
    wait(qtbot, lambda: panel.is_settled)
    np.testing.assert_array_equal(panel.timeline.steps[-1].query_probabilities, before)


def test_the_step_on_show_stays_where_the_user_put_it_when_the_support_changes(
    panel: AdaptationPanel, qtbot: QtBot
) -> None:
    panel.bar._steps.setValue(4)
    drawn_task(panel, qtbot)
    assert panel.timeline.place == 4
    press(panel, panel.timeline.slider, Qt.Key.Key_Home)
    press(panel, panel.timeline.slider, Qt.Key.Key_Right)
    draw(panel.rows[1].cells[1].canvas, BAR)
    wait(qtbot, lambda: panel.is_settled)
    assert panel.timeline.place == 1
    press(panel, panel.rows[0].cells[0].canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)  # from anywhere
    panel.undo_stack.undo()
    wait(qtbot, lambda: panel.is_settled)
    assert panel.timeline.place == 2
    assert panel.timeline.step is panel.timeline.steps[2]
    press(panel, panel.timeline.slider, Qt.Key.Key_End)
    panel.bar._steps.setValue(6)
    wait(qtbot, lambda: panel.is_settled)
    assert panel.timeline.place == 6


def test_the_support_shows_what_the_network_names_it_at_the_step_on_show(panel: AdaptationPanel, qtbot: QtBot) -> None:
    drawn_task(panel, qtbot)
    bar = panel.rows[0].cells[0].own_probability
    assert bar.verdict is not None
    after = bar.verdict.own
    press(panel, panel.timeline.slider, Qt.Key.Key_Home)
    assert bar.verdict.own == pytest.approx(0.5, abs=1e-4)  # the shared head begins with all classes alike
    assert bar.verdict.own < after
    QTest.keyClick(panel.rows[1].cells[0].canvas, Qt.Key.Key_Delete)
    assert bar.verdict is None


def renamed(panel: AdaptationPanel) -> None:
    edit = panel.rows[0].name_edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "ring")
    QTest.keyClick(edit, Qt.Key.Key_Return)


def pasted(panel: AdaptationPanel) -> None:
    QTest.keyClick(panel.rows[0].cells[0].canvas, Qt.Key.Key_C, CTRL)
    QTest.keyClick(panel.rows[1].cells[-1].canvas, Qt.Key.Key_V, CTRL)


def moved(panel: AdaptationPanel) -> None:
    with pytest.MonkeyPatch.context() as patch:
        carry(panel.rows[0].cells[0].glyph_view, panel.rows[2], patch)


def chosen(panel: AdaptationPanel) -> None:
    panel.query_pad.label_box.setFocus()
    QTest.keyClick(panel.query_pad.label_box, Qt.Key.Key_Down)


def clicked(panel: AdaptationPanel, text: str) -> None:
    (button,) = (one for one in panel.bar.findChildren(QToolButton) if one.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


DEEDS: dict[str, Callable[[AdaptationPanel], object]] = {
    "stroke in A": lambda panel: draw(panel.rows[0].cells[0].canvas, BAR),
    "erase in A": lambda panel: rub(panel.rows[0].cells[0].canvas, [(70, 52), (95, 52)]),
    "remove a drawing of A": lambda panel: press(panel, panel.rows[0].cells[0].canvas, Qt.Key.Key_Delete),
    "cut a drawing of A": lambda panel: press(panel, panel.rows[0].cells[0].canvas, Qt.Key.Key_X, CTRL),
    "switch a drawing of A off": lambda panel: press(panel, panel.rows[0].cells[0].canvas, Qt.Key.Key_Space),
    "clear A": lambda panel: press(panel, panel.rows[0].cells[0].canvas, Qt.Key.Key_Delete, CTRL),
    "rename A to ring": renamed,
    "add examples of B": pasted,
    "move a drawing from A to C": moved,
    "remove class A": lambda panel: press(panel, panel.rows[0].cells[0].canvas, Qt.Key.Key_Delete, CTRL, SHIFT),
    "the number of classes": lambda panel: clicked(panel, "Add class"),
    "clear all drawings": lambda panel: clicked(panel, "Clear all"),
    "stroke in the query": lambda panel: draw(panel.query_pad.canvas, BAR),
    "erase in the query": lambda panel: rub(panel.query_pad.canvas, [(40, 52), (70, 52)]),
    "cut the query": lambda panel: press(panel, panel.query_pad.canvas, Qt.Key.Key_X, CTRL),
    "clear the query": lambda panel: press(panel, panel.query_pad.canvas, Qt.Key.Key_L, CTRL),
    "the query's class": chosen,
}


@pytest.mark.parametrize("what", DEEDS)
def test_each_deed_is_one_that_can_be_undone_and_done_again(panel: AdaptationPanel, what: str) -> None:
    draw(panel.rows[0].cells[0].canvas, RING)
    draw(panel.rows[1].cells[0].canvas, BAR)
    draw(panel.query_pad.canvas, ZIGZAG)
    before, count = panel.task, panel.undo_stack.count()
    DEEDS[what](panel)
    after = panel.task
    assert panel.undo_stack.count() == count + 1
    assert panel.undo_stack.undoText() == what
    press(panel, panel.query_pad.canvas, Qt.Key.Key_Z, CTRL)
    assert panel.task is before
    press(panel, panel.query_pad.canvas, Qt.Key.Key_Z, CTRL, SHIFT)
    assert panel.task is after
