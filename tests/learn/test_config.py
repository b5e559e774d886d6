import json

import pytest

from metagui.data.errors import InputError
from metagui.learn.config import TrainingConfig, options


def test_every_field_has_an_option_that_allows_its_default():
    for name, option in options().items():
        value = getattr(TrainingConfig(), name)
        assert option.label
        assert option.help
        assert not option.choices or value in option.choices


def test_json_and_back():
    config = TrainingConfig(way=7, first_order=True, inner_lr=0.05)
    assert TrainingConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"iterations": 0}, "Iterations lies from 1"),
        ({"way": 1}, "Way lies from 2"),
        ({"inner_lr": float("nan")}, "Inner rate lies"),
        ({"meta_lr": float("inf")}, "Outer rate lies"),
        ({"learner": "mami"}, "Learner is one of maml"),
        ({"learned_rates": True}, r"Learned rates is an option of maml\+\+, not of maml"),
        ({"learner": "protonet", "inner_steps": 3}, "Inner steps is an option of .*, not of protonet"),
        ({"norm": "running"}, "running means is for"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(values, message):
    with pytest.raises(InputError, match=message):
        TrainingConfig(**values)


@pytest.mark.parametrize("values", [{"way": "5"}, {"seed": 1.5}, {"nonsense": 1}, {"first_order": "yes"}])
def test_json_of_other_types_is_refused(values):
    with pytest.raises(InputError):
        TrainingConfig.from_json(values)


def test_training_episodes_may_differ_from_those_of_use():
    assert TrainingConfig(way=5, shot=2).training_episodes == (5, 2)
    assert TrainingConfig(way=5, shot=2, train_way=60, train_shot=10).training_episodes == (60, 10)


def test_steps_at_test_are_those_of_training_unless_said():
    assert TrainingConfig(inner_steps=3).steps_to_adapt == 3
    assert TrainingConfig(inner_steps=3, test_steps=10).steps_to_adapt == 10
