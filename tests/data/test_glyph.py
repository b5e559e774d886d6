from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from metagui.data.archives import open_files
from metagui.data.glyph import (
    CENTRE,
    FRAME,
    LONG_SIDE,
    PEN,
    SMALLEST_SIDE,
    Drawing,
    GlyphSettings,
    Stroke,
    fit,
    glyph_of_drawing,
    glyph_of_ink,
    rasterise,
)
from metagui.data.omniglot_strokes import read_strokes
from metagui.data.pictures import decode_picture

AS_DRAWN = GlyphSettings(fitted=False)


def strokes(columns: int = 2) -> st.SearchStrategy[Stroke]:
    quarters = st.integers(0, 4 * FRAME)
    counts = arrays(np.int16, st.tuples(st.integers(1, 6), st.just(columns)), elements=quarters)
    return counts.map(lambda values: values.astype(np.float32) / 4)


drawings = st.lists(strokes(), min_size=1, max_size=3)


def box(drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
    points = np.concatenate([stroke[:, :2] for stroke in drawing])
    return points.min(axis=0), points.max(axis=0)


def hook() -> Drawing:
    return [np.array([[20, 15], [20, 70], [60, 70], [60, 50]], np.float32)]


def test_glyphs_made_from_omniglots_strokes_are_those_of_its_images(omniglot_archives: Path) -> None:
    errors = []
    with open_files(omniglot_archives / "images_background.zip") as images:
        for name, drawing in read_strokes(omniglot_archives / "strokes_background_small1.zip", every=7):
            ink = decode_picture(images.read(f"images_background/{name}.png"), name) < 128
            errors.append(np.abs(glyph_of_drawing(drawing, AS_DRAWN) - glyph_of_ink(ink)).mean())
    assert len(errors) == 389
    assert np.mean(errors) <= 0.0065


@given(drawing=drawings)
def test_a_glyph_is_28_pixels_square_of_ink_between_0_and_1(drawing: Drawing) -> None:
    for settings in GlyphSettings(), AS_DRAWN:
        glyph = glyph_of_drawing(drawing, settings)
        assert glyph.shape == (1, 28, 28)
        assert glyph.dtype == np.float32
        assert glyph.min() >= 0
        assert 0 < glyph.max() <= 1


@given(
    drawing=drawings,
    scale=st.floats(0.2, 5),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_fit_undoes_shift_and_scale(drawing: Drawing, scale: float, shift: tuple[float, float]) -> None:
    low, high = box(drawing)
    if (high - low).max() * min(scale, 1) < SMALLEST_SIDE:  # there a dot stays a dot, and size does matter
        return
    moved = [stroke * np.float32(scale) + np.array(shift, np.float32) for stroke in drawing]
    for one, other in zip(fit(drawing), fit(moved), strict=True):
        assert np.abs(one - other).max() < 0.01


@given(drawing=drawings)
def test_fitted_ink_lies_within_the_frame(drawing: Drawing) -> None:
    ink = rasterise(fit(drawing))
    outline = np.concatenate([ink[:5].ravel(), ink[-5:].ravel(), ink[:, :5].ravel(), ink[:, -5:].ravel()])
    assert ink.any()
    assert not outline.any()


@given(drawing=drawings)
def test_fit_keeps_proportions_and_centres(drawing: Drawing) -> None:
    low, high = box(drawing)
    fitted_low, fitted_high = box(fit(drawing))
    assert (fitted_low + fitted_high) / 2 == pytest.approx(CENTRE, abs=0.01)
    scale = LONG_SIDE / max((high - low).max(), SMALLEST_SIDE)
    assert fitted_high - fitted_low == pytest.approx((high - low) * scale, abs=0.01)


@given(drawing=st.lists(strokes(columns=4), min_size=1, max_size=3))
def test_time_and_pressure_change_no_ink(drawing: Drawing) -> None:
    bare = [stroke[:, :2] for stroke in drawing]
    for settings in GlyphSettings(), AS_DRAWN:
        assert np.array_equal(glyph_of_drawing(drawing, settings), glyph_of_drawing(bare, settings))


def test_fit_keeps_time_and_pressure_and_leaves_what_it_was_given() -> None:
    stroke = np.array([[10, 10, 3, 0.5], [90, 50, 7, 0.9]], np.float32)
    before = stroke.copy()
    (fitted,) = fit([stroke])
    assert np.array_equal(fitted[:, 2:], before[:, 2:])
    assert np.array_equal(stroke, before)


@given(place=st.tuples(st.floats(0, 104), st.floats(0, 104)), wobble=st.floats(0, 1))
def test_a_dot_stays_a_dot(place: tuple[float, float], wobble: float) -> None:
    stroke = np.array([place, (place[0] + wobble, place[1])], np.float32)
    rows, columns = np.nonzero(rasterise(fit([stroke])))
    assert np.ptp(rows) <= PEN + 1
    assert np.ptp(columns) <= PEN + 1 + wobble * LONG_SIDE / SMALLEST_SIDE


def test_a_drawing_without_points_gives_an_empty_glyph() -> None:
    for drawing in [], [np.empty((0, 3), np.float32)]:
        for settings in GlyphSettings(), AS_DRAWN:
            assert not glyph_of_drawing(drawing, settings).any()


def test_a_turned_drawing_gives_another_glyph() -> None:
    turned = [stroke[:, ::-1] for stroke in hook()]
    assert np.abs(glyph_of_drawing(turned) - glyph_of_drawing(hook())).mean() > 0.03


def test_what_lies_outside_the_frame_is_cut_off() -> None:
    assert not rasterise([np.array([[200, 50], [300, 60]], np.float32)]).any()


def test_ink_is_as_wide_as_the_pen() -> None:
    ink = rasterise([np.array([[10, 50], [90, 50]], np.float32)])
    assert ink[:, 50].sum() == round(PEN)
    assert np.flatnonzero(ink[:, 50]).mean() == 50


def test_binary_ink_is_resampled_with_antialiasing() -> None:
    gray = glyph_of_drawing(hook())
    assert len(np.unique(gray)) > 2
    assert set(np.unique(glyph_of_drawing(hook(), GlyphSettings(filter="nearest")))) == {0, 1}


def test_an_unknown_filter_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown resampling filter 'sharp'"):
        GlyphSettings(filter="sharp")
