import pytest

from metagui.learn.presets import PRESETS


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        # Finn et al. 2017, appendix A.1
        ("maml", {"inner_lr": 0.4, "inner_steps": 1, "test_steps": 3, "meta_batch": 32, "iterations": 60_000}),
        # Antoniou et al. 2019
        ("maml++", {"inner_lr": 0.1, "inner_steps": 5, "meta_batch": 8, "schedule": "cosine", "network": "conv4-pool"}),
        # Nichol et al. 2018, table 4
        ("reptile", {"inner_lr": 0.001, "inner_batch": 10, "inner_steps": 5, "train_shot": 10, "meta_batch": 5}),
        # Snell et al. 2017, section 3.1
        ("protonet", {"train_way": 60, "query": 5, "meta_lr": 0.001, "schedule": "halving", "network": "conv4-pool"}),
    ],
)
def test_presets_carry_the_papers_numbers(preset, expected):
    assert expected.items() <= PRESETS[preset].to_json().items()


def test_basic_is_the_textbook_run():
    basic = PRESETS["basic"]
    assert (basic.way, basic.shot, basic.query, basic.inner_steps, basic.inner_lr) == (5, 5, 15, 1, 0.1)
    assert (basic.meta_batch, basic.meta_lr, basic.iterations, basic.report_every) == (1, 0.001, 10_000, 100)
