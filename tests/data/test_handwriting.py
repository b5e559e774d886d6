"""A template becomes drawings: curves through controls, and drawers who differ as Omniglot's do."""

import numpy as np
import pytest

from metagui.data.glyph import FRAME
from metagui.data.handwriting import curve, draw, way

RING = np.array([(50 + 30 * np.cos(a), 50 + 30 * np.sin(a), 1) for a in np.linspace(0, 2 * np.pi, 9)])
BEND = np.array([(20.0, 20.0, 1), (50, 20, 0), (80, 20, 0), (80, 80, 1)])
TEMPLATE = (RING, BEND)


def turns(line: np.ndarray) -> np.ndarray:
    """By how many degrees a line turns at each of its inner points."""
    steps = np.diff(line, axis=0)
    angles = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    return np.degrees(np.abs(np.diff(angles)))


def test_a_curve_passes_its_controls_in_small_steps():
    for controls in TEMPLATE:
        line = curve(controls)
        for x, y, _ in controls:
            assert np.hypot(*(line - (x, y)).T).min() < 1e-9
        assert np.diff(way(line)).max() < 3


def test_smooth_controls_make_a_round_ring():
    line = curve(RING)
    assert np.hypot(*(line - 50).T) == pytest.approx(30, abs=0.5)
    assert turns(line).max() < 12


def test_a_corner_turns_on_the_spot_and_leaves_straight_lines():
    assert sorted(turns(curve(BEND)))[-2:] == pytest.approx([0, 90], abs=1e-6)


def test_controls_in_one_place_make_a_dot_and_no_nan():
    dot = np.array([(50.0, 50.0, 1)] * 3)
    assert curve(dot) == pytest.approx(50)


def test_strokes_are_timed_points_within_the_pad():
    for drawer in range(50):
        strokes = draw(TEMPLATE, np.random.default_rng(drawer))
        assert [stroke.dtype for stroke in strokes] == [np.float32] * 2
        assert all(stroke.shape[1:] == (3,) for stroke in strokes)
        points = np.concatenate(strokes)
        assert points[:, :2].min() >= 2
        assert points[:, :2].max() <= FRAME - 3
        assert points[0, 2] == 0
        assert (np.diff(points[:, 2]) >= 0).all()
        assert strokes[1][0, 2] > strokes[0][-1, 2]  # the pen is up for a while


def test_the_pen_stays_on_the_pad_whatever_the_template():
    large = np.array([(-20.0, -20.0, 0), (125, 125, 0)])
    (stroke,) = draw((large,), np.random.default_rng(0))
    assert stroke[:, :2].min() == 2
    assert stroke[:, :2].max() <= FRAME - 3


def test_a_drawing_is_repeated_by_its_generator_alone():
    first, again = (draw(TEMPLATE, np.random.default_rng(5)) for _ in range(2))
    other = draw(TEMPLATE, np.random.default_rng(6))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert first[0].shape != other[0].shape or (first[0] != other[0]).any()


def test_the_template_is_left_as_it_was():
    before = [stroke.copy() for stroke in TEMPLATE]
    draw(TEMPLATE, np.random.default_rng(0))
    assert all((a == b).all() for a, b in zip(before, TEMPLATE, strict=True))


def test_drawers_vary_by_place_and_size_about_the_template():
    boxes = []
    for drawer in range(300):
        points = np.concatenate(draw(TEMPLATE, np.random.default_rng(drawer)))[:, :2]
        boxes.append((*(points.min(axis=0) + points.max(axis=0)) / 2, *np.ptp(points, axis=0)))
    x, y, width, height = np.array(boxes).T
    assert (x.mean(), y.mean()) == pytest.approx((50, 50), abs=1.5)
    assert (x.std(), y.std()) == pytest.approx((5.3, 5.3), abs=1.2)
    assert (width.std(), height.std()) == pytest.approx((10, 10), abs=2.5)


def test_haste_makes_the_strokes_stray():
    def straying(haste: float) -> float:
        lines = [draw((BEND,), np.random.default_rng(drawer), haste)[0][:, :2] for drawer in range(100)]
        return float(np.mean([turns(line).sum() for line in lines]))

    assert straying(0) == pytest.approx(90, abs=10)  # slanted and stretched, with the one corner of its template
    assert straying(0.3) < straying(1) < straying(3)
