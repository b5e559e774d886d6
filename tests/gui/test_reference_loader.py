import threading
from collections.abc import Generator, Iterator

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from metagui.data.errors import InputError
from metagui.data.preparation import Preparation
from metagui.data.reference import Reference, References
from metagui.gui.reference_loader import ReferenceLoader
from tests.data.test_one_shot import alphabets


class Slow(References):
    """Prepares each source, and waits in between until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.may_go_on = threading.Event()
        self.error: Exception | None = None

    def load(self, source: str) -> Generator[Preparation, None, Reference]:
        self.calls.append(source)
        yield Preparation(1, 2, "Drawing characters")
        self.may_go_on.wait(60)
        yield Preparation(2, 2, "Drawing characters")
        if self.error:
            raise self.error
        return Reference(source, alphabets({"Korean": 3}))


class Loader(ReferenceLoader):
    """The loader with its references and what it has told."""

    def __init__(self, owner: QObject) -> None:
        self.references = Slow()
        super().__init__(self.references, owner)
        self.told: list[str] = []
        self.progress: list[str] = []
        self.failures: list[str] = []
        self.on_main_thread: list[bool] = []
        self.loaded.connect(lambda reference: self.told.append(reference.source))
        self.loaded.connect(lambda _: self.on_main_thread.append(QThread.currentThread() is self.thread()))
        self.progressed.connect(self.progress.append)
        self.failed.connect(self.failures.append)

    def wait(self, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: not self.is_busy, timeout=60_000)


@pytest.fixture
def loader(qtbot: QtBot) -> Iterator[Loader]:
    owner = QObject()
    loader = Loader(owner)
    yield loader
    loader.references.may_go_on.set()
    loader.shut_down()


def test_a_reference_comes_after_its_progress(loader: Loader, qtbot: QtBot) -> None:
    loader.references.may_go_on.set()
    loader.load("omniglot")
    loader.wait(qtbot)
    assert loader.progress == ["Drawing characters: 1 of 2", "Drawing characters: 2 of 2"]
    assert (loader.told, loader.on_main_thread) == (["omniglot"], [True])


def test_who_asks_for_another_source_hears_of_that_alone(loader: Loader, qtbot: QtBot) -> None:
    loader.load("strokes")
    qtbot.waitUntil(lambda: bool(loader.progress), timeout=60_000)
    loader.load("omniglot")
    loader.load("omniglot")
    loader.references.may_go_on.set()
    qtbot.waitUntil(lambda: bool(loader.told), timeout=60_000)
    loader.wait(qtbot)
    assert loader.told == ["omniglot"]
    assert loader.references.calls == ["strokes", "omniglot"]
    assert len(loader.progress) == 3  # nothing more of the strokes


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (InputError("Omniglot has not been imported."), "Omniglot has not been imported."),
        (ValueError("a fault"), "That failed unexpectedly: ValueError('a fault')"),
    ],
)
def test_why_nothing_came_of_it_is_told_and_it_may_be_tried_again(
    loader: Loader, qtbot: QtBot, error: Exception, told: str
) -> None:
    loader.references.error = error
    loader.references.may_go_on.set()
    loader.load("omniglot")
    loader.wait(qtbot)
    assert (loader.failures, loader.told) == ([told], [])
    loader.references.error = None
    loader.load("omniglot")
    qtbot.waitUntil(lambda: bool(loader.told), timeout=60_000)
    loader.wait(qtbot)


def test_shutting_down_waits_for_the_piece_of_work_in_hand_alone(loader: Loader, qtbot: QtBot) -> None:
    loader.load("strokes")
    qtbot.waitUntil(lambda: bool(loader.progress), timeout=60_000)
    release = threading.Timer(0.1, loader.references.may_go_on.set)
    release.start()
    loader.shut_down()
    release.join()
    loader.wait(qtbot)
    assert (loader.told, loader.failures) == ([], [])
