import json

import pytest

from metagui.data.errors import InputError
from metagui.learn.config import PRESETS, TrainingConfig, options


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
    ],
)
def test_what_cannot_be_is_refused_with_what_can(values, message):
    with pytest.raises(InputError, match=message):
        TrainingConfig(**values)


@pytest.mark.parametrize("values", [{"way": "5"}, {"seed": 1.5}, {"nonsense": 1}, {"first_order": "yes"}])
def test_json_of_other_types_is_refused(values):
    with pytest.raises(InputError):
        TrainingConfig.from_json(values)


def test_basic_is_the_textbook_run():
    basic = PRESETS["basic"]
    assert (basic.way, basic.shot, basic.query, basic.inner_steps, basic.inner_lr) == (5, 5, 15, 1, 0.1)
    assert (basic.meta_batch, basic.meta_lr, basic.iterations, basic.report_every) == (1, 0.001, 10_000, 100)
