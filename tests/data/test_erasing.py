import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metagui.data.erasing import ERASER, erase
from metagui.data.glyph import PEN

LINE = np.array([[10, 50, 0, 0.2], [90, 50, 80, 1.0]], np.float32)
REACH = ERASER + PEN / 2


def at(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, np.float64)


def test_a_stroke_is_split_at_the_erasers_disc() -> None:
    left, right = erase([LINE], at((50, 50)))
    np.testing.assert_allclose(left[:, 0], [10, 50 - REACH], atol=1e-4)
    np.testing.assert_allclose(right[:, 0], [50 + REACH, 90], atol=1e-4)
    # Time and pressure are those of the place.
    np.testing.assert_allclose(left[-1, 2:], [40 - REACH, 0.2 + 0.8 * (40 - REACH) / 80], atol=1e-4)
    assert left.dtype == np.float32


def test_what_is_not_touched_is_the_same_stroke() -> None:
    other = np.array([[10, 80, 0, 1], [90, 80, 9, 1]], np.float32)
    kept = erase([LINE, other], at((50, 50)))
    assert len(kept) == 3
    assert kept[2] is other
    assert erase([LINE], at((50, 50 + REACH + 0.1)))[0] is LINE


def test_a_fast_eraser_leaves_no_gaps() -> None:
    """Between two places of the pointer, all that lies on the way goes."""
    rungs = [np.array([[x, 20], [x, 80]], np.float32) for x in range(20, 90, 10)]
    pieces = erase(rungs, at((5, 50), (100, 50)))
    assert len(pieces) == 2 * len(rungs)
    for piece in pieces:
        assert np.abs(piece[:, 1] - 50).min() >= REACH - 1e-3


@pytest.mark.parametrize(("dot", "is_left"), [((50, 50), False), ((50, 58), True), ((50, 57), False)])
def test_a_dot_goes_or_stays_as_a_whole(dot: tuple[float, float], is_left: bool) -> None:
    stroke = np.array([(*dot, 0, 1)], np.float32)
    assert bool(erase([stroke], at((50, 50)))) == is_left


def test_an_end_that_is_rubbed_out_leaves_no_crumb() -> None:
    (left,) = erase([LINE], at((90 - REACH + 0.5, 50)))
    assert left[-1, 0] < 90 - 2 * REACH + 1
    assert erase([LINE], at((0, 50), (105, 50))) == ()


@example([(0.0, 0.0), (0.0, 1.0)], [(0.0, 0.0), (1.1125369292536007e-308, 1.0)])  # all but upright
@given(
    st.lists(st.tuples(st.floats(0, 104), st.floats(0, 104)), min_size=2, max_size=6),
    st.lists(st.tuples(st.floats(0, 104), st.floats(0, 104)), min_size=1, max_size=4),
)
def test_all_that_is_out_of_reach_is_left_and_nothing_else(
    points: list[tuple[float, float]], way: list[tuple[float, float]]
) -> None:
    stroke = np.array(points, np.float32)
    places = dense(stroke)
    distances = np.array([distance(place, way) for place in places])
    pieces = erase([stroke], at(*way))
    left = np.concatenate([dense(piece) for piece in pieces]) if pieces else np.empty((0, 2))
    for place in left:
        assert distance(place, way) >= REACH - 1e-3
    for place in places[distances > REACH + 1]:  # a crumb is a pixel long
        assert np.hypot(*(left - place).T).min() < 1


def dense(stroke: np.ndarray) -> np.ndarray:
    """Points of a stroke at most a pixel apart."""
    legs = zip(stroke[:-1, :2].astype(np.float64), stroke[1:, :2].astype(np.float64), strict=True)
    return np.concatenate([np.linspace(a, b, 2 + int(np.hypot(*(b - a)))) for a, b in legs])


def distance(place: np.ndarray, way: list[tuple[float, float]]) -> float:
    """Of a place from a broken line."""
    legs = [(np.array(a), np.array(b)) for a, b in zip(way, [*way[1:], way[-1]], strict=True)]
    shares = [np.clip(np.dot(place - a, b - a) / max(np.dot(b - a, b - a), 1e-300), 0, 1) for a, b in legs]
    return min(float(np.hypot(*(a + share * (b - a) - place))) for share, (a, b) in zip(shares, legs, strict=True))
