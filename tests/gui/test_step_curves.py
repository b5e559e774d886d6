import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui.step_curves import StepCurves, round_up
from metagui.learn.adaptation import AdaptationStep


def steps(number: int, queries: int = 1) -> list[AdaptationStep]:
    """Of two classes; the first one grows surer for the first query, and is half as sure for the second."""
    first = np.array([[(1 - 1 / (2 + step)) / query for query in range(1, queries + 1)] for step in range(number)])
    table = np.stack([first, 1 - first], axis=-1).astype(np.float32)
    return [AdaptationStep(step, 1 / (1 + step), 1.0, None, rows) for step, rows in enumerate(table)]


@pytest.fixture
def curves(qtbot: QtBot) -> StepCurves:
    curves = StepCurves()
    qtbot.addWidget(curves)
    curves.resize(420, 300)
    curves.show()
    return curves


def test_curves_come_and_go_with_classes_and_query(curves: StepCurves) -> None:
    curves.show_steps(steps(6), [0, 3], 5, 0)
    assert len(curves._curves) == 2
    np.testing.assert_allclose(curves._curves[1].points[1][:2], [1 / 2, 1 / 3], rtol=1e-6)
    curves.show_steps(steps(6, queries=0), [0, 3], 5, 0)
    assert not curves._curves
    assert len(curves._support_curve.points[0]) == 6


def test_they_are_those_of_the_query_on_show(curves: StepCurves) -> None:
    curves.show_steps(steps(6, queries=2), [0, 3], 5, 1)
    np.testing.assert_allclose(curves._curves[0].points[1][:2], [1 / 4, 1 / 3], rtol=1e-6)
    curves.show_steps(steps(6, queries=2), [0, 3], 5, 2)  # a further one that is still empty
    assert not curves._curves


def test_steps_that_diverged_have_no_points(curves: StepCurves) -> None:
    nan = float("nan")
    wild = [
        replace(step, support_loss=nan, query_loss=nan, query_probabilities=np.full((1, 2), nan, np.float32))
        for step in steps(6)
    ]
    curves.show_steps([steps(6)[0], *wild[1:]], [0, 3], 5, 0)
    assert curves._curves[0].points[0].tolist() == [0]
    assert curves._support_curve.points[0].tolist() == [0]
    curves.show_steps(wild, [0, 3], 5, 0)
    for curve in (*curves._curves, curves._support_curve, curves._query_curve):
        assert not len(curve.points[0])
    assert not curves.grab().isNull()


def test_the_step_on_show_is_marked_and_its_losses_are_told(curves: StepCurves) -> None:
    curves.show_steps(steps(6), [0, 3], 5, 0)
    curves.show_step(3)
    assert [marker.value() for marker in curves._markers] == [3, 3]
    assert "support 0.250 (100 % right)" in curves._legend.text()


def test_a_click_on_a_step_goes_there(curves: StepCurves) -> None:
    curves.show_steps(steps(6), [0, 3], 5, 0)
    clicked: list[int] = []
    curves.step_clicked.connect(clicked.append)
    QTest.qWaitForWindowExposed(curves)
    box = curves._losses.plotItem.vb
    place = curves._losses.mapFromScene(box.mapViewToScene(QPointF(3.1, 0.3)))
    QTest.mouseClick(curves._losses.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert clicked == [3]


def test_none_of_these_has_a_curve_of_its_own_where_it_is_told(curves: StepCurves) -> None:
    known = [replace(step, known=np.array([1 - step.step / 10], np.float32)) for step in steps(6)]
    curves.show_steps(known, [0, 3], 5, 0)
    assert len(curves._curves) == 3
    np.testing.assert_allclose(curves._curves[2].points[1], np.arange(6) / 10, atol=1e-6)
    np.testing.assert_allclose(curves._curves[0].points[1][1], 0.9 * 2 / 3, rtol=1e-6)
    curves.show_steps(steps(6), [0, 3], 5, 0)
    assert len(curves._curves) == 2


def test_the_frame_of_the_losses_holds_them_and_stays_for_like_ones(curves: StepCurves) -> None:
    curves.show_steps(steps(6), [0, 3], 5, 0)  # from 1 down
    bottom, top = curves._losses.viewRange()[1]
    assert bottom < 0
    assert 1 < top < 1.4
    curves.show_steps([replace(step, support_loss=0.9 * step.support_loss) for step in steps(6)], [0, 3], 5, 0)
    assert curves._losses.viewRange()[1] == [bottom, top]
    curves.show_steps([replace(step, query_loss=3.0) for step in steps(6)], [0, 3], 5, 0)
    assert 5 < curves._losses.viewRange()[1][1] < 6
    curves.show_steps([steps(6)[0], *(replace(step, support_loss=math.inf) for step in steps(6)[1:])], [0, 3], 5, 0)
    assert curves._losses.viewRange()[1] == [bottom, top]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1), (1.01, 2), (2.1, 5), (7, 10), (0.03, 0.05), (1000, 1000), (0, 1)],
)
def test_numbers_are_rounded_up(value: float, expected: float) -> None:
    assert round_up(value) == pytest.approx(expected)
