import copy
import math

import pytest
import torch
from torch import nn

from metagui.data.episodes import Episodes, EpisodeSampler
from metagui.learn.heads import Head
from metagui.learn.maml import MAML
from tests.learn import plain_maml
from tests.learn.conftest import flat, in_double, make_maml, make_network, relative_error


def gradient_of(learner: MAML, episodes: Episodes) -> torch.Tensor:
    learner.meta_gradient(episodes)
    return flat(
        torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for parameter in learner.network.parameters()
    )


@pytest.mark.parametrize("architecture", ["conv4-stride", "conv4-pool", "conv2"])
@pytest.mark.parametrize(("head", "norm"), [("shared", "support"), ("prototype", "support"), ("fixed", "batch")])
def test_single_precision_is_as_near_to_the_truth_as_it_can_be(episodes, architecture, head, norm):
    network = make_network(architecture, head)
    learner = make_maml(network, norm, inner_steps=1, inner_lr=0.1, first_order=False)
    exact = copy.deepcopy(network).double()
    _, truth = plain_maml.meta_gradient(exact, architecture, head, norm, in_double(episodes), 3, 1, 0.1)
    loss, plain = plain_maml.meta_gradient(network, architecture, head, norm, episodes, 3, 1, 0.1)
    figures = learner.meta_gradient(episodes)
    assert figures.query_loss == pytest.approx(loss, rel=1e-5)
    # With max-pooling a near tie may fall either way by rounding, for the plain loop as for us: up to 7e-5.
    own_error = relative_error(flat(plain).double(), flat(truth))
    assert relative_error(gradient_of(learner, episodes).double(), flat(truth)) <= max(1e-5, 1.5 * own_error)


@pytest.mark.parametrize("first_order", [False, True])
@pytest.mark.parametrize(
    ("architecture", "head", "norm"),
    [
        ("conv4-stride", "shared", "support"),
        ("conv4-stride", "shared", "batch"),
        ("conv4-pool", "prototype", "batch"),
        ("conv2", "fixed", "support"),
    ],
)
def test_meta_gradient_equals_a_plain_loop_in_double_precision(episodes, architecture, head, norm, first_order):
    network = make_network(architecture, head).double()
    episodes = in_double(episodes)
    learner = make_maml(network, norm, inner_steps=3, inner_lr=0.2, first_order=first_order)
    _, truth = plain_maml.meta_gradient(network, architecture, head, norm, episodes, 3, 3, 0.2, first_order)
    assert relative_error(gradient_of(learner, episodes), flat(truth)) <= 1e-10


@pytest.mark.parametrize(("head", "norm"), [("shared", "support"), ("fixed", "batch"), ("prototype", "support")])
def test_meta_gradient_equals_finite_differences(episodes, head, norm):
    network = make_network(head=head).double()
    episodes = in_double(episodes)
    learner = make_maml(network, norm, inner_steps=2, inner_lr=0.1, first_order=False)
    gradient = gradient_of(learner, episodes)
    generator = torch.Generator().manual_seed(3)
    start = nn.utils.parameters_to_vector(network.parameters()).detach()
    for _ in range(3):
        direction = torch.randn(start.shape, generator=generator, dtype=torch.float64)
        # A part along the gradient, so that the derivative is far from zero and the error is relative to something.
        direction = direction / direction.norm() + gradient / gradient.norm()
        losses = []
        for step in (2e-6, -2e-6, 1e-6, -1e-6):
            # In place: the vector's own views would share memory with the next one's.
            with torch.no_grad():
                nn.utils.vector_to_parameters(start + step * direction, network.parameters())
            losses.append(learner.meta_gradient(episodes).query_loss)
        # Richardson's extrapolation of two central differences: an error of the fourth order.
        coarse, fine = (losses[0] - losses[1]) / 4e-6, (losses[2] - losses[3]) / 2e-6
        assert (4 * fine - coarse) / 3 == pytest.approx(float(gradient @ direction), rel=1e-6)


class OneParameter(nn.Module):
    """Two classes with the logits (w·x, 0), x an image's mean: small enough to differentiate by hand."""

    def __init__(self, w: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w, dtype=torch.float64))

    has_step_norms = False
    head = Head()

    def patches(self, images):
        return images

    def step_norms(self, step, tasks):
        return {}

    def copies(self, tasks):
        return {"w": self.w.expand(tasks)}

    def start_head(self, features, labels):
        return {}

    def encode(self, parameters, images, statistics=None):
        return parameters["w"][:, None] * images.mean((2, 3, 4)), []

    def classify(self, parameters, features):
        return torch.stack([features, torch.zeros_like(features)], dim=-1)


@pytest.mark.parametrize("first_order", [False, True])
def test_meta_gradient_of_a_toy_problem_worked_by_hand(first_order):
    # The support is x = 1 of class 0, and x = 0 of class 1, whose loss does not depend on w but counts in the mean.
    images = torch.stack([torch.ones(1, 28, 28), torch.zeros(1, 28, 28)]).double()[None]
    labels = torch.tensor([[0, 1]])
    w, rate = 0.3, 0.7
    network = OneParameter(w)
    learner = make_maml(network, "support", inner_steps=1, inner_lr=rate, first_order=first_order)
    figures = learner.meta_gradient(Episodes(images, labels, images, labels, torch.tensor([[0, 1]])))

    # L(w) = ½ ln(1 + e^−w) + ½ ln 2, L′(w) = −½ σ(−w), L″(w) = ½ σ(w) σ(−w), φ = w − α L′(w):
    # dL(φ)/dw = L′(φ) (1 − α L″(w)), and L′(φ) to first order.
    def sigmoid(value: float) -> float:
        return 1 / (1 + math.exp(-value))

    phi = w + rate * sigmoid(-w) / 2
    expected = -sigmoid(-phi) / 2
    if not first_order:
        expected *= 1 - rate * sigmoid(w) * sigmoid(-w) / 2
    assert network.w.grad.item() == pytest.approx(expected, rel=1e-12)
    assert figures.query_loss == pytest.approx((math.log1p(math.exp(-phi)) + math.log(2)) / 2)


def test_first_order_differs_from_second(episodes):
    network = make_network()
    exact, first = (gradient_of(make_maml(network, "support", 2, 0.1, order), episodes) for order in (False, True))
    assert relative_error(first, exact) > 0.01


def test_the_first_step_leaves_the_encoder_of_a_shared_head_as_it_is(episodes):
    # The plain loops of the other tests move it by what comes out: nothing but rounding.
    for head, is_left in (("shared", True), ("fixed", False)):
        learner = make_maml(make_network(head=head), "support", 2, 0.1, first_order=False)
        started, first, second = learner.adapt(episodes.support, episodes.support_labels, 2)
        name = "kernel1"
        assert torch.equal(first.parameters[name], started.parameters[name]) == is_left
        assert not torch.equal(second.parameters[name], first.parameters[name])


def test_tasks_do_not_depend_on_those_beside_them(characters):
    episodes = EpisodeSampler(characters, 3, 2, 2, seed=5).sample(20)  # more than are adapted together
    learner = make_maml(make_network(), "support", 2, 0.1, first_order=False)
    together = gradient_of(learner, episodes)
    alone = torch.stack([gradient_of(learner, episodes[task : task + 1]) for task in range(20)])
    assert relative_error(together, alone.mean(0)) <= 1e-5


@pytest.mark.parametrize("head", ["shared", "fixed"])
def test_accuracy_before_adaptation_is_that_of_chance(characters, head):
    learner = make_maml(make_network(head=head, way=5), "support", 1, 0.4, first_order=False)
    sampler = EpisodeSampler(characters, 5, 1, 5, seed=0)
    episodes = sampler.sample(300)
    classifier = next(learner.adapt(episodes.support, episodes.support_labels, 0))
    correct = (classifier.query_logits(episodes.query).argmax(-1) == episodes.query_labels).double().mean(1)
    error = max(float(correct.std()) / math.sqrt(300), 1e-9)
    assert abs(float(correct.mean()) - 1 / 5) <= 4 * error


@pytest.mark.parametrize("norm", ["support", "batch"])
def test_inductive_queries_do_not_see_one_another(episodes, norm):
    learner = make_maml(make_network(), norm, 2, 0.1, first_order=False)
    *_, classifier = learner.adapt(episodes.support, episodes.support_labels, 2)
    together = classifier.query_logits(episodes.query)
    order = torch.randperm(6, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(classifier.query_logits(episodes.query[:, order]), together[:, order])
    alone = torch.cat([classifier.query_logits(episodes.query[:, [query]]) for query in range(6)], dim=1)
    torch.testing.assert_close(alone, together)


def test_a_lone_query_under_batch_norm_is_normalised_with_the_support(episodes):
    network = make_network()
    learner = make_maml(network, "batch", 0, 0.1, first_order=False)
    classifier = next(learner.adapt(episodes.support, episodes.support_labels, 0))
    batch = torch.cat([episodes.support[0], episodes.query[0, :1]])
    features = plain_maml.encode(dict(network.encoder.items()), batch, "conv4-stride", len(batch))[-1]
    expected = features @ network.head.weight
    torch.testing.assert_close(classifier.query_logits(episodes.query[:, :1])[0, 0], expected.expand(3))


def test_transductive_queries_do_see_one_another(episodes):
    learner = make_maml(make_network(), "support", 1, 0.1, first_order=False)
    *_, classifier = learner.adapt(episodes.support, episodes.support_labels, 1)
    apart = classifier.query_logits(episodes.query)
    assert not torch.allclose(classifier.query_logits(episodes.query, transductive=True), apart, atol=1e-3)


def test_adapting_lowers_the_support_loss_and_leaves_the_network_as_it_is(episodes):
    learner = make_maml(make_network(), "support", 1, 0.1, first_order=False)
    before = {name: value.clone() for name, value in learner.network.state_dict().items()}
    losses = [
        nn.functional.cross_entropy(classifier.support_logits().flatten(0, 1), episodes.support_labels.flatten()).item()
        for classifier in learner.adapt(episodes.support, episodes.support_labels, 5)
    ]
    assert len(losses) == 6
    assert losses == sorted(losses, reverse=True)
    assert all(torch.equal(value, before[name]) for name, value in learner.network.state_dict().items())


def test_one_network_serves_any_number_of_classes(characters):
    learner = make_maml(make_network(way=5), "support", 1, 0.1, first_order=False)
    for way in (2, 3, 20):
        episodes = EpisodeSampler(characters, way, 1, 1, seed=0).sample(2)
        *_, classifier = learner.adapt(episodes.support, episodes.support_labels, 1)
        assert classifier.query_logits(episodes.query).shape == (2, way, way)
