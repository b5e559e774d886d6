import dataclasses

import numpy as np
import pytest

from metagui.gui.feature_points import FeaturePoints
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.projection import principal_plane
from tests.gui.answers import answer_to, drawn_task


def test_points_are_the_drawings_that_take_part_and_the_queries(checkpoint: Checkpoint) -> None:
    points = FeaturePoints(answer_to(drawn_task(), checkpoint, 1)).points
    assert [point.name for point in points] == [
        "ring, drawing 1", "ring, drawing 2", "bar, drawing 1", "bar, drawing 3",
        "query 1, ring", "query 2", "query 3, bar",
    ]  # fmt: skip
    assert [point.row for point in points] == [0, 0, 2, 2, 0, None, 2]
    assert [point.place for point in points] == [None] * 4 + [0, 1, 2]


def test_the_plane_is_that_of_all_steps_and_points_move_in_it(checkpoint: Checkpoint) -> None:
    answer = answer_to(drawn_task(), checkpoint, 3)
    shown = FeaturePoints(answer)
    assert shown.places.shape == (4, 7, 2)
    assert (shown.places[0] != shown.places[3]).all()
    assert (shown.places >= shown.least).all()
    assert (shown.places <= shown.most).all()
    assert 0 < shown.shares.sum() <= 1
    every = [np.concatenate([step.inside.support_features, step.inside.query_features]) for step in answer.steps]
    plane = principal_plane(np.concatenate(every))
    np.testing.assert_allclose(shown.places[1], plane.project(every[1]), atol=1e-6)
    # Linear: what is alike in features is so in the plane.
    features = answer.steps[2].inside.support_features
    np.testing.assert_allclose(shown.prototypes(2)[0], shown.places[2, :2].mean(0))
    moved = dataclasses.replace(answer.steps[2].inside, query_features=features[[0, 1, 0]])
    steps = (*answer.steps[:2], dataclasses.replace(answer.steps[2], inside=moved), answer.steps[3])
    again = FeaturePoints(dataclasses.replace(answer, steps=steps))
    np.testing.assert_allclose(again.places[2, 4:], again.places[2, [0, 1, 0]])


def test_many_steps_fit_the_plane_to_some_of_them_and_show_all(checkpoint: Checkpoint) -> None:
    answer = answer_to(drawn_task(), checkpoint, 2)
    many = dataclasses.replace(answer, steps=answer.steps * 60)
    assert FeaturePoints(many).places.shape == (180, 7, 2)


def test_verdicts_are_of_the_step(checkpoint: Checkpoint) -> None:
    answer = answer_to(drawn_task(), checkpoint, 1)
    shown = FeaturePoints(answer)
    table = answer.steps[1].query_probabilities
    assert shown.verdict(1, 6) == f"{('ring', 'bar')[table[2].argmax()]} · {100 * table[2].max():.0f} %"
    strange = dataclasses.replace(answer.steps[1], known=np.array([0.9, 0.9, 0.2], np.float32))
    told = FeaturePoints(dataclasses.replace(answer, steps=(answer.steps[0], strange)))
    assert told.verdict(1, 6) == "None of these · 80 %"
    own = answer.steps[1].inside.support_probabilities
    assert shown.verdict(1, 0).endswith(f"{100 * own[0].max():.0f} %")


@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_has_diverged_has_a_frame_all_the_same(checkpoint: Checkpoint) -> None:
    answer = answer_to(drawn_task(), checkpoint, 1)
    inside = dataclasses.replace(
        answer.steps[1].inside, support_features=np.full_like(answer.steps[1].inside.support_features, np.nan)
    )
    steps = answer.steps[0], dataclasses.replace(answer.steps[1], inside=inside)
    shown = FeaturePoints(dataclasses.replace(answer, steps=steps))
    assert np.isfinite([shown.least, shown.most]).all()
