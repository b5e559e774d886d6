import numpy as np
import pytest

from metagui.data.glyph import FRAME, PEN, GlyphSettings, glyph_of_drawing
from metagui.data.redrawing import redraw, redrawn

CORNER = [np.array([[20, 20, 0], [20, 80, 5], [60, 80, 9]], np.float32), np.array([[70, 30, 20]], np.float32)]


@pytest.mark.parametrize("seed", range(30))
def test_a_redrawn_drawing_lies_wholly_on_the_canvas(seed):
    strokes = redrawn(CORNER, np.random.default_rng(seed))
    assert [stroke.shape for stroke in strokes] == [(3, 2), (1, 2)]
    points = np.concatenate(strokes)
    assert points.min() >= PEN - 1e-3
    assert points.max() <= FRAME - 1 - PEN + 1e-3


def test_sizes_and_places_vary_and_a_dot_or_a_full_canvas_is_taken_too():
    rng = np.random.default_rng(0)
    many = [np.concatenate(redrawn(CORNER, rng)) for _ in range(200)]
    sizes = np.array([np.ptp(points, axis=0).max() for points in many])
    assert sizes.max() > 2 * sizes.min()
    assert np.std([points.mean(axis=0) for points in many], axis=0).min() > 8
    for drawing in ([np.array([[50, 50]], np.float32)], [np.array([[0, 0], [104, 104]], np.float32)]):
        points = np.concatenate(redrawn(drawing, rng))
        assert 0 <= points.min() <= points.max() <= FRAME - 1


def test_fitting_takes_size_and_place_back():
    drawings = {"a": [CORNER] * 40}
    fitted, drawn = (redraw(drawings, 0, GlyphSettings(fitted=fitted)) for fitted in (True, False))
    original = glyph_of_drawing(CORNER) * 255
    away = [float(np.abs(images.images.numpy() - original).mean()) for images in (fitted, drawn)]
    assert away[0] < 0.8 * away[1]


def test_each_drawing_is_drawn_again_and_the_seed_tells_how():
    drawings = {"Greek/character01": [CORNER] * 3, "Greek/character02": [CORNER] * 2}
    one, other, third = (redraw(drawings, seed, GlyphSettings()) for seed in (1, 1, 2))
    assert one.names == ("Greek/character01", "Greek/character02")
    assert one.counts.tolist() == [3, 2]
    assert one.images.shape == (5, 28, 28)
    assert len(one.images.unique(dim=0)) == 5
    assert one.images.equal(other.images)
    assert not one.images.equal(third.images)
