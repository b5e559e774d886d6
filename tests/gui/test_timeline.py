import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from metagui.gui.timeline import Timeline
from metagui.learn.adaptation import AdaptationStep


def steps(number: int) -> list[AdaptationStep]:
    return [AdaptationStep(step, 1 / (1 + step), 1.0, None, np.empty((0, 2), np.float32)) for step in range(number)]


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.resize(420, 300)
    timeline.show()
    return timeline


def test_it_starts_with_nothing_to_go_through(timeline: Timeline) -> None:
    assert timeline.step is None
    assert not timeline.slider.isEnabled()
    assert not timeline.play_action.isEnabled()


def test_it_follows_the_last_step_until_another_is_chosen(timeline: Timeline, qtbot: QtBot) -> None:
    timeline.show_steps(steps(3), 5, 1)  # so far
    assert timeline.step is not None
    assert timeline.step.step == 2
    timeline.show_steps(steps(6), 5, 1)
    assert timeline.step.step == 5
    with qtbot.waitSignal(timeline.step_chosen):
        QTest.keyClick(timeline.slider, Qt.Key.Key_Home)
    QTest.keyClick(timeline.slider, Qt.Key.Key_Right)
    assert timeline.step.step == 1
    timeline.show_steps(steps(1), 5, 1)  # the next adaptation has only begun
    timeline.show_steps(steps(6), 5, 1)
    assert timeline.step.step == 1
    QTest.keyClick(timeline.slider, Qt.Key.Key_End)
    timeline.show_steps(steps(9), 8, 1)
    assert timeline.step.step == 8


def test_the_steps_of_training_are_marked_and_may_be_passed(timeline: Timeline) -> None:
    timeline.show_steps(steps(6), 5, 3)
    assert "trained with 3 – beyond" in timeline._label.text()
    marked = timeline.slider.grab().toImage()
    timeline.slider.setValue(3)
    assert "(trained with 3)" in timeline._label.text()
    timeline.slider.setValue(5)
    timeline.slider.mark(0)
    assert timeline.slider.grab().toImage() != marked


def test_play_goes_from_the_first_step_to_the_last_and_stops(timeline: Timeline, qtbot: QtBot) -> None:
    timeline.show_steps(steps(101), 100, 1)
    seen: list[int] = []
    timeline.step_chosen.connect(seen.append)
    (button,) = (one for one in timeline.findChildren(QToolButton) if one.defaultAction() is timeline.play_action)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(seen) > 3, timeout=30_000)
    assert seen[:4] == [0, 1, 2, 3]
    timeline.slider.setValue(98)
    qtbot.waitUntil(lambda: not timeline.play_action.isChecked(), timeout=30_000)
    assert timeline.step is not None
    assert timeline.step.step == 100
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seen[-1] in (2, 3), timeout=30_000)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # holds it
    assert not timeline._timer.isActive()


def test_a_learner_of_one_step_is_shown_as_well(timeline: Timeline) -> None:
    timeline.show_steps(steps(1), 0, 0)
    assert not timeline.slider.isEnabled()
    assert "no inner steps" in timeline._label.text()
    assert timeline.step is not None


def test_nothing_is_played_when_the_task_goes(timeline: Timeline) -> None:
    timeline.show_steps(steps(6), 5, 1)
    timeline.play_action.trigger()
    timeline.show_hint("Draw something.")
    assert not timeline.play_action.isChecked()
    assert timeline.step is None


def test_a_step_that_was_chosen_before_is_where_it_begins(timeline: Timeline) -> None:
    timeline.choose(2)
    timeline.show_steps(steps(2), 5, 1)  # so far
    assert timeline.place == 1
    timeline.show_steps(steps(6), 5, 1)
    assert (timeline.place, timeline.chosen) == (2, 2)
    timeline.choose(None)
    timeline.show_steps(steps(6), 5, 1)
    assert timeline.place == 5
    QTest.keyClick(timeline.slider, Qt.Key.Key_Left)
    assert timeline.chosen == 4
