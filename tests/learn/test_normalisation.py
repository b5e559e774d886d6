import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.nn import functional as F

from metagui.learn import fused_normalisation, normalisation, plain_normalisation
from metagui.learn.normalisation import RunningMoments, normalise_by, normalised_relu
from metagui.learn.plain_normalisation import EPSILON
from tests.learn.test_convolution import random


@pytest.fixture(autouse=True, params=[fused_normalisation, plain_normalisation], ids=["compiled", "torch"])
def formulas(request, monkeypatch):
    """Both take the same way: what a GPU takes is tried on the CPU."""
    monkeypatch.setattr(normalisation, "_formulas", lambda z: request.param)


IMAGES, SCALE, SHIFT = random(2, 3, 3, 2, 4), 1 + 0.1 * random(2, 4, seed=1), random(2, 4, seed=2)


def in_torch(images: torch.Tensor, task: int, mean=None, variance=None) -> torch.Tensor:
    channels_first = images[task].permute(0, 3, 1, 2)
    normalised = F.batch_norm(channels_first, mean, variance, SCALE[task], SHIFT[task], training=mean is None)
    return normalised.permute(0, 2, 3, 1)


def test_each_task_is_normalised_by_its_own_moments():
    result, (mean, inverse) = normalised_relu(IMAGES, SCALE, SHIFT)
    for task in range(2):
        torch.testing.assert_close(result[task], in_torch(IMAGES, task).relu())
        torch.testing.assert_close(mean[task], IMAGES[task].mean((0, 1, 2)))
        torch.testing.assert_close(inverse[task], (IMAGES[task].var((0, 1, 2), unbiased=False) + EPSILON).rsqrt())


def test_others_are_normalised_by_given_moments():
    _, moments = normalised_relu(IMAGES[:, :2], SCALE, SHIFT)
    result = normalise_by(IMAGES, SCALE, SHIFT, moments)
    for task in range(2):
        some = IMAGES[task, :2]
        expected = in_torch(IMAGES, task, some.mean((0, 1, 2)), some.var((0, 1, 2), unbiased=False))
        torch.testing.assert_close(result[task], expected)


def test_it_is_differentiable_twice_by_images_scale_and_shift():
    inputs = tuple(value.clone().requires_grad_() for value in (IMAGES, SCALE, SHIFT))
    assert gradcheck(lambda *values: normalised_relu(*values)[0], inputs)
    # The square, so that the gradient of the result is not constant.
    assert gradgradcheck(lambda *values: normalised_relu(*values)[0].square(), inputs)


def test_gradients_reach_the_images_through_the_moments_too():
    images, others = IMAGES.clone().requires_grad_(), random(2, 2, 3, 2, 4, seed=5)
    assert gradcheck(
        lambda support: normalise_by(others, SCALE, SHIFT, normalised_relu(support, SCALE, SHIFT)[1]), (images,)
    )

    def both(support: torch.Tensor) -> torch.Tensor:
        own, moments = normalised_relu(support, SCALE, SHIFT)
        return torch.cat([own, normalise_by(others, SCALE, SHIFT, moments)], dim=1)

    assert gradcheck(both, (images,))


def test_a_second_derivative_through_the_moments_is_refused():
    images = IMAGES.clone().requires_grad_()
    result = normalise_by(IMAGES, SCALE, SHIFT, normalised_relu(images, SCALE, SHIFT)[1])
    with pytest.raises(RuntimeError, match="once only"):
        torch.autograd.grad(result.sum(), images, create_graph=True)


def test_running_moments_move_a_tenth_of_the_way_and_the_last_step_serves_the_later_ones():
    running = RunningMoments(blocks=1, steps=2, channels=4).double()
    _, moments = normalised_relu(IMAGES, SCALE, SHIFT)
    running.add(RunningMoments.observed([[moments], [moments]]))
    ((mean, inverse),) = running.statistics(7, tasks=3)
    means = IMAGES.mean((1, 2, 3)).mean(0)
    variances = IMAGES.var((1, 2, 3), unbiased=False).mean(0)
    torch.testing.assert_close(mean, (0.1 * means).expand(3, -1))
    torch.testing.assert_close(inverse, (0.9 + 0.1 * variances + EPSILON).rsqrt().expand(3, -1))
