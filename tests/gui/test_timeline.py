import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui.timeline import Timeline
from metagui.learn.adaptation import AdaptationStep


def steps(number: int, queries: int = 1) -> list[AdaptationStep]:
    table = [np.array([[1 - 1 / (2 + step), 1 / (2 + step)]] * queries, np.float32) for step in range(number)]
    return [
        AdaptationStep(step, 1 / (1 + step), 1.0, None, rows.reshape(queries, 2)) for step, rows in enumerate(table)
    ]


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


def test_it_follows_the_last_step_until_another_is_chosen(timeline: Timeline, qtbot: QtBot) -> None:
    timeline.show_steps(steps(3), [0, 1], 5)  # so far
    assert timeline.step is not None
    assert timeline.step.step == 2
    timeline.show_steps(steps(6), [0, 1], 5)
    assert timeline.step.step == 5
    with qtbot.waitSignal(timeline.step_chosen):
        QTest.keyClick(timeline.slider, Qt.Key.Key_Home)
    QTest.keyClick(timeline.slider, Qt.Key.Key_Right)
    assert timeline.step.step == 1
    timeline.show_steps(steps(1), [0, 1], 5)  # the next adaptation has only begun
    timeline.show_steps(steps(6), [0, 1], 5)
    assert timeline.step.step == 1


def test_curves_come_and_go_with_classes_and_query(timeline: Timeline) -> None:
    timeline.show_steps(steps(6), [0, 3], 5)
    assert len(timeline._curves) == 2
    np.testing.assert_allclose(timeline._curves[1].getData()[1][:2], [1 / 2, 1 / 3])
    timeline.show_steps(steps(6, queries=0), [0, 3], 5)
    assert not timeline._curves
    assert len(timeline._support_curve.getData()[0]) == 6


def test_a_learner_of_one_step_is_shown_as_well(timeline: Timeline) -> None:
    timeline.show_steps(steps(1), [0, 1], 0)
    assert not timeline.slider.isEnabled()
    assert "no inner steps" in timeline._label.text()
    assert timeline.step is not None
