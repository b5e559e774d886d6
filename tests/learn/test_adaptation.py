import numpy as np
import pytest

from metagui.data.errors import InputError
from metagui.data.task import NONE_OF_THESE
from metagui.learn.adaptation import Adaptation, LayerMovement, adapt_steps
from metagui.learn.inner_loop import AdaptedTasks
from metagui.learn.maml import MAML
from metagui.learn.novelty import Calibration
from tests.learn.conftest import make_maml, make_network, random_learner


@pytest.fixture
def learner() -> MAML:
    return make_maml(make_network(), "support", 1, 0.1, first_order=False)


def test_each_step_is_told(learner, episodes):
    support, labels = episodes.support[0].numpy(), episodes.support_labels[0].numpy()
    query, query_labels = episodes.query[0].numpy(), episodes.query_labels[0].numpy()
    steps = list(adapt_steps(learner, support, labels, query, query_labels, 3))
    assert [step.step for step in steps] == [0, 1, 2, 3]
    assert steps[0].support_loss == pytest.approx(np.log(3), rel=1e-4)
    assert steps[3].support_loss < steps[0].support_loss
    for step in steps:
        assert step.query_probabilities.shape == (6, 3)
        np.testing.assert_allclose(step.query_probabilities.sum(1), 1, rtol=1e-5)
        right = step.query_probabilities[np.arange(6), query_labels]
        assert step.query_loss == pytest.approx(-np.log(right).mean(), rel=1e-4)


def test_classes_may_have_different_numbers_of_drawings_and_there_may_be_no_query(learner, episodes):
    support, labels = episodes.support[0].numpy()[:-1], episodes.support_labels[0].numpy()[:-1]
    *_, last = adapt_steps(learner, support, labels, support[:0], None, 2)
    assert last.query_probabilities.shape == (0, 3)
    assert last.query_loss is None


def test_a_step_tells_what_is_to_be_seen_inside(learner, episodes):
    support, labels = episodes.support[0].numpy(), episodes.support_labels[0].numpy()
    first, *_, last = adapt_steps(learner, support, labels, support[:2], None, 3)
    for step in (first, last):
        np.testing.assert_allclose(step.inside.support_probabilities.sum(1), 1, rtol=1e-5)
        winners = step.inside.support_probabilities.argmax(1)
        assert np.mean(winners == labels) == pytest.approx(step.support_accuracy)
        # A query that is a drawing of the support is the same to a network whose queries do not count for its norms.
        np.testing.assert_allclose(step.inside.query_features, step.inside.support_features[:2], atol=1e-5)
        np.testing.assert_allclose(step.query_probabilities, step.inside.support_probabilities[:2], atol=1e-5)
        assert step.inside.filters.shape == (64, 3, 3)
        assert list(step.inside.movements) == ["block 1", "block 2", "block 3", "block 4", "head"]
    assert all(movement.distance == 0 for movement in first.inside.movements.values())
    assert all(movement.relative > 0 for movement in last.inside.movements.values())
    assert not np.array_equal(first.inside.filters, last.inside.filters)


def test_a_layer_that_starts_from_zero_has_a_distance_only():
    assert LayerMovement(3.0, 0.0).relative is None
    assert LayerMovement(3.0, 2.0).relative == 1.5


def test_without_a_query_there_are_no_features_of_one(learner, episodes):
    support, labels = episodes.support[0].numpy(), episodes.support_labels[0].numpy()
    *_, last = adapt_steps(learner, support, labels, support[:0], None, 0)
    assert last.inside.query_features.shape == (0, last.inside.support_features.shape[1])


@pytest.mark.parametrize("labels", [[0, 0], [0, 2], [1, 2]])
def test_a_class_without_a_drawing_is_refused(learner, episodes, labels):
    with pytest.raises(InputError, match="At least two classes"):
        Adaptation(learner, episodes.support[0, :2].numpy(), np.array(labels), 1)


def test_a_calibration_tells_how_probable_none_of_the_classes_is(learner, episodes):
    support, labels = episodes.support[0].numpy(), episodes.support_labels[0].numpy()
    far = np.concatenate([support[:1], np.ones((1, 1, 28, 28), np.float32)])  # a drawing of the support, and all ink
    nearness = Calibration((-4.0, 0.0, 0.0, 0.0), 0.0)
    steps = list(adapt_steps(learner, support, labels, far, None, 2, nearness))
    assert steps[0].known.tolist() == [1, 1]  # it has seen no class yet
    near, foreign = steps[2].known
    assert near > foreign
    np.testing.assert_allclose(steps[2].answers.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(steps[2].answers[:, :3], steps[2].query_probabilities * steps[2].known[:, None])
    never = list(adapt_steps(learner, support, labels, far, None, 2, Calibration((0.0,) * 4, -9.0)))
    assert never[0].named.tolist() == never[0].query_probabilities.argmax(1).tolist()
    assert never[2].named.tolist() == [NONE_OF_THESE, NONE_OF_THESE]
    (closed,) = adapt_steps(learner, support, labels, far, None, 0)
    assert closed.known is None
    assert closed.answers is closed.query_probabilities


@pytest.mark.parametrize(
    "options",
    [
        {"inner_lr": 0.05, "norm": "support"},
        {"norm": "batch", "head": "fixed", "way": 3},
        {"inner_lr": 0.05, "norm": "frozen", "head": "cosine"},
        {"learner": "maml++", "norm": "running", "step_norms": True},
        {"inner_lr": 0.05, "learner": "anil"},
        {"learner": "protonet"},
    ],
)
def test_all_steps_name_queries_together_as_each_does_alone(episodes, options):
    learner = random_learner(**options)
    support, labels, query = (one[0] for one in (episodes.support, episodes.support_labels, episodes.query))
    steps = adapt_steps(learner, support.numpy(), labels.numpy(), query.numpy(), None, 3)
    for step, classifier in zip(steps, learner.adapt(support[None], labels[None], 3), strict=True):
        features, logits = classifier.query_features(query[None])[0], classifier.query_logits(query[None])[0]
        np.testing.assert_allclose(step.inside.query_features, features.detach(), atol=1e-4, rtol=1e-4)
        np.testing.assert_allclose(step.query_probabilities, logits.detach().softmax(-1), atol=1e-5)


def test_a_drawing_is_passed_once_and_no_answer_is_anothers(learner, episodes, monkeypatch):
    support, labels, query = (one[0].numpy() for one in (episodes.support, episodes.support_labels, episodes.query))
    adaptation = Adaptation(learner, support, labels, 1)
    for _ in adaptation.advance(query[:0]):
        pass
    passed, own = [], AdaptedTasks.query_features
    monkeypatch.setattr(
        AdaptedTasks, "query_features", lambda tasks, images: passed.append(images.shape[1]) or own(tasks, images)
    )
    all_of_them = adaptation.steps(query, None)[1].query_probabilities
    places = [3, 0, 3]
    np.testing.assert_array_equal(adaptation.steps(query[places], None)[1].query_probabilities, all_of_them[places])
    np.testing.assert_allclose(
        adaptation.steps(query[[1, 0]], None)[1].query_probabilities, all_of_them[[1, 0]], atol=1e-6
    )
    assert passed == [6, 1]


def test_what_was_left_is_gone_on_with_and_adapted_once(learner, episodes, monkeypatch):
    support, labels, query = (one[0].numpy() for one in (episodes.support, episodes.support_labels, episodes.query))
    adaptation = Adaptation(learner, support, labels, 3)
    left = adaptation.advance(query)
    next(left)
    next(left)
    left.close()
    assert [step.step for step in adaptation.steps(query, None)] == [0, 1]
    for _ in adaptation.advance(query):
        pass
    expected = adapt_steps(learner, support, labels, query[:2], None, 3)
    monkeypatch.setattr(AdaptedTasks, "gradients", lambda *_: pytest.fail("adapted again"))
    assert list(adaptation.advance(query[:2])) == []
    for step, same in zip(adaptation.steps(query[:2], None), expected, strict=True):
        np.testing.assert_allclose(step.query_probabilities, same.query_probabilities, atol=1e-6)
        assert step.support_loss == pytest.approx(same.support_loss)


def test_it_is_known_what_an_adaptation_is_to(learner, episodes):
    support, labels = episodes.support[0].numpy(), episodes.support_labels[0].numpy()
    adaptation = Adaptation(learner, support, labels, 3)
    assert adaptation.is_to(support.copy(), labels.copy(), 3)
    assert not adaptation.is_to(support, labels, 2)
    assert not adaptation.is_to(support[:-1], labels[:-1], 3)
    assert not adaptation.is_to(1 - support, labels, 3)
    assert not adaptation.is_to(support, labels[::-1], 3)
