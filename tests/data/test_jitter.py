import torch

from metagui.data.jitter import moved, redrawn


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def dots(number: int) -> torch.Tensor:
    images = torch.zeros(number, 1, 28, 28)
    images[:, :, 13:15, 13:15] = 1
    return images


def test_some_images_stay_and_most_change_but_little():
    images = dots(2000)
    changed = moved(images, generator())
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
    assert torch.equal(moved(images, generator(2)), moved(images, generator(2)))
    assert not torch.equal(moved(images, generator(2)), moved(images, generator(3)))


def test_values_stay_between_no_ink_and_full_ink():
    changed = moved(torch.rand(200, 1, 28, 28, generator=generator(1)), generator())
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_a_line_drawn_again_trembles_and_its_pens_are_of_other_widths():
    lines = torch.zeros(500, 1, 28, 28)
    lines[..., 13], lines[..., 14] = 1.0, 0.5
    changed = redrawn(lines, generator())
    assert changed.shape == lines.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    # Halfway from no ink to full ink, where a pen of another width tells, there is less and there is more.
    still = changed[(changed - lines).abs().amax(dim=(1, 2, 3)) < 0.3].flatten(1)
    assert still.sum(1).min() < 0.97 * 42 < 1.03 * 42 < still.sum(1).max()
    # Where the rows of a straight line have their ink differs from row to row, by tenths of a pixel.
    places = (changed * torch.arange(28.0)).sum(3) / changed.sum(3).clamp(min=1e-3)
    bend = places[:, 0, 8:20].diff(n=2, dim=1).abs().mean(1)
    # Without the tremor it is 0.008: turned and in grays, a line is not quite straight.
    assert 0.025 < bend.median() < 0.5
    assert torch.equal(redrawn(lines, generator(1)), redrawn(lines, generator(1)))
