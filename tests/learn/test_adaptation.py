import numpy as np
import pytest

from metagui.data.errors import InputError
from metagui.learn.adaptation import adapt_steps
from metagui.learn.maml import MAML
from tests.learn.conftest import make_maml, make_network


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


@pytest.mark.parametrize("labels", [[0, 0], [0, 2], [1, 2]])
def test_a_class_without_a_drawing_is_refused(learner, episodes, labels):
    with pytest.raises(InputError, match="At least two classes"):
        next(adapt_steps(learner, episodes.support[0, :2].numpy(), np.array(labels), np.empty((0, 1, 28, 28)), None, 1))
