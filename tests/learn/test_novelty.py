import numpy as np
import pytest

from metagui.learn.novelty import SCALARS, Calibration, auroc, calibration_error, scalars, with_none

RNG = np.random.default_rng(0)
SUPPORT = np.array([[1, 0, 0], [3, 0, 0], [0, 4, 0]], np.float32)
LABELS = np.array([0, 0, 1])


def test_the_scalars_are_of_the_nearest_class():
    (row,) = scalars(SUPPORT, LABELS, np.array([[2, 1, 0]], np.float32))
    np.testing.assert_allclose(row, [np.log(1), np.log(1 - 2 / np.sqrt(5)), 1 / 2, np.log(2)], atol=1e-6)
    (row,) = scalars(SUPPORT, LABELS, np.array([[0, 2, 0]], np.float32))
    assert row[0] == pytest.approx(np.log(4))
    assert row[2] == 1  # of a single drawing


def test_a_query_that_is_the_only_drawing_itself_has_finite_scalars():
    assert np.isfinite(scalars(SUPPORT, LABELS, SUPPORT)).all()
    assert np.isfinite(scalars(SUPPORT, LABELS, np.zeros((1, 3), np.float32))).all()


def test_logistic_regression_finds_the_probabilities_that_made_the_answers():
    told = RNG.normal(size=(40_000, SCALARS)) * [1, 0.1, 0.3, 10] + [3, -2, 0.5, 1]
    true = Calibration((1.0, -5.0, 2.0, 0.1), -14.0)
    known = RNG.random(len(told)) < true.probabilities(told)
    found = Calibration.fitted(told, known)
    assert np.abs(found.probabilities(told) - true.probabilities(told)).mean() < 0.01


def test_queries_that_are_told_apart_for_certain_leave_the_fit_finite():
    told = np.vstack([np.full((50, SCALARS), 1.0), np.full((50, SCALARS), 2.0)])
    known = np.arange(100) < 50
    probabilities = Calibration.fitted(told, known).probabilities(told)
    assert probabilities[:50].min() > 0.9 > 0.1 > probabilities[50:].max()


def test_weights_of_another_kind_are_refused():
    for weights, bias in (((1.0,) * (SCALARS + 1), 0.0), ((1.0,) * SCALARS, float("nan"))):
        with pytest.raises(ValueError, match="weights"):
            Calibration(weights, bias)


def test_none_of_these_is_the_last_answer_and_all_add_up_to_one():
    answers = with_none(np.array([[0.75, 0.25], [0.5, 0.5]], np.float32), np.array([0.8, 0.1], np.float32))
    np.testing.assert_allclose(answers, [[0.6, 0.2, 0.2], [0.05, 0.05, 0.9]], rtol=1e-5)


def test_auroc_is_the_share_of_pairs_in_order():
    scores, known = RNG.integers(0, 20, 300).astype(float), RNG.random(300) < 0.4
    pairs = scores[known][:, None] - scores[~known]
    assert auroc(scores, known) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())


def test_calibration_error_of_fifteen_bins():
    right = np.array([True] * 9 + [False])
    assert calibration_error(np.full(10, 0.9), right) == pytest.approx(0)
    assert calibration_error(np.full(10, 1.0), right) == pytest.approx(0.1)
    # Two bins that err in opposite ways do not make up for one another.
    assert calibration_error(np.array([0.9, 0.1]), np.array([False, True])) == pytest.approx(0.9)
