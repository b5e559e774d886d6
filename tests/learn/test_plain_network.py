from itertools import islice

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d, linear, max_pool2d

from metagui.learn.heads import Head
from metagui.learn.plain_network import PlainNetwork, plain_network
from tests.learn.conftest import random_learner

LABELS = torch.tensor([[0, 0, 1, 1, 2, 2]])


def images(count: int, seed: int) -> torch.Tensor:
    return torch.rand(1, count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


def run(network: PlainNetwork, glyphs: torch.Tensor) -> torch.Tensor:
    """Logits by torch's own layers."""
    for block in network.blocks:
        assert block.scale is None
        glyphs = conv2d(glyphs, torch.from_numpy(block.weight), torch.from_numpy(block.bias), network.stride, 1).relu()
        glyphs = max_pool2d(glyphs, 2) if network.pool else glyphs
    return linear(glyphs.flatten(1), torch.from_numpy(network.head_weight), torch.from_numpy(network.head_bias))


@pytest.mark.parametrize("architecture", ["conv4-stride", "conv2"])
def test_standard_layers_give_the_same_logits(architecture: str) -> None:
    learner = random_learner(learner="maml++", network=architecture, step_norms=True, inner_steps=2, inner_lr=0.01)
    classifier = next(islice(learner.adapt(images(6, 0), LABELS, 2), 2, None))
    query = images(4, 1)
    with torch.no_grad():
        truth = classifier.query_logits(query)[0]
    assert torch.allclose(run(plain_network(classifier, architecture), query[0]), truth, rtol=1e-4, atol=1e-4)


def test_the_norm_of_a_batch_is_not_folded_and_the_support_goes_along() -> None:
    learner = random_learner(learner="protonet", norm="batch")
    network = plain_network(next(iter(learner.adapt(images(6, 0), LABELS, 0))), "conv4-stride")
    assert network.support is not None
    assert np.array_equal(network.support, images(6, 0)[0].numpy())
    assert all(block.scale is not None for block in network.blocks)
    assert list(network.tensors())[:3] == ["block0.weight", "block0.bias", "block0.scale"]
    assert list(network.tensors())[-3:] == ["head.weight", "head.bias", "support"]


def test_the_tensors_are_the_files_own() -> None:
    """What the program computes later changes nothing in what was exported."""
    learner = random_learner(learner="protonet")
    network = plain_network(next(iter(learner.adapt(images(6, 0), LABELS, 0))), "conv4-stride")
    assert {value.dtype for value in network.tensors().values()} == {np.dtype(np.float32)}
    assert network.head_weight.shape == (3, 256)
    assert network.blocks[1].weight.shape == (64, 64, 3, 3)


def test_what_is_no_such_network_is_refused() -> None:
    class Other:
        pass

    with pytest.raises(TypeError, match="Other"):
        plain_network(Other(), "conv4-stride")  # type: ignore[arg-type]


def test_a_head_that_is_not_known_is_refused() -> None:
    class Squares(Head):
        def seen(self, features: torch.Tensor) -> torch.Tensor:
            return features.square()

    learner = random_learner(learner="protonet")
    classifier = next(iter(learner.adapt(images(6, 0), LABELS, 0)))
    learner.network.head = Squares()
    with pytest.raises(TypeError, match="Squares"):
        plain_network(classifier, "conv4-stride")
