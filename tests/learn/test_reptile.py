"""Reptile against its definition: θ − mean φ, with φ by a plain loop of inner steps."""

import copy

import pytest
import torch
from torch.nn import functional as F

from metagui.learn.reptile import Reptile
from tests.learn import plain_maml
from tests.learn.conftest import flat, in_double, make_network, relative_error

STEPS, RATE = 4, 0.02


def plain_update(network, episodes, order, batch, squares) -> tuple[torch.Tensor, torch.Tensor]:
    """θ − mean φ, and the mean of the second moments that the tasks' Adams end with, where `squares` begin them."""
    moved, ended = [], []
    names = [*network.encoder, "weight", "bias"]
    start = [*network.encoder.values(), network.head.weight, network.head.bias]
    for task in range(len(episodes)):
        values = [value.detach().clone().requires_grad_() for value in start]
        moments = (
            None if squares is None else [square.expand(v.shape) for square, v in zip(squares, values, strict=True)]
        )
        for step in range(STEPS):
            count = order.shape[1]
            chosen = order[task][torch.arange(step * batch, (step + 1) * batch) % count]
            images, labels = episodes.support[task][chosen], episodes.support_labels[task][chosen]
            parameters = dict(zip(names, values, strict=True))
            features = plain_maml.encode(parameters, images, "conv4-stride", len(images))
            loss = F.cross_entropy(F.linear(features, parameters["weight"], parameters["bias"]), labels)
            gradients = torch.autograd.grad(loss, values)
            if moments is not None:
                moments = [0.999 * m + 0.001 * g**2 for m, g in zip(moments, gradients, strict=True)]
                correction = 1 - 0.999 ** (step + 1)
                gradients = [g / ((m / correction).sqrt() + 1e-8) for g, m in zip(gradients, moments, strict=True)]
            values = [
                (value - RATE * gradient).detach().requires_grad_()
                for value, gradient in zip(values, gradients, strict=True)
            ]
        moved.append(flat(values).detach())
        if moments is not None:
            ended.append(flat([*moments[:-2], moments[-2].mean(0), moments[-1].mean()]))
    return flat(start).detach() - torch.stack(moved).mean(0), torch.stack(ended).mean(0) if ended else None


@pytest.mark.parametrize("adam", [False, True])
@pytest.mark.parametrize("batch", [0, 4])
def test_update_is_that_of_the_definition(episodes, adam, batch):
    network = make_network(head="fixed")
    learner = Reptile(network, "batch", STEPS, RATE, batch, adam)
    network.double()
    original = copy.deepcopy(network)
    # The order of the mini-batches is drawn from the number of meta-steps.
    keys = torch.rand(episodes.support_labels.shape, generator=torch.Generator().manual_seed(0))
    squares = [torch.zeros((), dtype=torch.float64)] * 14 if adam else None
    expected, moments = plain_update(original, in_double(episodes), keys.argsort(1), batch or 6, squares)
    learner.meta_gradient(in_double(episodes))
    parameters = [*network.encoder.values(), network.head.weight, network.head.bias]
    assert relative_error(flat(value.grad for value in parameters), expected) <= 1e-9
    if adam:
        kept = [network.get_buffer(f"square_{name}") for name in (*network.encoder, "head_weight", "head_bias")]
        assert relative_error(flat(kept), moments) <= 1e-9


def test_plain_sgd_with_rate_one_goes_to_the_mean_of_the_adapted_weights(episodes):
    network = make_network(head="fixed")
    learner = Reptile(network, "batch", 1, RATE, 0, adam=False)
    *_, adapted = learner.adapt(episodes.support, episodes.support_labels, 1)
    learner.meta_gradient(episodes)
    torch.optim.SGD(network.parameters(), lr=1.0).step()
    torch.testing.assert_close(network.encoder["kernel1"], adapted.parameters["kernel1"].mean(0))


def test_the_second_moment_persists_into_adaptation(episodes):
    learner = Reptile(make_network(head="fixed"), "batch", 2, RATE, 0, adam=True)
    *_, before = learner.adapt(episodes.support, episodes.support_labels, 1)
    learner.meta_gradient(episodes)
    *_, after = learner.adapt(episodes.support, episodes.support_labels, 1)
    assert not torch.allclose(before.parameters["kernel1"], after.parameters["kernel1"], rtol=1e-4)


def test_a_shared_heads_moments_serve_any_number_of_classes(episodes):
    learner = Reptile(make_network(head="shared", way=5), "support", 1, RATE, 0, adam=True)
    learner.meta_gradient(episodes)
    two = slice(0, 4)  # the first two of three classes
    *_, classifier = learner.adapt(episodes.support[:, two], episodes.support_labels[:, two], 1)
    assert classifier.query_logits(episodes.query).shape == (2, 6, 2)
