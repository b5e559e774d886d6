from dataclasses import replace

import pytest
import torch

from metagui.data.errors import InputError
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.pretraining import take_over_encoder
from metagui.learn.training import LAST, train
from tests.learn.test_suites import checkpoint
from tests.learn.test_training import SMALL


def test_maml_begins_with_the_encoder_of_a_prototypical_network(parts, tmp_path):
    list(train(replace(SMALL, learner="protonet", norm="running"), parts, tmp_path / "first"))
    first = load_checkpoint(tmp_path / "first" / LAST)
    config = replace(SMALL, iterations=1, meta_lr=1e-6)
    list(train(config, parts, tmp_path / "second", start=first))
    second, fresh = load_checkpoint(tmp_path / "second" / LAST).weights, make_learner(config).network.state_dict()
    for name, value in second.items():
        if name.startswith("encoder."):
            torch.testing.assert_close(value, first.weights[name], atol=2e-6, rtol=0)
            assert not name.startswith("encoder.kernel") or (value - fresh[name]).abs().max() > 1e-3
        else:
            torch.testing.assert_close(value, fresh[name], atol=2e-6, rtol=0)


def test_frozen_statistics_are_those_of_the_start_and_nothing_moves_them(parts, tmp_path):
    list(train(replace(SMALL, learner="protonet", norm="running"), parts, tmp_path / "first"))
    first = load_checkpoint(tmp_path / "first" / LAST)
    config = replace(SMALL, norm="frozen", meta_lr=0.1)
    list(train(config, parts, tmp_path / "second", start=first))
    second = load_checkpoint(tmp_path / "second" / LAST)
    assert all(torch.equal(second.weights[name], first.weights[name]) for name in ("running.mean", "running.variance"))
    assert not torch.equal(second.weights["encoder.kernel1"], first.weights["encoder.kernel1"])
    # So a query is seen alike in training and in use, whatever stands beside it.
    support, labels = torch.rand(1, 2, 1, 28, 28), torch.tensor([[0, 1]])
    (*_, tasks) = second.learner().adapt(support, labels, 1)
    query = torch.rand(1, 3, 1, 28, 28)
    training, _ = replace(tasks, is_training=True).training_query_pass(tasks.network.patches(query))
    torch.testing.assert_close(tasks.query_logits(query), training)


def test_a_run_with_frozen_statistics_needs_a_start(parts, tmp_path):
    with pytest.raises(InputError, match="start from one whose norm is running"):
        next(train(replace(SMALL, norm="frozen"), parts, tmp_path))
    assert not any(tmp_path.iterdir())


def test_scales_of_each_step_begin_at_the_encoders():
    config = TrainingConfig(learner="maml++", step_norms=True, inner_steps=3)
    start = checkpoint()
    start.weights["encoder.scale2"] += 0.5
    learner = make_learner(config)
    take_over_encoder(start, learner, config)
    assert learner.network.scales["scale2"].tolist() == [start.weights["encoder.scale2"].tolist()] * 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": "conv4-pool"}, "conv4-stride"),
        ({"split": "lake"}, "keeps for validation or test"),
        ({"norm": "frozen"}, "mine has no running means of batch norm to freeze: its norm is support"),
    ],
)
def test_an_encoder_of_another_kind_or_one_that_has_seen_too_much_is_refused(options, message):
    config = TrainingConfig(**options)
    with pytest.raises(InputError, match=message):
        take_over_encoder(checkpoint(), make_learner(config), config)


def test_an_encoder_trained_on_other_data_may_have_any_split():
    config = TrainingConfig()
    take_over_encoder(checkpoint(data="strokes", split="1200"), make_learner(config), config)
