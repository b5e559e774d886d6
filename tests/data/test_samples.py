"""The sample drawings that come with the program."""

import itertools

import numpy as np
import pytest

from metagui.data.glyph import FRAME, glyph_of_drawing
from metagui.data.samples import load_samples


@pytest.fixture(scope="module")
def samples():
    return load_samples()


def test_five_symbols_with_five_drawings_to_learn_and_three_to_try(samples):
    assert [sample.name for sample in samples] == ["spiral", "star", "wave", "house", "key"]
    assert [(len(sample.support), len(sample.query)) for sample in samples] == [(5, 3)] * 5


def test_drawings_are_timed_strokes_within_the_frame(samples):
    for drawing in itertools.chain.from_iterable(sample.support + sample.query for sample in samples):
        points = np.concatenate(drawing)
        assert points.dtype == np.float32
        assert points.shape[1:] == (3,)
        assert points[:, :2].min() >= 0
        assert points[:, :2].max() < FRAME
        assert points[0, 2] == 0
        assert (np.diff(points[:, 2]) >= 0).all()
        assert 300 < points[-1, 2] < 6000  # ms: a replay neither flashes by nor drags on


def test_no_drawing_is_there_twice(samples):
    glyphs = [glyph_of_drawing(drawing) for sample in samples for drawing in sample.support + sample.query]
    assert all((one != other).any() for one, other in itertools.combinations(glyphs, 2))


def test_each_query_is_nearest_to_a_drawing_of_its_own_symbol(samples):
    support = [(sample.name, glyph_of_drawing(drawing)) for sample in samples for drawing in sample.support]
    for sample in samples:
        for drawing in sample.query:
            glyph = glyph_of_drawing(drawing)
            nearest = min(support, key=lambda known: float(((known[1] - glyph) ** 2).sum()))
            assert nearest[0] == sample.name
