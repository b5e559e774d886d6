from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.image_folder import class_files, files_in, is_class_tree, load_image_folder, read_classes
from metagui.data.pictures import glyph_of_file


def picture(path: Path, column: int = 20) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((60, 80), 255, np.uint8)
    pixels[10:40, column : column + 6] = 0
    pixels[10:16, column : column + 20] = 0
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images of "b" and two of "a"."""
    for number in range(5):
        picture(tmp_path / "classes" / "bbbaa"[number] / f"{number}.png", 10 * number)
    return tmp_path / "classes"


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_image_folder(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("settings", [GlyphSettings(), GlyphSettings(fitted=False, filter="box")])
def test_each_sub_folder_is_a_class_and_its_images_become_glyphs(folder: Path, settings: GlyphSettings) -> None:
    characters = load_image_folder(folder, settings)
    assert characters.names == ("a", "b")
    assert characters.counts.tolist() == [2, 3]
    assert characters.images.shape == (5, 28, 28)
    for index, file in enumerate(["a/3.png", "a/4.png", "b/0.png", "b/1.png", "b/2.png"]):
        expected = glyph_of_file(folder / file, settings)[0]
        assert np.abs(characters.images[index].numpy() / 255 - expected).max() <= 0.5 / 255 + 1e-6


def test_hidden_files_and_folders_are_ignored(folder: Path) -> None:
    for name in ".DS_Store", "a/.DS_Store", "a/Thumbs.db", "b/desktop.ini", ".git/config", "readme.txt":
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"-")
    assert load_image_folder(folder).counts.tolist() == [2, 3]


def test_names_are_tidied(folder: Path) -> None:
    (folder / "b").rename(folder / "  b\n two ")
    assert load_image_folder(folder).names == ("b two", "a")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none") == f"There is no folder {tmp_path / 'none'}."


def test_a_folder_that_cannot_be_looked_into(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / ("x" * 300))


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    assert "There is no folder" in refusal(picture(tmp_path / "x.png"))


def test_a_folder_without_sub_folders(tmp_path: Path) -> None:
    assert "has no sub-folders" in refusal(picture(tmp_path / "x.png").parent)


@pytest.mark.parametrize("images", [0, 1])
def test_a_class_with_too_few_images_is_named(folder: Path, images: int) -> None:
    (folder / "lonely").mkdir()
    for number in range(images):
        picture(folder / "lonely" / f"{number}.png")
    assert f"The class 'lonely' in {folder} has too few images, {images};" in refusal(folder)


def test_a_task_may_have_classes_of_one_image_but_not_of_none(folder: Path) -> None:
    picture(folder / "c" / "1.png")
    classes = read_classes(folder)
    assert {name: glyphs.shape for name, glyphs in classes.items()} == {
        "a": (2, 1, 28, 28),
        "b": (3, 1, 28, 28),
        "c": (1, 1, 28, 28),
    }
    assert np.array_equal(classes["c"][0], glyph_of_file(folder / "c" / "1.png"))
    (folder / "c" / "1.png").unlink()
    with pytest.raises(InputError, match=r"The class 'c' in .* has too few images, 0;"):
        read_classes(folder)


@pytest.mark.parametrize(("one", "other"), [("Ä", "ä"), ("x y", "x  y"), ("x", " x"), ("\u00e9", "e\u0301")])
def test_two_classes_of_one_name_are_named(tmp_path: Path, one: str, other: str) -> None:
    for name in one, other:
        for number in range(2):
            picture(tmp_path / name / f"{number}.png")
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system holds the two to be one")
    message = refusal(tmp_path)
    assert "has two classes of one name" in message
    assert repr(one) in message
    assert repr(other) in message


@pytest.mark.parametrize("content", [b"not a picture", b""])
def test_an_unreadable_image_is_named(folder: Path, content: bytes) -> None:
    (folder / "b" / "9.png").write_bytes(content)
    assert str(folder / "b" / "9.png") in refusal(folder)


def test_a_blank_image_is_named(folder: Path) -> None:
    Image.new("L", (9, 9), "white").save(folder / "b" / "9.png")
    assert f"{folder / 'b' / '9.png'} holds no ink" in refusal(folder)


def test_a_class_tree_is_a_folder_with_sub_folders(folder: Path) -> None:
    assert is_class_tree(folder)
    assert not is_class_tree(folder / "a")
    assert not is_class_tree(folder / "a" / "3.png")
    assert {name: len(files) for name, files in class_files(folder).items()} == {"a": 2, "b": 3}
    assert [file.name for file in files_in(folder / "a")] == ["3.png", "4.png"]
