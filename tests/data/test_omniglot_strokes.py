from pathlib import Path

import numpy as np
import pytest

from metagui.data.errors import InputError
from metagui.data.glyph import FRAME
from metagui.data.omniglot_strokes import read_strokes

TEXT = b"START\n1.5,-2,0\n3,-4.25,17\nBREAK\n5,-6,80\nBREAK\n"


def test_strokes_are_read_with_y_growing_downwards(tmp_path: Path) -> None:
    (tmp_path / "Greek" / "character01").mkdir(parents=True)
    (tmp_path / "Greek" / "character01" / "0001_01.txt").write_bytes(TEXT)
    ((name, drawing),) = read_strokes(tmp_path)
    assert name == "Greek/character01/0001_01"
    assert [stroke.tolist() for stroke in drawing] == [[[1.5, 2, 0], [3, 4.25, 17]], [[5, 6, 80]]]
    assert {stroke.dtype for stroke in drawing} == {np.dtype(np.float32)}


def test_the_archive_holds_136_characters_of_20_drawers(omniglot_archives: Path) -> None:
    drawings = list(read_strokes(omniglot_archives / "strokes_background_small1.zip", every=20))
    assert len({name.rpartition("/")[0] for name, _ in drawings}) == len(drawings) == 136
    points = np.concatenate([stroke for _, drawing in drawings for stroke in drawing])
    assert points.shape[1] == 3
    assert points[:, :2].min() > -1
    assert points[:, :2].max() < FRAME


@pytest.mark.parametrize("content", [b"", b"hello", b"START\n1,2\nBREAK", b"START\nx,y,t\nBREAK", b"\xff"])
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.txt is not a file of Omniglot's strokes"):
        list(read_strokes(tmp_path))


def test_a_place_without_strokes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no stroke files"):
        list(read_strokes(tmp_path))
