import pytest

from metagui.learn.schedule import SCHEDULES


@pytest.mark.parametrize(
    ("name", "done", "iterations", "share"),
    [
        ("constant", 0.7, 700, 1),
        ("linear", 0, 0, 1),
        ("linear", 0.75, 0, 0.25),
        ("cosine", 0, 0, 1),
        ("cosine", 0.5, 0, 0.505),
        ("cosine", 1, 0, 0.01),
        ("halving", 0.9, 1999, 1),
        ("halving", 0.1, 4000, 0.25),
    ],
)
def test_rates_follow_their_schedule(name, done, iterations, share):
    assert SCHEDULES[name](done, iterations) == pytest.approx(share)
