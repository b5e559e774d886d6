import pytest
import torch

from metagui.learn.convolution import convolve
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


def test_a_layer_has_moved_by_the_norm_of_all_its_parameters(episodes):
    tasks = started(make_network(), episodes)
    assert tasks.movements()["head"].distance.tolist() == [0, 0]
    kernel = tasks.parameters["kernel1"].clone()
    kernel[0, 5, 7] += 3
    moved = tasks.stepped({"kernel1": kernel, "shift1": tasks.parameters["shift1"] + 0.5}).movements()
    assert moved["block 1"].distance.tolist() == [0, 0]
    # 3² + 64 · 0.5² = 25, of the first task; the second's shift alone has moved.
    torch.testing.assert_close(moved["block 2"].distance, torch.tensor([5.0, 4.0]))
    start = torch.cat([tasks.parameters[f"{part}1"].flatten(1) for part in ("kernel", "scale", "shift")], dim=1)
    torch.testing.assert_close(moved["block 2"].start, start.norm(dim=1))


def test_layers_that_the_inner_steps_leave_as_they_are_have_not_moved_but_are_frozen(episodes):
    network = make_network()
    tasks = AdaptedTasks.started(
        network, episodes.support, episodes.support_labels, "support", is_training=False, head_only=True
    )
    head = tasks.stepped({"head.bias": tasks.parameters["head.bias"] + 2}).detached(slice(1))
    movements = head.movements()
    assert [layer for layer, movement in movements.items() if movement is None] == [f"block {n}" for n in (1, 2, 3, 4)]
    torch.testing.assert_close(movements["head"].distance, torch.tensor([12**0.5]))


def test_filters_are_what_the_first_convolution_multiplies_with(episodes):
    tasks = started(make_network(), episodes, is_training=False)
    images = episodes.support.movedim(2, -1)
    kernel = tasks.parameters["kernel0"].detach()
    ours = convolve(images, kernel, 2)
    for task in range(2):
        theirs = torch.nn.functional.conv2d(episodes.support[task], tasks.filters()[task][:, None], padding=1, stride=2)
        torch.testing.assert_close(ours[task].movedim(-1, 1), theirs.detach(), atol=1e-5, rtol=1e-4)


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


def test_tasks_after_different_steps_are_one_batch_to_queries(episodes):
    network = make_network()
    tasks = started(network, episodes, is_training=False)
    later = tasks.stepped(
        {"kernel1": tasks.parameters["kernel1"] * 0.5, "head.bias": tasks.parameters["head.bias"] + 1}
    )
    joined = tasks.detached().joined([later.detached()])
    named = joined.classify(joined.query_features(torch.cat([episodes.query, episodes.query])))
    expected = torch.cat([one.query_logits(episodes.query) for one in (tasks, later)]).detach()
    torch.testing.assert_close(named, expected, atol=1e-4, rtol=1e-4)
    assert not named.requires_grad
