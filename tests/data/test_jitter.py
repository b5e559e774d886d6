import torch

from metagui.data.jitter import jitter


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def dots(number: int) -> torch.Tensor:
    images = torch.zeros(number, 1, 28, 28)
    images[:, :, 13:15, 13:15] = 1
    return images


def test_some_images_stay_and_most_change_but_little():
    images = dots(2000)
    changed = jitter(images, generator())
    assert changed.shape == images.shape
    same = torch.isclose(changed, images, atol=1e-5).flatten(1).all(1).double().mean()
    assert 0.5**6 / 2 < same < 0.2
    # A dot in the middle moves by two pixels at most, either way.
    places = torch.arange(28).double()
    ink = changed.double()
    for axis in (2, 3):
        centre = (ink.sum((1, 5 - axis)) * places).sum(1) / ink.sum((1, 2, 3))
        assert 1.5 < (centre - 13.5).abs().max() < 2.5  # two, scaled by up to 1.2


def test_the_generator_alone_decides():
    images = torch.rand(20, 1, 28, 28, generator=generator(1))
    assert torch.equal(jitter(images, generator(2)), jitter(images, generator(2)))
    assert not torch.equal(jitter(images, generator(2)), jitter(images, generator(3)))


def test_values_stay_between_no_ink_and_full_ink():
    changed = jitter(torch.rand(200, 1, 28, 28, generator=generator(1)), generator())
    assert changed.min() >= 0
    assert changed.max() <= 1
