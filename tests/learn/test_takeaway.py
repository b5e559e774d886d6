"""The folder to take away: what is in it agrees with the program, and needs nothing of it."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import numpy as np
import onnxruntime
import pytest
import safetensors
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings, glyph_of_drawing
from metagui.data.samples import load_samples
from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.fingerprint import fingerprint
from metagui.learn.learner import Learner
from metagui.learn.plain_network import plain_network
from metagui.learn.shipped import shipped
from metagui.learn.takeaway import AdaptedClassifier, adapted_classifier, classifier_folder, safetensors_file
from tests.learn.conftest import random_learner

NAMES = ("wave", "Ä “b”", "key/3")


def taken_away(learner: Learner, architecture: str, step: int, folder: Path) -> tuple[AdaptedClassifier, NDArray]:
    """The samples' first three classes learned, the folder written, and the probabilities of their queries."""
    samples = load_samples()[:3]
    support = [glyph_of_drawing(drawing) for sample in samples for drawing in sample.support[:2]]
    labels = torch.arange(3).repeat_interleave(2)[None]
    adapted = learner.adapt(torch.from_numpy(np.array(support))[None], labels, step)
    classifier = next(islice(adapted, step, None))
    query = np.array([glyph_of_drawing(sample.query[0]) for sample in samples])
    with torch.no_grad():
        probabilities = classifier.query_logits(torch.from_numpy(query)[None]).softmax(-1)[0].numpy()
    network = plain_network(classifier, architecture)
    taken = AdaptedClassifier(network, NAMES, GlyphSettings(), step, "mine", "0123abcd")
    for name, content in classifier_folder(taken, query[0]).items():
        (folder / name).write_bytes(content)
    for number, sample in enumerate(samples):
        strokes = [stroke.tolist() for stroke in sample.query[0]]
        (folder / f"{number}.json").write_text(json.dumps(strokes))
    return taken, probabilities


def run_example(folder: Path, *files: str) -> list[dict[str, Any]]:
    """What the example says, by an interpreter that has no packages and knows no folder but its own library's."""
    paths = [str(folder / file) for file in ("example.py", *files)]
    command = [sys.executable, "-I", "-S", paths[0], "--json", *paths[1:]]
    answer = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.mark.parametrize(("name", "step"), [("maml-any", 3), ("protonet-any", 0)])
def test_the_example_agrees_on_strokes_and_glyph_and_needs_no_package(tmp_path: Path, name: str, step: int) -> None:
    card = next(card for card in shipped() if card.name == name)
    checkpoint = load_checkpoint(card.path)
    _, truth = taken_away(checkpoint.learner(), checkpoint.config.network, step, tmp_path)
    answers = run_example(tmp_path, "sample.pgm", "0.json", "1.json")
    assert [list(answer["probabilities"]) for answer in answers] == [list(NAMES)] * 3
    told = np.array([list(answer["probabilities"].values()) for answer in answers])
    assert np.abs(told - truth[[0, 0, 1]]).max() < 1e-4
    assert told[1:].argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize(
    "options",
    [
        {"learner": "protonet", "network": "conv4-pool", "norm": "running"},
        {"learner": "protonet", "network": "conv2"},
        {"learner": "protonet", "norm": "batch"},
        {"learner": "maml", "head": "cosine", "inner_lr": 0.1},
    ],
)
def test_the_example_agrees_for_other_networks(tmp_path: Path, options: dict[str, object]) -> None:
    learner, step = random_learner(**options), 1 if options["learner"] == "maml" else 0
    _, truth = taken_away(learner, str(options.get("network", "conv4-stride")), step, tmp_path)
    assert np.ptp(truth[0]) > 0.01
    (told,) = run_example(tmp_path, "sample.pgm")
    assert np.abs(np.array(list(told["probabilities"].values())) - truth[0]).max() < 1e-4
    assert told["none_of_these"] == 0  # it can't tell


@pytest.mark.parametrize(("name", "steps"), [("maml-any", 2), ("protonet-any", 0)])
def test_a_checkpoint_is_adapted_and_can_tell_what_is_none_of_these(tmp_path: Path, name: str, steps: int) -> None:
    checkpoint = load_checkpoint(next(card.path for card in shipped() if card.name == name))
    assert checkpoint.calibration is not None
    samples = load_samples()
    support = np.array([glyph_of_drawing(sample.support[0]) for sample in samples[:3]])
    query = np.array([glyph_of_drawing(sample.query[0]) for sample in samples])
    labels = np.arange(3)
    *_, last = adapt_steps(checkpoint.learner(), support, labels, query, None, steps, checkpoint.calibration)
    taken = adapted_classifier(checkpoint, checkpoint.settings, NAMES, support, labels, steps)
    assert taken.fingerprint == fingerprint(checkpoint)
    for file, content in classifier_folder(taken, query[4]).items():
        (tmp_path / file).write_bytes(content)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    probabilities, known = session.run(["probabilities", "known"], {"glyphs": query})
    assert np.abs(probabilities - last.query_probabilities).max() < 1e-4
    assert np.abs(known - last.known).max() < 1e-4
    (answer,) = run_example(tmp_path, "sample.pgm")
    assert answer["none_of_these"] == pytest.approx(1 - last.known[4], abs=1e-4)
    assert list(answer["probabilities"].values()) == pytest.approx(last.query_probabilities[4].tolist(), abs=1e-4)
    assert "“known”" in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_before_adaptation_nothing_is_none_of_these() -> None:
    checkpoint = load_checkpoint(next(card.path for card in shipped() if card.name == "maml-any"))
    support = np.array([glyph_of_drawing(sample.support[0]) for sample in load_samples()[:3]])
    for steps, can_tell in ((0, False), (1, True)):
        taken = adapted_classifier(checkpoint, checkpoint.settings, NAMES, support, np.arange(3), steps)
        assert (taken.network.known is not None) == can_tell


def test_what_has_diverged_is_not_exported() -> None:
    checkpoint = load_checkpoint(next(card.path for card in shipped() if card.name == "maml-any"))
    broken = replace(checkpoint, weights={name: value * torch.nan for name, value in checkpoint.weights.items()})
    support = np.array([glyph_of_drawing(sample.support[0]) for sample in load_samples()[:3]])
    with pytest.raises(InputError, match="has diverged"):
        adapted_classifier(broken, checkpoint.settings, NAMES, support, np.arange(3), 1)


def test_runtime_agrees_with_the_sample_and_knows_the_classes(tmp_path: Path) -> None:
    _, truth = taken_away(random_learner(learner="protonet"), "conv4-stride", 0, tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    levels = np.frombuffer((tmp_path / "sample.pgm").read_bytes()[-784:], dtype=np.uint8)
    (told,) = session.run(None, {"glyphs": levels.reshape(1, 1, 28, 28).astype(np.float32) / 255})
    assert np.abs(told[0] - truth[0]).max() < 1e-4
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["class_names"]) == list(NAMES)
    assert json.loads(metadata["glyph_settings"])["fitted"] is True
    assert (metadata["inner_step"], metadata["checkpoint"], metadata["checkpoint_sha256"]) == ("0", "mine", "0123abcd")
    about = json.loads((tmp_path / "classes.json").read_text(encoding="utf-8"))
    assert about["names"] == list(NAMES)
    assert about["checkpoint_sha256"] == "0123abcd"


def test_the_tensors_are_in_the_standard_layout(tmp_path: Path) -> None:
    taken, truth = taken_away(random_learner(learner="protonet"), "conv4-stride", 0, tmp_path)
    path = tmp_path / "alone.safetensors"
    path.write_bytes(safetensors_file(taken))
    with safetensors.safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no dictionary
        metadata = file.metadata()
    shape = json.loads(metadata["network"])
    images = torch.from_numpy(glyph_of_drawing(load_samples()[0].query[0]))[None]
    for block in range(shape["blocks"]):
        kernel, bias = tensors[f"block{block}.weight"], tensors[f"block{block}.bias"]
        images = torch.nn.functional.conv2d(images, kernel, bias, shape["stride"], 1).relu()
    logits = torch.nn.functional.linear(images.flatten(1), tensors["head.weight"], tensors["head.bias"])
    assert np.abs(logits.softmax(-1)[0].numpy() - truth[0]).max() < 1e-4
    assert set(json.loads(metadata["tensors"])) == {
        "block<i>.weight", "block<i>.bias", "block<i>.scale", "head.weight", "head.bias", "head.centre", "known.means",
        "known.offset", "known.weight", "support"
    }  # fmt: skip
    assert json.loads(metadata["class_names"]) == list(NAMES)


def test_the_text_says_what_is_what(tmp_path: Path) -> None:
    taken_away(random_learner(learner="protonet", norm="batch"), "conv4-stride", 0, tmp_path)
    text = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert "3 classes apart: wave, Ä “b”, key/3" in text
    assert "“mine” after 0 inner steps" in text
    assert "in a batch with the 6 drawings" in text
    assert "MIT License" in text
    assert "$" not in text
    assert max(map(len, text.splitlines())) <= 120
    assert all((tmp_path / name).exists() for name in ("model.onnx", "model.safetensors", "classes.json", "example.py"))


@pytest.fixture(scope="module")
def example() -> ModuleType:
    """The example as a module; hypothesis would wait long for a process each time."""
    spec = spec_from_file_location("example", Path(str(files("metagui.resources") / "takeaway" / "example.py")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COORDINATES = st.floats(-30, 135, width=32)
STROKES = st.lists(st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=6), max_size=3)


# An edge of this one's lines passes within a rounding error of half a pixel.
BESIDE_A_HALF = [
    (0.0, 0.0), (-29.0, 0.0), (71.23426055908203, 89.8944091796875), (1.2999999523162842, 135.0),
    (98.65467071533203, 42.76483154296875), (0.0, 0.0),
]  # fmt: skip


@hypothesis.example(strokes=[BESIDE_A_HALF], fitted=True)
@settings(max_examples=25)
@given(strokes=STROKES, fitted=st.booleans())
def test_the_example_draws_strokes_as_the_program_does(example: ModuleType, strokes: list, fitted: bool) -> None:
    """Pixel for pixel, of any strokes: beyond the frame, of one point, of none."""
    drawing = [np.array(stroke, dtype=np.float32) for stroke in strokes]
    taken = AdaptedClassifier(None, (), GlyphSettings(fitted=fitted), 0, "", "")  # type: ignore[arg-type]
    how = json.loads(taken.description())["glyph"]
    told = example.glyph_of_strokes(strokes, how)
    assert np.array_equal(np.array(told, dtype=np.float32), glyph_of_drawing(drawing, taken.settings)[0])
