import torch
from torch.autograd import gradcheck, gradgradcheck

from metagui.learn.first_layer import first_layer
from tests.learn.test_convolution import random

PATCHES, KERNEL = random(2, 7, 10), random(2, 10, 5, seed=1)


def test_it_is_the_relu_of_the_product():
    torch.testing.assert_close(first_layer(PATCHES, KERNEL), (PATCHES @ KERNEL).relu(), rtol=0, atol=0)


def test_it_is_differentiable_twice():
    kernel = KERNEL.clone().requires_grad_()
    assert gradcheck(lambda value: first_layer(PATCHES, value), (kernel,))
    assert gradgradcheck(lambda value: first_layer(PATCHES, value).square(), (kernel,))


def test_a_gradient_is_left_as_it_was():
    kernel = KERNEL.clone().requires_grad_()
    gradient = random(2, 7, 5, seed=2)
    before = gradient.clone()
    torch.autograd.grad(first_layer(PATCHES, kernel), kernel, gradient)
    assert torch.equal(gradient, before)
