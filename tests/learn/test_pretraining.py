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


@pytest.mark.parametrize(
    ("options", "message"),
    [({"network": "conv4-pool"}, "conv4-stride"), ({"split": "lake"}, "keeps for validation or test")],
)
def test_an_encoder_of_another_kind_or_one_that_has_seen_too_much_is_refused(options, message):
    config = TrainingConfig(**options)
    with pytest.raises(InputError, match=message):
        take_over_encoder(checkpoint(), make_learner(config), config)


def test_an_encoder_trained_on_other_data_may_have_any_split():
    config = TrainingConfig()
    take_over_encoder(checkpoint(data="strokes", split="1200"), make_learner(config), config)
