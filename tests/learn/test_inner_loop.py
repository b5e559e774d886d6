import pytest
import torch

from metagui.learn.inner_loop import AdaptedTasks, accuracy, mean_loss
from metagui.learn.network import Network
from tests.learn.conftest import make_network


def started(network: Network, episodes, norm: str = "support", is_training: bool = True) -> AdaptedTasks:
    return AdaptedTasks.started(network, episodes.support, episodes.support_labels, norm, is_training)


def test_gradients_are_each_tasks_own(episodes):
    network = make_network()
    both = started(network, episodes).gradients(episodes.support_labels, ["kernel1"], create_graph=False)
    alone = started(network, episodes[1:2])
    gradient = alone.gradients(episodes.support_labels[1:2], ["kernel1"], create_graph=False)
    torch.testing.assert_close(both["kernel1"][1:2], gradient["kernel1"])


def test_a_step_of_the_head_alone_keeps_the_features(episodes):
    tasks = started(make_network(), episodes)
    head = {"head.bias": tasks.parameters["head.bias"] + 1}
    assert tasks.stepped(head).encoded is tasks.encoded
    kernel = {"kernel1": tasks.parameters["kernel1"] * 2}
    assert tasks.stepped(kernel).encoded is not tasks.encoded
    assert tasks.stepped(kernel).step == 1


def test_what_is_detached_has_no_graph_and_needs_no_second_pass(episodes, monkeypatch):
    tasks = started(make_network(), episodes)
    expected = tasks.logits.detach()
    one = tasks.detached(slice(1))
    monkeypatch.setattr(Network, "encode", lambda *_: pytest.fail("a second pass"))
    assert torch.equal(one.support_logits(), expected[:1])
    assert not any(value.requires_grad for value in (*one.parameters.values(), one.support_logits(), one.encoded[0]))


def test_running_moments_serve_once_training_is_done(episodes):
    network = Network("conv4-stride", "shared", 3, torch.Generator().manual_seed(0), running_steps=1)
    trained = started(network, episodes, "running", is_training=False).encoded[1]
    assert torch.equal(trained[0][0], torch.zeros(2, 64))  # as the running means begin
    own = started(network, episodes, "running", is_training=True).encoded[1]
    assert own[0][0].any()


def test_loss_and_accuracy_are_means_over_tasks_and_images():
    logits = torch.tensor([[[2.0, 0.0], [0.0, 2.0]], [[0.0, 2.0], [0.0, 2.0]]])
    labels = torch.tensor([[0, 1], [0, 1]])
    assert accuracy(logits, labels) == 0.75
    wrong, right = torch.log1p(torch.exp(torch.tensor([2.0, -2.0])))
    torch.testing.assert_close(mean_loss(logits, labels), (3 * right + wrong) / 4)
