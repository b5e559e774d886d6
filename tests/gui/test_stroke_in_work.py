import numpy as np

from metagui.data.task import EMPTY, Sketch
from metagui.gui.stroke_in_work import StrokeInWork

LINE = Sketch((np.array([[10, 50, 0, 1], [90, 50, 80, 1]], np.float32),))


def test_a_stroke_grows_by_places_that_differ() -> None:
    work = StrokeInWork()
    assert not work
    work.begin(EMPTY, (1, 2), 0.5)
    assert not work.extend((1, 2), 0.7)
    assert work.extend((3, 4), 0.7)
    np.testing.assert_allclose(work.stroke[:, [0, 1, 3]], [[1, 2, 0.5], [3, 4, 0.7]])
    assert len(work.sketch.strokes) == 1
    work.drop()
    assert not work
    assert not work.extend((5, 5), 1)


def test_time_goes_on_from_the_last_stroke() -> None:
    work = StrokeInWork()
    work.begin(LINE, (1, 2), 1)
    assert work.stroke[0, 2] >= 80
    work.drop()
    work.reset_clock()
    work.begin(EMPTY, (1, 2), 1)
    assert work.stroke[0, 2] < 80


def test_rubbing_begins_at_once_or_when_the_pointer_moves() -> None:
    work = StrokeInWork()
    work.begin_rubbing(LINE, (50, 50), at_once=True)
    assert len(work.sketch.strokes) == 2
    assert not len(work.stroke)
    work.begin_rubbing(LINE, (50, 50), at_once=False)
    assert work.sketch is LINE
    assert not work.has_moved
    work.extend((50, 90), 1)
    assert len(work.sketch.strokes) == 2
    work.begin_rubbing(LINE, (50, 90), at_once=True)
    assert work.sketch is LINE  # nothing was touched


def test_the_sketch_is_the_same_until_the_stroke_grows() -> None:
    work = StrokeInWork()
    work.begin(EMPTY, (1, 1), 1.0)
    work.extend((5, 5), 1.0)
    sketch = work.sketch
    assert not work.extend((5, 5), 1.0)
    assert work.sketch is sketch
    work.extend((6, 5), 1.0)
    assert work.sketch is not sketch
    assert len(work.sketch.strokes[0]) == 3
    work.begin(EMPTY, (1, 1), 1.0)
    assert len(work.sketch.strokes[0]) == 1
