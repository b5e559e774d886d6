import numpy as np
import pytest

from metagui.learn.projection import principal_plane


def test_by_hand() -> None:
    # Along (3, 4)/5 they reach to ±10, across it to ±5, and not at all along the third axis.
    points = np.array([[6, 8, 7], [-6, -8, 7], [4, -3, 7], [-4, 3, 7]], np.float32) + np.array([1, 2, 0], np.float32)
    plane = principal_plane(points)
    np.testing.assert_allclose(plane.centre, [1, 2, 7])
    np.testing.assert_allclose(plane.axes, [[0.6, 0.8, 0], [0.8, -0.6, 0]], atol=1e-12)
    np.testing.assert_allclose(plane.shares, [0.8, 0.2])
    np.testing.assert_allclose(plane.project(points), [[10, 0], [-10, 0], [0, 5], [0, -5]], atol=1e-5)


def test_the_same_points_lie_the_same_way_round() -> None:
    points = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    plane = principal_plane(points)
    np.testing.assert_allclose(principal_plane(points[::-1]).axes, plane.axes, atol=1e-10)
    assert (np.take_along_axis(plane.axes, np.abs(plane.axes).argmax(1)[:, None], 1) > 0).all()


@pytest.mark.parametrize(
    "points",
    [np.empty((0, 3)), np.ones((1, 3)), np.ones((4, 3)), np.full((4, 3), np.nan), np.array([[1.0], [2.0]])],
    ids=["none", "one", "all alike", "not finite", "of one number"],
)
def test_points_that_span_no_plane_have_a_place_all_the_same(points) -> None:
    plane = principal_plane(points.astype(np.float32))
    assert plane.axes.shape == (2, points.shape[1])
    assert np.isfinite(plane.axes).all()
    assert np.isfinite(plane.shares).all()
    assert plane.project(points.astype(np.float32)).shape == (len(points), 2)


def test_points_that_are_not_finite_do_not_count() -> None:
    points = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    diverged = np.concatenate([points, np.full((2, 8), np.inf, np.float32)])
    np.testing.assert_allclose(principal_plane(diverged).axes, principal_plane(points).axes)
