import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.preparation import Preparation
from metagui.gui.episode_source import Deal, FilledEpisode
from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.picture_files import LoadedPictures
from metagui.gui.task_loader import TaskLoader

EPISODE = FilledEpisode(("one",), ((),), ())


class Source:
    """Prepares twice and waits in between until it is let go on; then it draws an episode, or fails."""

    def __init__(self) -> None:
        self.calls: list[Deal] = []
        self.may_go_on = threading.Event()
        self.error: Exception | None = None
        self.was_closed = False

    def __call__(self, deal: Deal) -> Iterator[Preparation | FilledEpisode]:
        self.calls.append(deal)
        try:
            yield Preparation(1, 2, "Drawing characters")
            self.may_go_on.wait(60)
            yield Preparation(2, 2, "Drawing characters")
            if self.error:
                raise self.error
            yield EPISODE
        finally:
            self.was_closed = True


class Loader(TaskLoader):
    """The loader with its source and what it has told."""

    def __init__(self, owner: QObject) -> None:
        self.source = Source()
        super().__init__(self.source, owner)
        self.pictures: list[LoadedPictures] = []
        self.episodes: list[FilledEpisode] = []
        self.progress: list[str] = []
        self.failures: list[str] = []
        self.busy: list[bool] = []
        self.on_main_thread: list[bool] = []
        self.pictures_loaded.connect(self.pictures.append)
        self.episode_drawn.connect(self.episodes.append)
        self.episode_drawn.connect(lambda _: self.on_main_thread.append(QThread.currentThread() is self.thread()))
        self.progressed.connect(self.progress.append)
        self.failed.connect(self.failures.append)
        self.busy_changed.connect(self.busy.append)

    def wait(self, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: not self.is_busy, timeout=60_000)


@pytest.fixture
def loader(qtbot: QtBot) -> Iterator[Loader]:
    owner = QObject()
    loader = Loader(owner)
    yield loader
    loader.source.may_go_on.set()
    loader.shut_down()


def picture(path: Path) -> Path:
    gray = np.full((60, 90), 250, np.uint8)
    gray[10:50, 40:46] = 20
    Image.fromarray(gray).save(path)
    return path


def test_pictures_come_with_the_class_that_they_are_for(loader: Loader, qtbot: QtBot, tmp_path: Path) -> None:
    good = picture(tmp_path / "good.png")
    loader.load_pictures([good, tmp_path / "gone.png"], GlyphSettings(), "B")
    assert loader.is_busy
    loader.wait(qtbot)
    (loaded,) = loader.pictures
    assert (loaded.class_name, len(loaded.sketches), len(loaded.problems)) == ("B", 1, 1)
    assert loader.busy == [True, False]
    assert not loader.failures


def test_without_files_nothing_is_begun(loader: Loader) -> None:
    loader.load_pictures([], GlyphSettings(), None)
    assert not loader.busy


def test_an_episode_comes_after_its_progress(loader: Loader, qtbot: QtBot) -> None:
    loader.source.may_go_on.set()
    loader.draw_episode(Deal("strokes", 5, 3))
    loader.wait(qtbot)
    assert [(deal.source, deal.way, deal.shot) for deal in loader.source.calls] == [("strokes", 5, 3)]
    assert loader.progress == ["Drawing characters: 1 of 2", "Drawing characters: 2 of 2"]
    assert loader.episodes == [EPISODE]
    assert loader.on_main_thread == [True]


def test_one_episode_is_drawn_at_a_time(loader: Loader, qtbot: QtBot, tmp_path: Path) -> None:
    loader.draw_episode(Deal("strokes", 5, 1))
    loader.draw_episode(Deal("omniglot", 5, 1))
    loader.load_pictures([picture(tmp_path / "a.png")], GlyphSettings(), None)  # pictures need not wait
    qtbot.waitUntil(lambda: bool(loader.pictures), timeout=60_000)
    assert loader.is_busy
    loader.source.may_go_on.set()
    loader.wait(qtbot)
    assert [call.source for call in loader.source.calls] == ["strokes"]
    assert len(loader.episodes) == 1
    assert loader.busy == [True, True, True, False]  # busy until the last of them has ended


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (InputError("Omniglot has not been imported."), "Omniglot has not been imported."),
        (ValueError("a fault"), "That failed unexpectedly: ValueError('a fault')"),
    ],
)
def test_why_nothing_came_of_it_is_told(loader: Loader, qtbot: QtBot, error: Exception, told: str) -> None:
    loader.source.error = error
    loader.source.may_go_on.set()
    loader.draw_episode(Deal("omniglot", 5, 1))
    loader.wait(qtbot)
    assert loader.failures == [told]
    assert not loader.episodes
    loader.source.error = None
    loader.draw_episode(Deal("omniglot", 5, 1))
    loader.wait(qtbot)
    assert loader.episodes


def test_shutting_down_waits_for_the_piece_of_work_in_hand_alone(loader: Loader, qtbot: QtBot) -> None:
    loader.draw_episode(Deal("strokes", 5, 1))
    qtbot.waitUntil(lambda: bool(loader.progress), timeout=60_000)
    (thread,) = loader.findChildren(IteratorThread)
    release = threading.Timer(0.1, loader.source.may_go_on.set)
    release.start()
    loader.shut_down()
    release.join()
    assert thread.isFinished()
    assert loader.source.was_closed
    loader.wait(qtbot)
    assert not loader.episodes


def test_nothing_is_heard_of_what_is_no_longer_wanted(loader: Loader, qtbot: QtBot) -> None:
    loader.draw_episode(Deal("omniglot", 5, 1))
    qtbot.waitUntil(lambda: len(loader.progress) == 1, timeout=30_000)
    loader.forget()
    loader.source.error = InputError("too late")
    loader.source.may_go_on.set()
    qtbot.waitUntil(lambda: not loader.is_busy, timeout=30_000)
    assert (loader.episodes, loader.failures, len(loader.progress)) == ([], [], 1)
    loader.source.error = None
    loader.draw_episode(Deal("omniglot", 5, 1))
    qtbot.waitUntil(lambda: loader.episodes == [EPISODE], timeout=30_000)
