import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from metagui.data.drawing_files import drawing_arrays, drawing_pictures, folder_names
from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.image_folder import read_classes
from metagui.data.pictures import decode_picture
from metagui.data.samples import load_samples
from metagui.data.task import NONE_OF_THESE, DrawnClass, Query, Sketch, Task, support_arrays

FITTED, AS_DRAWN = GlyphSettings(fitted=True), GlyphSettings(fitted=False)


@pytest.fixture
def task() -> Task:
    """Strokes, a picture and a glyph; one drawing is switched off, one class has none."""
    wave, star, key, *_ = load_samples()
    ring = np.full((40, 50), 255, np.uint8)
    ring[10:30, 20:40] = 0
    ring[15:25, 25:35] = 255
    glyph = Sketch(key.support[0]).glyph(AS_DRAWN)
    classes = (
        DrawnClass("wave", (Sketch(wave.support[0]), Sketch(wave.support[1], is_active=False))),
        DrawnClass("nothing yet"),
        DrawnClass("a/b", (Sketch(star.support[0]), Sketch(picture=ring))),
        DrawnClass("A/B", (Sketch(given=glyph),)),
    )
    labels = (2, None, NONE_OF_THESE)
    return Task(classes, tuple(Query(Sketch(star.query[i]), label) for i, label in enumerate(labels)))


def write(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def difference(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Relative to the ink that there is."""
    return float(np.abs(first - second).sum() / first.sum())


def test_the_pictures_are_read_again_as_classes(task: Task, tmp_path: Path) -> None:
    for settings in (FITTED, AS_DRAWN):
        folder = tmp_path / str(settings.fitted)
        write(drawing_pictures(task, settings), folder)
        classes = read_classes(folder / "support", settings)
        assert list(classes) == ["A_B (2)", "a_b", "wave"]
        assert [len(glyphs) for glyphs in classes.values()] == [1, 2, 1]
        strokes = task.classes[0].sketches[0].glyph(settings)
        assert difference(strokes, classes["wave"][0]) < (0.05 if settings.fitted else 1e-9)
    picture = task.classes[2].sketches[1].glyph(AS_DRAWN)
    assert difference(picture, classes["a_b"][1]) < 1e-9
    assert difference(task.classes[3].sketches[0].glyph(AS_DRAWN), classes["A_B (2)"][0]) < 0.3


def test_tables_name_what_folders_and_files_are(task: Task) -> None:
    files = drawing_pictures(task, FITTED)
    assert table(files["classes.csv"]) == [
        ["folder", "class"], ["wave", "wave"], ["nothing yet", "nothing yet"], ["a_b", "a/b"], ["A_B (2)", "A/B"]
    ]  # fmt: skip
    assert table(files["queries.csv"]) == [
        ["file", "class"], ["queries/01.png", "a/b"], ["queries/02.png", ""], ["queries/03.png", "None of these"]
    ]  # fmt: skip
    assert "switched off/wave/01.png" in files
    assert decode_picture(files["queries/01.png"], "query").shape == (105, 105)


def test_without_queries_there_is_no_table_of_them(task: Task) -> None:
    assert not [name for name in drawing_pictures(replace(task, queries=()), FITTED) if name.startswith("queries")]


def test_the_arrays_are_what_the_network_sees(task: Task) -> None:
    with np.load(io.BytesIO(drawing_arrays(task, FITTED)), allow_pickle=False) as arrays:
        assert set(arrays) == {"support", "labels", "query", "query_labels", "names"}
        support, labels = support_arrays(task, FITTED)
        assert np.array_equal(arrays["support"], support)
        assert arrays["support"].dtype == np.float32
        assert np.array_equal(arrays["labels"], labels)
        assert arrays["labels"].tolist() == [0, 1, 1, 2]
        assert arrays["names"].tolist() == ["wave", "a/b", "A/B"]
        assert arrays["query"].shape == (3, 1, 28, 28)
        assert arrays["query_labels"].tolist() == [1, -1, -2]


def test_a_task_without_queries_has_arrays_too() -> None:
    task = Task((DrawnClass("one", (Sketch(load_samples()[0].support[0]),)),))
    with np.load(io.BytesIO(drawing_arrays(task, FITTED)), allow_pickle=False) as arrays:
        assert arrays["query"].shape == (0, 1, 28, 28)
        assert arrays["query_labels"].shape == (0,)


def test_a_picture_without_ink_is_no_array_and_still_a_picture() -> None:
    blank = Sketch(picture=np.full((30, 30), 255, np.uint8), origin="blank.png")
    task = Task((DrawnClass("one", (blank,)),))
    assert "support/one/01.png" in drawing_pictures(task, FITTED)
    with pytest.raises(InputError, match=r"blank\.png holds no ink"):
        drawing_arrays(task, FITTED)


@pytest.mark.parametrize(
    ("name", "folder"),
    [("CON", "_CON"), ("nul.txt", "_nul.txt"), ("..", "_"), (".hidden", "hidden"), ("a  b", "a b"),
     ("x" * 99, "x" * 60), ("tab\there", "tab_here"), ("木", "木")],
)  # fmt: skip
def test_a_name_that_no_folder_can_have_is_changed(name: str, folder: str) -> None:
    assert folder_names([name]) == [folder]


@given(st.lists(st.text(min_size=1), max_size=8, unique=True))
def test_folders_are_told_apart_by_any_system(names: list[str]) -> None:
    folders = folder_names(names)
    assert len({folder.casefold() for folder in folders}) == len(names)
    assert all(0 < len(folder.encode()) <= 255 for folder in folders)
    assert all(folder == folder.strip(" .") for folder in folders)
    assert not any(set(folder) & set('<>:"/\\|?*\0') for folder in folders)
