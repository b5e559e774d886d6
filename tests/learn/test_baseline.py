import torch
from torch.nn import functional as F

from metagui.learn.algorithms import make_learner
from metagui.learn.config import TrainingConfig
from tests.learn import plain_maml
from tests.learn.conftest import flat, in_double, relative_error


def test_gradient_is_that_of_supervised_learning_of_all_classes(episodes):
    learner = make_learner(TrainingConfig(learner="baseline", norm="running", rotations=False), characters=40)
    network = learner.network.double()
    torch.nn.init.normal_(network.classifier["weight"], generator=torch.Generator().manual_seed(0))
    losses = []
    task = in_double(episodes)
    for number in range(len(task)):
        images = torch.cat([task.support[number], task.query[number]])
        labels = torch.cat([task.support_labels[number], task.query_labels[number]])
        features = plain_maml.encode(dict(network.encoder.items()), images, "conv4-stride", len(images))
        logits = F.linear(features, network.classifier["weight"], network.classifier["bias"])
        losses.append(F.cross_entropy(logits, task.classes[number][labels]))
    trained = [*network.encoder.values(), *network.classifier.values()]
    expected = flat(torch.autograd.grad(torch.stack(losses).mean(), trained))
    figures = learner.meta_gradient(task)
    assert relative_error(flat(value.grad for value in trained), expected) <= 1e-9
    assert abs(figures.query_loss - torch.stack(losses).mean().item()) <= 1e-6


def test_a_random_network_learns_nothing_beforehand_and_adapts(episodes):
    learner = make_learner(TrainingConfig(learner="random", inner_steps=3, inner_lr=0.1))
    figures = learner.meta_gradient(episodes)
    assert not any(value.grad.any() for value in learner.network.parameters())
    assert figures.support_loss < figures.support_loss_before


def test_both_adapt_the_same_way(episodes):
    networks = {}
    for name in ("baseline", "random"):
        learner = make_learner(TrainingConfig(learner=name, inner_lr=0.1), characters=10)
        *_, classifier = learner.adapt(episodes.support, episodes.support_labels, 3)
        networks[name] = classifier.query_logits(episodes.query)
    torch.testing.assert_close(networks["baseline"], networks["random"])
