import numpy as np

from metagui.data.task import NONE_OF_THESE, DrawnClass, Query, Sketch, Task
from metagui.gui.naming import judged, rows_named
from metagui.learn.adaptation import AdaptationStep
from tests.gui.hands import BAR

SKETCH = Sketch((np.array(BAR, np.float32),))
CLASSES = (DrawnClass("A"), DrawnClass("B", (SKETCH,)), DrawnClass("C", (SKETCH,)))  # A takes no part
TASK = Task(CLASSES, tuple(Query(SKETCH, label) for label in (1, 2, NONE_OF_THESE, 0, None)))
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [1, 0], [0.5, 0.5]], np.float32)


def test_a_name_is_a_row_of_the_task_or_none_of_these() -> None:
    step = AdaptationStep(1, 0.0, 1.0, None, PROBABILITIES)
    assert rows_named(TASK, step) == [1, 2, 1, 1, 1]
    known = np.array([0.9, 0.3, 0.1, 0.6, 0.6], np.float32)
    doubting = AdaptationStep(1, 0.0, 1.0, None, PROBABILITIES, known=known)
    # The last one is of some class more probably than not, and yet none is as probable as that it is of none.
    assert rows_named(TASK, doubting) == [1, NONE_OF_THESE, NONE_OF_THESE, 1, NONE_OF_THESE]


def test_only_what_could_be_named_right_is_judged() -> None:
    step = AdaptationStep(1, 0.0, 1.0, None, PROBABILITIES)
    assert judged(TASK, step) == [(1, 1, 0), (2, 2, 1), (NONE_OF_THESE, 1, 2)]
