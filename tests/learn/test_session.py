from dataclasses import replace

import numpy as np

from metagui.data.task import DrawnClass, Query, Sketch, Task
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.session import Session

SKETCH = Sketch((np.zeros((2, 4), np.float32),))
CHECKPOINT = Checkpoint(TrainingConfig(), {}, 0, 0, 0)
SESSION = Session(Task((DrawnClass("A", (SKETCH,)), DrawnClass("B")), (Query(SKETCH),)), CHECKPOINT, (CHECKPOINT,))


def test_to_look_at_another_query_or_step_is_no_change() -> None:
    assert SESSION.is_as(replace(SESSION, task=SESSION.task.showing(1), step_on_show=2))


def test_what_a_user_would_save_is_one() -> None:
    task = SESSION.task
    others = [
        replace(SESSION, task=task.with_class(1, DrawnClass("C"))),
        replace(SESSION, task=task.with_query(Query(SKETCH, 1))),
        replace(SESSION, checkpoint=replace(CHECKPOINT)),
        replace(SESSION, lanes=()),
        replace(SESSION, lanes=(replace(CHECKPOINT),)),
        replace(SESSION, fitted=False),
        replace(SESSION, steps=6),
    ]
    assert not any(SESSION.is_as(other) for other in others)


def test_the_drawings_are_counted_queries_among_them() -> None:
    assert SESSION.drawings == 2


def test_the_settings_are_the_networks_but_for_the_users_choice() -> None:
    assert replace(SESSION, fitted=False).settings == replace(CHECKPOINT.settings, fitted=False)
    assert Session(Task()).settings.fitted
