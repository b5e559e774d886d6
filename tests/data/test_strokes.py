"""Procedural characters: endless, repeatable, and in looks and difficulty like Omniglot's."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from metagui.data import strokes
from metagui.data.errors import InputError
from metagui.data.files import cache_folder
from metagui.data.glyph import GlyphSettings, glyph_of_drawing, rasterise
from metagui.data.handwriting import curve, draw
from metagui.data.preparation import Preparation, result
from metagui.data.strokes import character, load_strokes, make_strokes

CHARACTERS, DRAWERS = 80, 5
AS_DRAWN = GlyphSettings(fitted=False)


@pytest.fixture(scope="module")
def templates():
    return [character(1, index) for index in range(CHARACTERS)]


@pytest.fixture(scope="module")
def inks(templates) -> np.ndarray:
    """(characters, drawers, 105, 105) bool."""
    return np.stack(
        [
            [rasterise(draw(template, np.random.default_rng((index, drawer)))) for drawer in range(DRAWERS)]
            for index, template in enumerate(templates)
        ]
    )


@pytest.fixture(scope="module")
def made():
    return make_strokes(30, drawers=4, seed=3)


def test_a_set_has_the_shape_asked_for(made):
    assert made.images.shape == (120, 28, 28)
    assert made.images.dtype == torch.uint8
    assert made.images.amax() == 255
    assert made.counts.tolist() == [4] * 30
    assert made.names[0] == "strokes/0000"
    assert made.names[29] == "strokes/0029"


def test_a_character_is_the_same_whatever_number_is_asked_for(made):
    fewer = make_strokes(3, drawers=2, seed=3)
    for index in range(3):
        assert torch.equal(fewer.images_of(index), made.images_of(index)[:2])


def test_another_seed_gives_other_characters():
    for index in range(5):
        one, other = character(3, index), character(4, index)
        assert len(one) != len(other) or any(
            a.shape != b.shape or (a != b).any() for a, b in zip(one, other, strict=True)
        )


def test_images_are_of_the_character_that_bears_their_name(made):
    exact = [glyph_of_drawing([curve(stroke) for stroke in character(3, index)], AS_DRAWN)[0] for index in range(30)]
    means = [made.images_of(index).float().mean(dim=0).numpy() / 255 for index in range(30)]
    nearest = [int(np.argmin([((mean - template) ** 2).sum() for template in exact])) for mean in means]
    assert sum(found == index for index, found in enumerate(nearest)) > 20


def test_what_is_drawn_changes_only_with_the_edition(made):
    """The cache is named by the edition: whoever changes these figures raises it."""
    ink = [made.images_of(index).float().mean().item() for index in range(3)]
    assert strokes._EDITION == 1
    assert ink == pytest.approx([26.953, 22.495, 16.102], rel=0.01)


def test_templates_have_one_to_five_strokes_and_all_of_these_occur(templates):
    assert {len(template) for template in templates} == {1, 2, 3, 4, 5}
    assert all(stroke.shape[1:] == (3,) and len(stroke) > 1 for template in templates for stroke in template)
    assert all(set(np.unique(stroke[:, 2])) <= {0, 1} for template in templates for stroke in template)


def test_templates_lie_in_the_frame(templates):
    points = np.concatenate([stroke for template in templates for stroke in template])
    assert points[:, :2].min() > 0
    assert points[:, :2].max() < 105


def test_the_strokes_of_a_template_do_not_hide_one_another(templates):
    for template in templates:
        alone = [rasterise([curve(stroke).astype(np.float32)]) for stroke in template]
        assert np.any(alone, axis=0).sum() > 0.8 * np.sum(alone)


def test_ink_size_and_place_are_omniglots(inks):
    """Omniglot: ink 0.078 ± 0.024, long side 68.5 ± 12, centre (50.6, 50.5) ± 5.9, 2–3 % touch the border."""
    ink = inks.mean(axis=(2, 3))
    columns, rows = inks.any(axis=2), inks.any(axis=3)
    low = np.stack([columns.argmax(axis=2), rows.argmax(axis=2)], axis=-1)
    high = 104 - np.stack([columns[..., ::-1].argmax(axis=2), rows[..., ::-1].argmax(axis=2)], axis=-1)
    long, centres = (high - low + 1).max(axis=2), (low + high) / 2
    assert ink.mean() == pytest.approx(0.078, abs=0.012)
    assert ink.std() == pytest.approx(0.024, abs=0.007)
    assert long.mean() == pytest.approx(68.5, abs=4)
    assert long.std() == pytest.approx(12, abs=3)
    assert centres.mean(axis=(0, 1)) == pytest.approx((50.6, 50.5), abs=1.5)
    assert centres.std(axis=(0, 1)) == pytest.approx((5.9, 5.9), abs=1.2)
    assert ((low == 0) | (high == 104)).any(axis=2).mean() < 0.05


def test_no_two_drawers_draw_alike(made):
    for index in range(len(made)):
        for one, other in itertools.combinations(made.images_of(index).float(), 2):
            assert (one - other).abs().mean() > 255 * 0.005


def test_no_two_characters_are_the_same(templates):
    """Not even by a drawer so exact that all are slanted, stretched and moved alike."""
    exact = [rasterise(draw(template, np.random.default_rng(0), haste=0)) for template in templates]
    for one, other in itertools.combinations(exact, 2):
        assert (one & other).sum() < 0.9 * (one | other).sum()


def test_telling_characters_apart_is_neither_trivial_nor_hopeless(inks):
    """The nearest neighbour in blurred pixels, 5-way 1-shot: 0.67 on Omniglot."""
    coarse = inks.reshape(*inks.shape[:2], 15, 7, 15, 7).mean(axis=(3, 5)).reshape(*inks.shape[:2], -1)
    rng = np.random.default_rng(0)
    right = 0
    for _ in range(2000):
        classes = rng.choice(CHARACTERS, 5, replace=False)
        support, query = rng.choice(DRAWERS, 2, replace=False)
        right += ((coarse[classes, support] - coarse[classes[0], query]) ** 2).sum(axis=1).argmin() == 0
    assert 0.5 < right / 2000 < 0.8


def test_loading_reports_each_character_the_first_time_and_nothing_the_second():
    assert list(load_strokes(3, seed=5)) == [Preparation(done, 3, "Drawing characters") for done in (1, 2, 3)]
    assert list(load_strokes(3, seed=5)) == []


def test_what_is_loaded_is_what_is_made():
    first, second = result(load_strokes(2, seed=5)), result(load_strokes(2, seed=5))
    expected = make_strokes(2, seed=5)
    for loaded in (first, second):
        assert torch.equal(loaded.images, expected.images)
        assert torch.equal(loaded.counts, expected.counts)
        assert loaded.names == expected.names


def test_number_seed_and_filter_have_caches_of_their_own():
    wanted = [(2, 0, "lanczos"), (1, 0, "lanczos"), (1, 1, "lanczos"), (1, 1, "box")]
    sets = [result(load_strokes(number, seed, GlyphSettings(filter=name))) for number, seed, name in wanted]
    assert len(sets[0]) == 2
    assert torch.equal(sets[0].images_of(0), sets[1].images_of(0))
    assert not any(torch.equal(a.images, b.images) for a, b in itertools.combinations(sets, 2))


def test_cancelling_leaves_nothing_behind():
    loading = load_strokes(3)
    next(loading)
    loading.close()
    assert not cache_folder().exists()


def test_a_damaged_cache_is_made_again():
    made = result(load_strokes(1))
    (file,) = cache_folder().iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    assert torch.equal(result(load_strokes(1)).images, made.images)
    assert file.read_bytes() == whole


def test_a_disk_that_takes_no_cache_is_done_without(metagui_home: Path):
    (metagui_home / "cache").write_bytes(b"no folder")
    assert len(result(load_strokes(1))) == 1


@pytest.mark.parametrize(("characters", "drawers", "seed"), [(0, 1, 0), (1, 0, 0), (1, 1, -1)])
def test_impossible_numbers_are_refused(characters: int, drawers: int, seed: int):
    with pytest.raises(InputError, match="at least"):
        make_strokes(characters, drawers, seed)
