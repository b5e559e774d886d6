import threading
from collections.abc import Callable, Generator, Iterator
from functools import partial

import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from metagui.gui import newest_worker
from metagui.gui.newest_worker import NewestWorker


class Counter(NewestWorker):
    """Counts to the number asked for; at each number it waits until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reached: list[tuple[int, int]] = []  # (request, number)
        self.told: list[tuple[int, int]] = []
        self.closed: list[int] = []
        self.go = threading.Semaphore(0)

    def answers(self, request: int) -> Generator[Callable[[], object], None, None]:
        if request < 0:
            raise ValueError("negative")
        try:
            for number in range(request):
                self.reached.append((request, number))
                assert self.go.acquire(timeout=60)
                yield partial(self._told, request, number)
        finally:
            self.closed.append(request)

    def _told(self, request: int, number: int) -> tuple[int, int]:
        self.told.append((request, number))
        return request, number


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[int, int]] = []
        self.errors: list[tuple[int, Exception]] = []

    @Slot(object)
    def take(self, answer: tuple[int, int]) -> None:
        self.answers.append(answer)

    @Slot(object, object)
    def take_error(self, request: int, error: Exception) -> None:
        self.errors.append((request, error))


@pytest.fixture
def listener(qtbot: QtBot) -> Listener:
    return Listener()


@pytest.fixture
def worker(listener: Listener) -> Iterator[Counter]:
    worker = Counter()
    worker.answered.connect(listener.take)
    worker.failed.connect(listener.take_error)
    worker.start()
    yield worker
    worker.stop()
    worker.go.release(100)
    assert worker.wait(60_000)


def test_only_the_last_of_quick_answers_is_told(
    worker: Counter, listener: Listener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_worker, "_REPORT_SECONDS", 60)
    worker.go.release(4)
    worker.ask(4)
    qtbot.waitUntil(lambda: bool(listener.answers), timeout=60_000)
    assert listener.answers == [(4, 3)]
    assert worker.told == [(4, 3)]  # those that nobody sees are not made


def test_slow_answers_are_told_as_they_come_each_once(
    worker: Counter, listener: Listener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_worker, "_REPORT_SECONDS", 0)
    worker.go.release(3)
    worker.ask(3)
    qtbot.waitUntil(lambda: len(listener.answers) == 3, timeout=60_000)
    assert listener.answers == [(3, 0), (3, 1), (3, 2)]


def test_what_is_in_work_is_given_up_for_the_newest_request(worker: Counter, listener: Listener, qtbot: QtBot) -> None:
    worker.ask(50)
    qtbot.waitUntil(lambda: worker.reached == [(50, 0)], timeout=60_000)
    worker.ask(40)
    worker.ask(2)
    worker.go.release(3)
    qtbot.waitUntil(lambda: bool(listener.answers), timeout=60_000)
    assert listener.answers == [(2, 1)]
    assert worker.reached == [(50, 0), (2, 0), (2, 1)]
    assert worker.closed == [50, 2]


def test_what_nobody_wants_any_more_is_given_up(worker: Counter, listener: Listener, qtbot: QtBot) -> None:
    worker.ask(50)
    qtbot.waitUntil(lambda: worker.reached == [(50, 0)], timeout=60_000)
    worker.ask(None)
    worker.go.release(50)
    qtbot.waitUntil(lambda: worker.closed == [50], timeout=60_000)
    assert worker.reached == [(50, 0)]
    assert not listener.answers


def test_after_a_failure_it_goes_on(worker: Counter, listener: Listener, qtbot: QtBot) -> None:
    worker.ask(-1)
    qtbot.waitUntil(lambda: bool(listener.errors), timeout=60_000)
    assert listener.errors[0][0] == -1
    worker.go.release(1)
    worker.ask(1)
    qtbot.waitUntil(lambda: listener.answers == [(1, 0)], timeout=60_000)
