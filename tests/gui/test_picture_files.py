from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.task import MOST
from metagui.gui.picture_files import MOST_PICTURES, LoadedClasses, load_classes, load_pictures, load_sheet


def save(path: Path, side: int, blank: bool = False) -> Path:
    gray = np.full((side, side), 255, np.uint8)
    if not blank:
        gray[side // 4 : side // 2, side // 3 : side // 2] = 0
    Image.fromarray(gray).save(path)
    return path


def test_one_bad_file_keeps_no_other_from_being_loaded(tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes(save(tmp_path / "a.png", 50).read_bytes()[:40])
    paths = [tmp_path / "a.png", tmp_path / "cut.png", save(tmp_path / "blank.png", 50, blank=True), tmp_path / "gone"]
    (loaded,) = load_pictures(paths, GlyphSettings(), "A")
    assert loaded.class_name == "A"
    assert len(loaded.sketches) == 1
    assert [name in problem for name, problem in zip(("cut", "blank", "gone"), loaded.problems, strict=True)] == [
        True
    ] * 3


def test_a_photograph_is_kept_in_a_handy_size(tmp_path: Path) -> None:
    (loaded,) = load_pictures([save(tmp_path / "large.png", 3000)], GlyphSettings(), None)
    picture = loaded.sketches[0].picture
    assert picture is not None
    assert max(picture.shape) <= 1024


def test_a_folder_gives_its_images_up_to_a_number(tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(MOST_PICTURES + 2):
        save(tmp_path / "many" / f"{number:02}.png", 40)
    (loaded,) = load_pictures([tmp_path / "many"], GlyphSettings(), "A")
    assert len(loaded.sketches) == MOST_PICTURES
    assert loaded.problems == (f"many: the first {MOST_PICTURES} images were taken, the others left out.",)


def test_a_class_tree_gives_what_can_be_used_and_tells_the_rest(tmp_path: Path) -> None:
    for number in range(MOST + 1):
        (tmp_path / f"class {number:02}").mkdir()
        save(tmp_path / f"class {number:02}" / "one.png", 40)
    (tmp_path / "class 00" / "bad.png").write_bytes(b"no picture")
    (tmp_path / "class 01" / "one.png").unlink()
    *reports, loaded = load_classes(tmp_path, GlyphSettings())
    assert len(reports) == MOST
    assert isinstance(loaded, LoadedClasses)
    assert [name for name, _ in loaded.classes] == [f"class {number:02}" for number in range(MOST) if number != 1]
    too_many, bad, empty = loaded.problems
    assert f"has {MOST + 1} classes" in too_many
    assert "bad.png" in bad
    assert "class 01 holds no images" in empty


def test_a_folder_that_is_no_class_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sub-folders"):
        list(load_classes(tmp_path, GlyphSettings()))


def test_a_sheet_is_read(tmp_path: Path) -> None:
    (loaded,) = load_sheet(save(tmp_path / "sheet.png", 200))
    assert len(loaded.sheet.boxes) == 1
    assert loaded.origin.endswith("sheet.png")
