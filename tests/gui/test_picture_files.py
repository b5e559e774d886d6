from pathlib import Path

import numpy as np
from PIL import Image

from metagui.data.glyph import GlyphSettings
from metagui.gui.picture_files import load_pictures


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
