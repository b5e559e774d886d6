import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from metagui.data.glyph import GlyphSettings
from metagui.data.samples import load_samples
from metagui.data.task import NONE_OF_THESE, DrawnClass, Query, Sketch, Task, query_arrays, support_arrays
from metagui.learn.adaptation import AdaptationStep, adapt_steps
from metagui.learn.step_table import step_table
from tests.learn.conftest import random_learner

SETTINGS = GlyphSettings()


@pytest.fixture
def task() -> Task:
    """Two classes with a drawing and one without; one of two queries has a label."""
    wave, star, *_ = load_samples()
    drawn = DrawnClass("wave", (Sketch(wave.support[0]),)), DrawnClass("star, ★", (Sketch(star.support[0]),))
    classes = (drawn[0], DrawnClass("not drawn"), drawn[1])
    return Task(classes, (Query(Sketch(wave.query[0]), 0), Query(Sketch(star.query[0]))))


def adapted(task: Task, learner: str) -> list[AdaptationStep]:
    arrays = (*support_arrays(task, SETTINGS), *query_arrays(task, SETTINGS))
    return list(adapt_steps(random_learner(learner=learner, inner_lr=0.01), *arrays, steps=3))


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_each_step_is_a_row_with_all_its_figures(task: Task) -> None:
    steps = adapted(task, "maml")
    table = rows(step_table(steps, task))
    assert [row["step"] for row in table] == ["0", "1", "2", "3"]
    for row, step in zip(table, steps, strict=True):
        assert float(row["support loss"]) == pytest.approx(step.support_loss, rel=1e-5)
        assert float(row["support accuracy"]) == step.support_accuracy
        assert float(row["query loss"]) == pytest.approx(step.query_loss, rel=1e-5)
        assert float(row["query accuracy"]) == (step.query_probabilities[0].argmax() == 0)
        told = [[row[f"query {query}: {name}"] for name in ("wave", "star, ★")] for query in ("1 (is wave)", "2")]
        assert np.allclose(np.array(told, dtype=float), step.query_probabilities, rtol=1e-5)
    assert not [heading for heading in table[0] if "not drawn" in heading]


def test_a_layer_that_is_not_adapted_has_no_movement(task: Task) -> None:
    first, *_, last = rows(step_table(adapted(task, "anil"), task))
    assert (last["block 1 moved"], last["block 1 moved relative"]) == ("", "")
    assert float(first["head moved"]) == 0
    assert float(last["head moved"]) > 0
    assert float(last["head moved relative"]) > 0  # this head does not start at zero


def test_without_queries_there_are_no_figures_of_them(task: Task) -> None:
    alone = Task(task.classes)
    table = rows(step_table(adapted(alone, "maml"), alone))
    assert table[3]["query loss"] == table[3]["query accuracy"] == ""
    assert not [heading for heading in table[0] if heading.startswith("query 1")]


def test_where_the_network_can_say_none_of_these_that_is_an_answer_too(task: Task) -> None:
    asked = replace(task, queries=(task.queries[0], replace(task.queries[1], label=NONE_OF_THESE)))
    steps = [replace(step, known=np.array([1.0, 0.25], np.float32)) for step in adapted(asked, "maml")]
    row = rows(step_table(steps, asked))[2]
    assert float(row["query 2 (is None of these): None of these"]) == 0.75
    told = float(row["query 2 (is None of these): wave"])
    assert told == pytest.approx(0.25 * steps[2].query_probabilities[1, 0], rel=1e-5)
    assert float(row["query accuracy"]) in (0.5, 1.0)  # the second is right
