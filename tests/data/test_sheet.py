from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from metagui.data.errors import InputError
from metagui.data.glyph import Drawing, GlyphSettings
from metagui.data.omniglot_strokes import drawings_by_character
from metagui.data.pictures import glyph_of_picture
from metagui.data.sheet import Box, Sheet, characters, cut, read_sheet, rows_of, usual_side
from tests.data.sheets import overlap, render

ANGLES, SHADES, NOISES = (0, 1.5, -2, 1), (0.3, 0.5, 0.6, 0.4), (4, 6, 8, 6)


@pytest.fixture(scope="module")
def people(omniglot_archives: Path) -> dict[str, list[Drawing]]:
    return drawings_by_character(omniglot_archives / "strokes_background_small1.zip")


def rows_of_drawings(people: dict[str, list[Drawing]], rng: np.random.Generator) -> list[list[Drawing]]:
    """Five rows of six characters of all alphabets at hand, each by one of its drawers."""
    names = sorted(people)
    chosen = rng.permutation(len(names))[:30]
    return [[people[names[one]][int(rng.integers(20))] for one in chosen[row : row + 6]] for row in range(0, 30, 6)]


def test_at_least_95_of_100_characters_are_cut_right(people: dict[str, list[Drawing]]) -> None:
    """On eight sheets in uneven light, turned by up to 2°, with noise and specks; every other one on ruled paper."""
    right = total = found = 0
    for seed in range(8):
        rng, kind = np.random.default_rng(seed), seed % 4
        rendered = render(rows_of_drawings(people, rng), rng, (1, 1.4)[kind % 2], ANGLES[kind], SHADES[kind],
                          NOISES[kind], ruled=seed % 2 == 1)  # fmt: skip
        sheet = read_sheet(rendered.picture)
        rows = characters(sheet, sheet.distance)
        boxes = [box for row in rows for box in row]
        truth = [box for row in rendered.truth for box in row]
        right += sum(max(overlap(box, other) for other in boxes) > 0.8 for box in truth)
        total += len(truth)
        found += len(boxes)
    print(f"{right} of {total} characters cut right; {found} boxes")
    assert total == 240
    assert right >= 0.95 * total
    assert found <= 1.05 * total


def test_they_are_read_row_by_row_though_the_sheet_is_turned(people: dict[str, list[Drawing]]) -> None:
    rng = np.random.default_rng(2)
    rendered = render(rows_of_drawings(people, rng), rng, angle=-2)
    sheet = read_sheet(rendered.picture)
    for row, truth in zip(characters(sheet, sheet.distance), rendered.truth, strict=True):
        assert [overlap(box, other) > 0.8 for box, other in zip(row, truth, strict=True)] == [True] * 6


def test_a_character_that_was_cut_is_the_character(people: dict[str, list[Drawing]]) -> None:
    """Its glyph lies nearer to that of its strokes than to any other's on the sheet."""
    from metagui.data.glyph import glyph_of_drawing

    rng = np.random.default_rng(1)
    rows = rows_of_drawings(people, rng)
    rendered = render(rows, rng, shade=0.5)
    sheet = read_sheet(rendered.picture)
    boxes = [box for row in rendered.truth for box in row]
    side = usual_side(boxes)
    glyphs = np.array([glyph_of_picture(cut(sheet, box, side)) for box in boxes])
    drawn = np.array([glyph_of_drawing(drawing) for row in rows for drawing in row])
    nearest = np.abs(glyphs[:, None] - drawn[None]).mean((2, 3, 4)).argmin(1)
    assert (nearest == np.arange(30)).mean() >= 0.9


def written(*lines: list[tuple[float, float]], size: tuple[int, int] = (600, 400), paper: int = 240) -> Image.Image:
    image = Image.new("L", size, paper)
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=30, width=6)
    return image


def read(image: Image.Image) -> Sheet:
    rng = np.random.default_rng(0)
    return read_sheet(np.clip(np.asarray(image) + rng.normal(0, 3, image.size[::-1]), 0, 255).astype(np.uint8))


STEM, DOT = [(100, 100), (100, 180)], [(98, 70), (102, 70)]
SECOND = [(300, 100), (300, 180), (340, 180)]


def boxes(sheet: Sheet) -> list[Box]:
    return [box for row in characters(sheet, sheet.distance) for box in row]


def test_a_dot_belongs_to_its_stem_and_the_distance_says_so() -> None:
    sheet = read(written(STEM, DOT, SECOND))
    first, second = boxes(sheet)
    assert first.top < 70 < 178 < first.bottom
    assert second.left > 290
    assert len(rows_of(sheet.boxes)) >= 1
    assert sum(map(len, characters(sheet, 1))) == 3
    assert sum(map(len, characters(sheet, 1000))) == 1


def test_specks_the_pages_edge_and_ruled_lines_are_no_characters() -> None:
    image = written(STEM, SECOND)
    pen = ImageDraw.Draw(image)
    for y in (60, 140, 220):
        pen.line((0, y, 600, y + 8), fill=150, width=2)
    pen.rectangle((0, 0, 12, 400), fill=20)  # what lies beside the sheet
    pen.point([(400, 300), (500, 90)], fill=0)
    found = boxes(read(image))
    assert len(found) == 2
    assert abs(found[0].height - 86) < 14  # the line that crosses it has cut nothing off


def test_white_on_black_is_read_too() -> None:
    image = Image.fromarray(255 - np.asarray(written(STEM, DOT, SECOND)))
    assert len(boxes(read(image))) == 2


@pytest.mark.parametrize("paper", [240, 20])
def test_a_blank_sheet_is_refused(paper: int) -> None:
    with pytest.raises(InputError, match="No characters"):
        read(written(paper=paper))


def test_a_photograph_is_read_in_a_handy_size() -> None:
    sheet = read(written([(900, 900), (900, 1700)], size=(4200, 3000)).resize((4200, 3000)))
    assert max(sheet.gray.shape) <= 2000
    assert len(sheet.boxes) == 1


def test_what_is_cut_has_its_own_ink_alone_and_the_size_of_its_neighbours() -> None:
    sheet = read(written(STEM, [(115, 90), (150, 190)], [(400, 100), (420, 100)]))
    stem, slope, dash = sorted(sheet.boxes, key=lambda box: box.left)
    side = usual_side([stem, slope, dash])
    pictures = [cut(sheet, box, side) for box in (stem, slope, dash)]
    assert {picture.shape for picture in pictures} == {(side, side)}
    rows, columns = np.nonzero(pictures[2] < 128)
    assert np.ptp(columns) < side / 3  # a small one stays small
    assert abs(rows.mean() - side / 2) < 3
    wide = cut(sheet, Box(90, 80, 160, 200), side)
    assert (wide < 128).sum() > 1.5 * (pictures[0] < 128).sum()  # a user's box takes all that is in it
    half = cut(sheet, Box(stem.left, stem.top, stem.right, stem.top + 30), side)
    assert (half < 128).any()  # less than half of a part, and nothing else
    glyph_of_picture(pictures[0], GlyphSettings(fitted=False))
