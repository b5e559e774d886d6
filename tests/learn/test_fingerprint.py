from dataclasses import replace

import pytest
import torch

from metagui.data.glyph import GlyphSettings
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.fingerprint import fingerprint


@pytest.fixture
def checkpoint() -> Checkpoint:
    config = TrainingConfig(way=3, network="conv2")
    return Checkpoint(config, dict(make_learner(config).network.state_dict()), 7, 1028, 1623)


def test_it_is_that_of_the_file_wherever_it_lies(tmp_path, checkpoint):
    known = fingerprint(checkpoint)
    assert len(known) == 64
    save_checkpoint(tmp_path / "a.safetensors", checkpoint)
    assert fingerprint(load_checkpoint(tmp_path / "a.safetensors")) == known


def test_what_does_not_decide_the_answers_has_no_part(checkpoint):
    other = replace(checkpoint, iteration=8, figures={"x": 1.0}, state={"s": torch.ones(1)}, seconds=3.0, name="other")
    assert fingerprint(other) == fingerprint(checkpoint)
    backwards = replace(checkpoint, weights=dict(reversed(checkpoint.weights.items())))
    assert fingerprint(backwards) == fingerprint(checkpoint)


def test_the_order_of_numbers_in_memory_has_no_part(checkpoint):
    turned = {
        name: value.T.contiguous().T if value.ndim == 2 else value.clone() for name, value in checkpoint.weights.items()
    }
    assert fingerprint(replace(checkpoint, weights=turned)) == fingerprint(checkpoint)


def test_what_decides_them_has(checkpoint):
    name = next(name for name, value in checkpoint.weights.items() if value.is_floating_point())
    bent = checkpoint.weights[name].clone()
    bent.view(-1)[0] = torch.nextafter(bent.view(-1)[0], torch.tensor(9.0))
    others = [
        replace(checkpoint, weights=checkpoint.weights | {name: bent}),
        replace(checkpoint, config=replace(checkpoint.config, inner_lr=0.3)),
        replace(checkpoint, characters=5),
        replace(checkpoint, settings=GlyphSettings(filter="box")),
    ]
    assert len({fingerprint(one) for one in (checkpoint, *others)}) == 5


def test_it_stays_what_it_is_from_version_to_version(checkpoint):
    """Sessions name networks by it: if this fails, old ones no longer open."""
    plain = replace(checkpoint, weights={"b": torch.arange(3), "a": torch.tensor([[0.5, 1.0]]), "n": torch.tensor(2)})
    assert fingerprint(plain) == "7485af9f84d9977b1735bd0278277125fdc840de87ee3bc9f8b6c5683beae170"
