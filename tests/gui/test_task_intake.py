from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.reference import References
from metagui.data.sources import STROKES
from metagui.data.task import MOST, DrawnClass, Query, Sketch, Task
from metagui.gui.drop_target import Offer
from metagui.gui.episode_source import Deal, EpisodeSource
from metagui.gui.sheet_dialog import SheetDialog
from metagui.gui.sketch_mime import MIME_TYPE, Carried, DraggedSketch, mime_of
from metagui.gui.support_grid import SupportGrid
from metagui.gui.task_intake import TaskIntake
from metagui.gui.task_loader import TaskLoader
from tests.gui.hands import BAR, RING

A_BAR, A_RING = (Sketch((np.array(points, np.float32),)) for points in (BAR, RING))
TASK = Task((DrawnClass("one", (A_BAR, A_RING)), DrawnClass("two")), (Query(A_RING),))


class Intake(TaskIntake):
    """The intake of a task that is shown, and what it has told."""

    def __init__(self, window: QWidget) -> None:
        self.loader, self.grid = TaskLoader(EpisodeSource(References()), window), SupportGrid(window)
        super().__init__(self.loader, self.grid, window)
        self.tasks: list[tuple[Task, str]] = []
        self.failures: list[str] = []
        self.task_changed.connect(lambda task, what: self.tasks.append((task, what)))
        self.failed.connect(self.failures.append)
        self.show_task(TASK, GlyphSettings())
        self.grid.show_task(TASK, GlyphSettings())


@pytest.fixture
def intake(qtbot: QtBot) -> Iterator[Intake]:
    window = QWidget()
    qtbot.addWidget(window)
    intake = Intake(window)
    yield intake
    intake.loader.shut_down()


def image(side: int = 60, blank: bool = False) -> QMimeData:
    gray = np.full((side, side), 255, np.uint8)
    if not blank:
        gray[10:50, 20:26] = 0
    data = QMimeData()
    data.setImageData(QImage(gray.tobytes(), side, side, side, QImage.Format.Format_Grayscale8).copy())
    return data


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    gray = np.full((60, 60), 255, np.uint8)
    gray[10:50, 20:26] = 0
    Image.fromarray(gray).save(path)
    return path


def counts(task: Task) -> list[int]:
    return [len(drawn.sketches) for drawn in task.classes]


def test_a_drawing_moves_from_class_to_class_and_not_within_one(intake: Intake) -> None:
    dragged = DraggedSketch(A_BAR, intake.grid.rows[0].cells[0].canvas)
    intake.give_to_class(0, Offer(dragged, is_move=True))
    assert not intake.tasks
    intake.give_to_class(1, Offer(dragged, is_move=True))
    ((task, what),) = intake.tasks
    assert what == "move a drawing from one to two"
    assert task.classes[0].sketches == (A_RING,)
    assert task.classes[1].sketches == (A_BAR,)


def test_what_is_copied_or_pasted_becomes_an_example_a_class_or_a_query(intake: Intake) -> None:
    dragged = DraggedSketch(A_BAR, intake.grid.rows[0].cells[0].canvas)
    intake.give_to_class(0, Offer(dragged))
    intake.give_to_class(None, Offer(mime_of(Carried((A_BAR, A_RING), "new"))))
    intake.give_to_queries(Offer(dragged))
    (example, one), (class_of_its_own, two), (query, three) = intake.tasks
    assert (one, counts(example)) == ("add examples of one", [3, 0])
    assert (two, counts(class_of_its_own)) == ("add class new", [2, 0, 2])
    assert (three, len(query.queries)) == ("add queries", 2)
    assert not intake.failures


def test_reference_drawings_join_the_class_that_they_are_of(intake: Intake) -> None:
    carried = Carried((A_RING,), "two", more=(A_BAR,))
    intake.add_class_of(carried)  # which is there
    intake.add_queries(carried)
    intake.add_class_of(replace(carried, name="three"))
    (example, one), (query, two), (new, three) = intake.tasks
    assert (one, counts(example)) == ("add examples of two", [2, 1])
    assert (two, query.queries[-1].label) == ("add queries", 1)
    assert (three, counts(new)) == ("add class three", [2, 0, 2])


def test_a_class_too_many_is_told(intake: Intake) -> None:
    intake.show_task(TASK.with_class_count(MOST), GlyphSettings())
    intake.add_class_of(Carried((A_RING,), "new"))
    assert not intake.tasks
    assert "more cannot be shown" in intake.failures[0]


@pytest.mark.usefixtures("strokes_at_hand")
def test_an_episode_that_was_dealt_takes_the_place_of_the_task(intake: Intake, qtbot: QtBot) -> None:
    ended: list[None] = []
    intake.loading_ended.connect(lambda: ended.append(None))
    intake.loader.draw_episode(Deal(STROKES, way=3, shot=2, queries=2))
    qtbot.waitUntil(lambda: bool(intake.tasks), timeout=60_000)
    assert len(ended) == 1
    ((task, what),) = intake.tasks
    assert (what, counts(task), len(task.queries)) == ("fill with an episode", [2, 2, 2], 6)


def test_an_image_of_the_clipboard_becomes_a_picture_in_a_handy_size(intake: Intake) -> None:
    intake.give_to_class(1, Offer(image()))
    intake.give_to_queries(Offer(image(3000)))
    (example, _), (query, _) = intake.tasks
    small, large = example.classes[1].sketches[0].picture, query.queries[-1].sketch.picture
    assert small is not None
    assert large is not None
    assert small.shape == (60, 60)
    assert (small[30, 22], small[5, 5]) == (0, 255)
    assert max(large.shape) <= 1024


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (image(blank=True), "no ink"),
        (QMimeData(), "no drawing and no picture"),
    ],
)
def test_what_cannot_be_used_is_told(intake: Intake, data: QMimeData, told: str) -> None:
    intake.give_to_class(0, Offer(data))
    intake.give_to_queries(Offer(data))
    assert [told in failure for failure in intake.failures] == [True, True]
    assert not intake.tasks


def test_damaged_drawings_and_too_large_images_are_told(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    data = QMimeData()
    data.setData(MIME_TYPE, b"{}")
    intake.give_to_class(0, Offer(data))
    monkeypatch.setattr("metagui.data.pictures.MOST_PIXELS", 1000)
    intake.give_to_class(0, Offer(image()))
    assert "damaged" in intake.failures[0]
    assert "million pixels" in intake.failures[1]


def test_files_are_loaded_for_the_class_or_as_queries(intake: Intake, qtbot: QtBot, tmp_path: Path) -> None:
    one = picture(tmp_path / "one.png")
    intake.give_to_class(1, Offer(files(one, one)))
    qtbot.waitUntil(lambda: bool(intake.tasks), timeout=60_000)
    intake.give_to_queries(Offer(files(one)))
    qtbot.waitUntil(lambda: len(intake.tasks) == 2, timeout=60_000)
    (first, loaded), (second, queries) = intake.tasks
    assert (counts(first), loaded) == ([2, 2], "load images as two")
    assert (len(second.queries), queries) == (2, "load queries")


def test_files_are_asked_for(intake: Intake, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(picture(tmp_path / "one.png"))], ""))
    intake.ask_for_examples(0)
    qtbot.waitUntil(lambda: bool(intake.tasks), timeout=60_000)
    intake.ask_for_queries()
    qtbot.waitUntil(lambda: len(intake.tasks) == 2, timeout=60_000)
    assert counts(intake.tasks[0][0]) == [3, 0]
    assert len(intake.tasks[1][0].queries) == 2


def test_a_folder_of_classes_is_dropped_or_chosen(
    intake: Intake, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("x", "one"):
        picture(tmp_path / "tree" / name / "1.png")
    intake.give_to_class(None, Offer(files(tmp_path / "tree")))
    qtbot.waitUntil(lambda: bool(intake.tasks), timeout=60_000)
    task, what = intake.tasks[0]
    assert what == "load a folder of classes"
    assert [(drawn.name, len(drawn.sketches)) for drawn in task.classes] == [("one", 3), ("two", 0), ("x", 1)]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "tree"))
    intake.ask_for_classes()
    qtbot.waitUntil(lambda: len(intake.tasks) == 2, timeout=60_000)


def test_pictures_beside_the_classes_are_refused(intake: Intake, tmp_path: Path) -> None:
    intake.give_to_class(None, Offer(files(picture(tmp_path / "one.png"))))
    assert "Drop pictures on the class" in intake.failures[0]


def test_a_sheet_is_cut_into_the_task(
    intake: Intake, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(picture(tmp_path / "sheet.png")), ""))
    intake.ask_for_sheet()
    qtbot.waitUntil(lambda: bool(intake.parent().findChildren(SheetDialog)), timeout=60_000)
    (dialog,) = intake.parent().findChildren(SheetDialog)
    dialog.place_box.setCurrentIndex(dialog.place_box.findData(1))
    dialog.accept()
    ((task, what),) = intake.tasks
    assert (counts(task), what) == ([2, 1], "cut a sheet")
