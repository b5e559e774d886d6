import numpy as np
import pytest
import torch

from metagui.learn import query_features
from metagui.learn.inner_loop import AdaptedTasks
from metagui.learn.query_features import QueryFeatures
from tests.learn.conftest import random_learner


@pytest.fixture
def classifiers(episodes):
    learner = random_learner(inner_lr=0.05)
    return list(learner.adapt(episodes.support[:1], episodes.support_labels[:1], 4))


@pytest.fixture
def passed(monkeypatch):
    """How many images each pass had."""
    passed, own = [], AdaptedTasks.query_features

    def counted(tasks, images):
        passed.append(images.shape[0] * images.shape[1])
        return own(tasks, images)

    monkeypatch.setattr(AdaptedTasks, "query_features", counted)
    return passed


def test_every_drawing_goes_through_every_step_once_however_often_it_is_asked_about(episodes, classifiers, passed):
    query, features = episodes.query[0].numpy(), QueryFeatures()
    for number, classifier in enumerate(classifiers, 1):
        features.add(classifier)
        assert features.of(query).shape[:2] == (number, len(query))
    assert sum(passed) == len(classifiers) * len(query)
    passed.clear()
    together = features.of(query[[1, 0]])
    assert passed == []
    for mine, classifier in zip(together, classifiers, strict=True):
        alone = classifier.query_features(episodes.query[:1, [1, 0]])[0]
        torch.testing.assert_close(mine, alone.detach(), atol=1e-4, rtol=1e-4)


def test_much_is_done_in_pieces_and_gone_on_with_after_any_of_them(episodes, classifiers, passed, monkeypatch):
    monkeypatch.setattr(query_features, "_TOGETHER", 10)  # two drawings by five classifiers
    query, features = episodes.query[0].numpy(), QueryFeatures()
    for classifier in classifiers:
        features.add(classifier)
    assert features.is_much(query)
    left = features.work(query)
    next(left)
    left.close()
    list(features.work(query))
    assert passed == [10] * (len(query) // 2) + [5] * (len(query) % 2)
    assert not features.is_much(query)


def test_a_piece_is_no_larger_where_a_query_passes_in_a_batch_of_the_support(episodes, passed, monkeypatch):
    learner = random_learner(inner_lr=0.05, norm="batch")
    support, query = episodes.support[:1], episodes.query[0].numpy()
    monkeypatch.setattr(query_features, "_TOGETHER", 2 * (support.shape[1] + 1))
    features = QueryFeatures()
    for classifier in learner.adapt(support, episodes.support_labels[:1], 2):
        features.add(classifier)
    whole = features.of(query)
    assert max(passed) == 2  # drawings by steps
    assert sum(passed) == 3 * len(query)
    for mine, classifier in zip(whole, features._classifiers, strict=True):
        alone = classifier.query_features(episodes.query[:1])[0]
        torch.testing.assert_close(mine, alone.detach(), atol=1e-4, rtol=1e-4)


def test_an_answer_in_the_midst_of_the_work_does_the_rest(episodes, classifiers, passed, monkeypatch):
    monkeypatch.setattr(query_features, "_TOGETHER", 4)
    query, features = episodes.query[0].numpy(), QueryFeatures()
    features.add(classifiers[0])
    left = features.work(query)
    next(left)
    whole = features.of(query)
    assert list(left) == []
    torch.testing.assert_close(features.of(query), whole, atol=0, rtol=0)
    assert sum(passed) == len(query)


def test_of_no_query_there_are_no_features(classifiers):
    features = QueryFeatures()
    features.add(classifiers[0])
    none = features.of(np.empty((0, 1, 28, 28), np.float32))
    assert none.shape == (1, 0, classifiers[0].support_features().shape[2])
