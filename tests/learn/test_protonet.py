import copy

import pytest
import torch
from torch.nn import functional as F

from metagui.learn.algorithms import make_learner
from metagui.learn.config import TrainingConfig
from metagui.learn.protonet import ProtoNet
from tests.learn import plain_maml
from tests.learn.conftest import flat, in_double, make_network, relative_error


def plain_gradient(network, norm, episodes) -> torch.Tensor:
    """As the paper has it: squared Euclidean distances to class means, one episode after the other."""
    losses = []
    for support, labels, query, query_labels in zip(
        episodes.support, episodes.support_labels, episodes.query, episodes.query_labels, strict=True
    ):
        images = torch.cat([support, query])
        count = len(support) if norm == "support" else len(images)
        features = plain_maml.encode(dict(network.encoder.items()), images, "conv4-stride", count)
        prototypes = torch.stack([features[: len(support)][labels == label].mean(0) for label in range(3)])
        distances = (features[len(support) :, None] - prototypes[None]).square().sum(-1)
        losses.append(F.cross_entropy(-distances, query_labels))
    parameters = list(network.parameters())
    return flat(torch.autograd.grad(torch.stack(losses).mean(), parameters))


@pytest.mark.parametrize("norm", ["support", "batch"])
def test_gradient_equals_a_plain_loop(episodes, norm):
    network = make_network(head="prototype")
    exact = copy.deepcopy(network).double()
    truth = plain_gradient(exact, norm, in_double(episodes))
    ProtoNet(exact, norm).meta_gradient(in_double(episodes))
    assert relative_error(flat(value.grad for value in exact.parameters()), truth) <= 1e-9
    ProtoNet(network, norm).meta_gradient(episodes)
    assert relative_error(flat(value.grad for value in network.parameters()).double(), truth) <= 1e-4


def test_one_classifier_whatever_the_steps(episodes):
    learner = ProtoNet(make_network(head="prototype"), "support")
    assert len(list(learner.adapt(episodes.support, episodes.support_labels, 5))) == 1


def test_running_moments_normalise_each_image_alone(episodes):
    learner = make_learner(TrainingConfig(learner="protonet", norm="running", way=3))
    before = learner.network.running.mean.clone()
    learner.meta_gradient(episodes)
    assert not torch.equal(learner.network.running.mean, before)
    (classifier,) = learner.adapt(episodes.support, episodes.support_labels, 0)
    (other,) = learner.adapt(episodes.support.flip(1), episodes.support_labels.flip(1), 0)
    torch.testing.assert_close(classifier.query_logits(episodes.query), other.query_logits(episodes.query))
    alone = classifier.query_logits(episodes.query[:, :1])
    torch.testing.assert_close(alone, classifier.query_logits(episodes.query)[:, :1])
