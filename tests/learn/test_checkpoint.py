import json
import math
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from metagui.data.errors import InputError
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, pack, save_checkpoint, unpack
from metagui.learn.config import TrainingConfig
from metagui.learn.novelty import Calibration


@pytest.fixture
def checkpoint() -> Checkpoint:
    config = TrainingConfig(way=3, seed=4)
    weights = dict(make_learner(config).network.state_dict())
    state = {"generator.episodes": torch.Generator().get_state()}
    return Checkpoint(config, weights, 7, 1028, 1623, {"validation_accuracy": 0.5}, state=state, seconds=1.5)


def test_what_is_saved_is_loaded(tmp_path, checkpoint):
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, checkpoint)
    loaded = load_checkpoint(path)
    assert replace(loaded, weights={}, state={}) == replace(checkpoint, weights={}, state={}, name="a")
    assert all(torch.equal(loaded.weights[name], value) for name, value in checkpoint.weights.items())
    assert torch.equal(loaded.state["generator.episodes"], checkpoint.state["generator.episodes"])
    assert loaded.path == path
    assert "3-way 1-shot" in loaded.summary()
    assert "50.0 %" in loaded.summary()


def test_a_calibration_is_kept_and_one_that_never_was_is_none(tmp_path, checkpoint):
    calibration = Calibration((-8.1, 1.2, 2.8, -0.7), 19.6)
    save_checkpoint(tmp_path / "a.safetensors", replace(checkpoint, calibration=calibration))
    assert load_checkpoint(tmp_path / "a.safetensors").calibration == calibration
    _rewritten(tmp_path / "old.safetensors", checkpoint, calibration=None)
    assert load_checkpoint(tmp_path / "old.safetensors").calibration is None


def test_a_learner_is_a_snapshot(tmp_path, checkpoint):
    learner = checkpoint.learner()
    with torch.no_grad():
        for parameter in learner.network.parameters():
            parameter.zero_()
    assert any(value.any() for value in checkpoint.weights.values())


def test_the_header_tells_all(tmp_path, checkpoint):
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, checkpoint)
    with safetensors.safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["metagui"])
    assert header["data"] == {"name": "omniglot", "split": "1028", "split_seed": 1623, "training_characters": 1028}
    assert header["preprocessing"] == {"fitted": True, "filter": "lanczos"}
    assert {"python", "metagui", "torch", "numpy", "pillow"} <= header["versions"].keys()


def _rewritten(path, checkpoint, **changes) -> None:
    save_checkpoint(path, checkpoint)
    with safetensors.safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["metagui"]) | changes
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    path.write_bytes(safetensors.torch.save(tensors, {"metagui": json.dumps(header)}))


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, 0.99])
def test_a_checkpoint_cut_short_is_refused(tmp_path, checkpoint, kept):
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, checkpoint)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(InputError, match="cut short"):
        load_checkpoint(path)


def test_the_checkpoint_before_is_offered_for_a_damaged_one(tmp_path, checkpoint):
    path = tmp_path / "last.safetensors"
    for _ in range(2):
        save_checkpoint(path, checkpoint)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"kept as last\.previous\.safetensors"):
        load_checkpoint(path)
    assert load_checkpoint(tmp_path / "last.previous.safetensors").iteration == 7


def test_a_file_that_cannot_be_looked_at_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_checkpoint(tmp_path / ("x" * 300))


def test_another_format_is_refused(tmp_path, checkpoint):
    _rewritten(tmp_path / "a.safetensors", checkpoint, format=2)
    with pytest.raises(InputError, match="format 2"):
        load_checkpoint(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    "changes",
    [{"config": {"way": "five"}}, {"config": {"way": 0}}, {"config": {"no such": 1}}, {"iteration": None},
     {"preprocessing": {"filter": "none"}}, {"preprocessing": {"fitted": "yes"}}, {"iteration": math.inf},
     {"config": TrainingConfig(network="conv2").to_json()}, {"figures": 3},
     {"calibration": {"weights": [1.0], "bias": 0.0}}, {"calibration": {"weights": [1, 2, 3, 4]}}],
)  # fmt: skip
def test_a_description_that_does_not_fit_is_refused(tmp_path, checkpoint, changes):
    _rewritten(tmp_path / "a.safetensors", checkpoint, **changes)
    with pytest.raises(InputError, match=r"a\.safetensors|do not fit"):
        load_checkpoint(tmp_path / "a.safetensors")


def test_files_of_others_are_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(InputError, match="no checkpoint"):
        load_checkpoint(path)
    path.write_bytes(safetensors.torch.save({"x": torch.zeros(1)}))
    with pytest.raises(InputError, match="another program"):
        load_checkpoint(path)
    for description in ("[]", "nonsense", "[" * 100_000):
        path.write_bytes(safetensors.torch.save({"x": torch.zeros(1)}, {"metagui": description}))
        with pytest.raises(InputError, match="incomplete"):
            load_checkpoint(path)
    path.write_text("not at all")
    with pytest.raises(InputError, match="cut short, damaged or of another kind"):
        load_checkpoint(path)


def test_weights_that_are_not_finite_are_refused(tmp_path, checkpoint):
    checkpoint.weights["encoder.kernel0"][0, 0] = float("nan")
    save_checkpoint(tmp_path / "a.safetensors", checkpoint)
    with pytest.raises(InputError, match="not finite"):
        load_checkpoint(tmp_path / "a.safetensors")


def test_what_is_packed_is_unpacked_without_a_file(checkpoint):
    back = unpack(pack(checkpoint), "it")
    assert (back.iteration, back.name, back.path) == (7, "", None)
    with pytest.raises(InputError, match=r"^it is cut short"):
        unpack(pack(checkpoint)[:-1], "it")
