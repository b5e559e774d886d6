"""What other programs compute is what the program shows."""

from itertools import islice

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.learner import Learner
from metagui.learn.network import ARCHITECTURES, NORMS
from metagui.learn.novelty import Calibration
from metagui.learn.onnx_file import onnx_model
from metagui.learn.plain_network import plain_network
from metagui.learn.shipped import shipped
from tests.learn.conftest import random_learner

SHIPPED = {card.name: card.path for card in shipped()}


def glyphs(count: int, seed: int = 0) -> torch.Tensor:
    """(1, count, 1, 28, 28): blurred noise, since white noise is alike to a convolution."""
    noise = torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.avg_pool2d(noise, 5, 1, 2).sub(0.45).mul(5).clamp(0, 1)[None]


def session(content: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def agreement(learner: Learner, architecture: str, way: int, step: int, shot: int = 2) -> float:
    """The largest difference from ONNX Runtime's probabilities, of nine queries together and one alone."""
    support, labels, query = glyphs(way * shot), torch.arange(way).repeat(shot)[None], glyphs(9, seed=2)
    classifier = next(islice(learner.adapt(support, labels, step), step, None))
    with torch.no_grad():
        truth = classifier.query_logits(query).softmax(-1)[0].numpy()
    content = onnx_model(plain_network(classifier, architecture), {"class_names": "…"})
    onnx.checker.check_model(content, full_check=True)
    together: NDArray[np.float32] = session(content).run(None, {"glyphs": query[0].numpy()})[0]
    alone: NDArray[np.float32] = session(content).run(None, {"glyphs": query[0, :1].numpy()})[0]
    assert together.shape == (9, way)
    assert together.dtype == np.float32
    assert np.ptp(truth) > 0.01  # else every wrong network would agree
    return float(max(np.abs(together - truth).max(), np.abs(alone - truth[:1]).max()))


@pytest.mark.parametrize("way", [2, 20])
@pytest.mark.parametrize(("name", "step"), [("maml-any", 1), ("maml-any", 5), ("protonet-any", 0)])
def test_the_networks_in_the_box_agree(name: str, step: int, way: int) -> None:
    checkpoint = load_checkpoint(SHIPPED[name])
    assert agreement(checkpoint.learner(), checkpoint.config.network, way, step) < 1e-4


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("norm", NORMS)
def test_every_architecture_and_norm_agrees(architecture: str, norm: str) -> None:
    name = "protonet" if norm == "running" else "proto-maml"
    learner = random_learner(learner=name, network=architecture, norm=norm)
    assert agreement(learner, architecture, 2, step=0) < 1e-4
    if norm != "batch":  # a pass over all of the support for each query takes long
        assert agreement(learner, architecture, 20, step=0) < 1e-4


@pytest.mark.parametrize(
    "options",
    [
        {"learner": "anil", "head": "fixed", "way": 3},
        {"learner": "meta-sgd", "inner_lr": 0.05},
        {"learner": "maml++", "step_norms": True, "inner_steps": 2, "inner_lr": 0.05},
        {"learner": "maml++", "norm": "running", "inner_steps": 2, "inner_lr": 0.05},
        {"learner": "reptile", "inner_lr": 0.01},
        {"learner": "baseline"},
        {"head": "cosine", "norm": "frozen"},
    ],
)
def test_every_kind_of_learner_agrees_at_any_step(options: dict[str, object]) -> None:
    for step in (1, 3):
        assert agreement(random_learner(**options), "conv4-stride", 3, step) < 1e-4


def test_it_tells_what_it_is_and_is_the_same_each_time() -> None:
    learner = random_learner(learner="protonet", network="conv2")
    classifier = next(iter(learner.adapt(glyphs(4), torch.tensor([[0, 0, 1, 1]]), 0)))
    network = plain_network(classifier, "conv2")
    content = onnx_model(network, {"class_names": '["Ä", "b"]', "inner_step": "0"})
    assert content == onnx_model(network, {"class_names": '["Ä", "b"]', "inner_step": "0"})
    told = session(content).get_modelmeta()
    assert told.custom_metadata_map == {"class_names": '["Ä", "b"]', "inner_step": "0"}
    assert told.producer_name == "metagui"


def test_a_folded_network_is_nothing_but_standard_layers() -> None:
    learner = random_learner(learner="protonet", network="conv4-pool")
    classifier = next(iter(learner.adapt(glyphs(4), torch.tensor([[0, 0, 1, 1]]), 0)))
    model = onnx.load_from_string(onnx_model(plain_network(classifier, "conv4-pool"), {}))
    operations = [node.op_type for node in model.graph.node]
    assert operations == ["Conv", "Relu", "MaxPool"] * 4 + ["Flatten", "Gemm", "Softmax"]


def test_runtime_warns_of_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for norm in ("support", "batch"):
        learner = random_learner(learner="protonet", network="conv4-pool", norm=norm)
        classifier = next(iter(learner.adapt(glyphs(4), torch.tensor([[0, 0, 1, 1]]), 0)))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 0
        content = onnx_model(plain_network(classifier, "conv4-pool"), {})
        loaded = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        loaded.run(None, {"glyphs": glyphs(3)[0].numpy()})
    told = capfd.readouterr()
    assert "[I:" in told.err  # it does tell what it thinks
    assert "[W:" not in told.err
    assert "[E:" not in told.err


@pytest.mark.parametrize("norm", ["support", "batch"])
def test_what_is_of_none_of_the_classes_is_told_alike(norm: str) -> None:
    calibration = Calibration((-1.5, -2.0, 0.7, 0.3), 1.0)
    learner = random_learner(learner="protonet", norm=norm)
    support, labels = glyphs(7)[0].numpy(), np.array([0, 0, 0, 1, 1, 2, 2])
    query = np.concatenate([glyphs(9, seed=2)[0].numpy(), support[:1], np.zeros((1, 1, 28, 28), np.float32)])
    (step,) = adapt_steps(learner, support, labels, query, None, 0, calibration)
    assert step.known is not None
    assert np.ptp(step.known) > 0.1
    classifier = next(iter(learner.adapt(torch.from_numpy(support)[None], torch.from_numpy(labels)[None], 0)))
    content = onnx_model(plain_network(classifier, "conv4-stride", labels, calibration), {})
    onnx.checker.check_model(content, full_check=True)
    probabilities, known = session(content).run(["probabilities", "known"], {"glyphs": query})
    assert known.shape == (11,)
    assert np.abs(known - step.known).max() < 1e-4
    assert np.abs(probabilities - step.query_probabilities).max() < 1e-4
