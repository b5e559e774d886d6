import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import sleep

import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from metagui.gui.iterator_thread import IteratorThread


class Listener(QObject):
    """Not `qtbot.waitSignal`: it connects and disconnects a callback while another thread emits, which has crashed."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[object] = []
        self.has_ended = False
        self.errors: list[Exception] = []
        self.on_main_thread: list[bool] = []

    @Slot(object)
    def take(self, item: object) -> None:
        self.items.append(item)
        self.on_main_thread.append(QThread.currentThread() is self.thread())

    @Slot(object)
    def take_error(self, error: Exception) -> None:
        self.errors.append(error)

    @Slot()
    def take_end(self) -> None:
        self.has_ended = True


@pytest.fixture
def listener(qtbot: QtBot) -> Listener:
    return Listener()


def thread_of(listener: Listener, iterator: Iterator[object]) -> IteratorThread:
    thread = IteratorThread(iterator)
    thread.produced.connect(listener.take)
    thread.failed.connect(listener.take_error)
    thread.finished.connect(listener.take_end)
    return thread


def endless() -> Iterator[int]:
    for number in count():
        sleep(0.001)  # a piece of work
        yield number


def wait_for_end(listener: Listener, thread: IteratorThread, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: listener.has_ended, timeout=60_000)
    assert thread.wait(60_000)


def test_items_arrive_in_order_on_the_main_thread(listener: Listener, qtbot: QtBot) -> None:
    thread = thread_of(listener, iter(range(100)))
    thread.start()
    wait_for_end(listener, thread, qtbot)
    assert listener.items == list(range(100))
    assert all(listener.on_main_thread)


def test_an_error_is_reported_and_ends_it(listener: Listener, qtbot: QtBot) -> None:
    def work() -> Iterator[object]:
        yield 1
        raise ValueError("no more")

    thread = thread_of(listener, work())
    thread.start()
    wait_for_end(listener, thread, qtbot)
    assert listener.items == [1]
    assert str(listener.errors[0]) == "no more"


def test_stop_closes_the_iterator_in_its_thread(listener: Listener, qtbot: QtBot) -> None:
    closed_in = []

    def work() -> Iterator[object]:
        try:
            yield from endless()
        finally:
            closed_in.append(threading.get_ident())

    thread = thread_of(listener, work())
    thread.start()
    qtbot.waitUntil(lambda: bool(listener.items), timeout=60_000)
    thread.stop()
    wait_for_end(listener, thread, qtbot)
    assert closed_in
    assert closed_in != [threading.get_ident()]


def test_an_error_while_closing_is_reported(listener: Listener, qtbot: QtBot) -> None:
    def work() -> Iterator[object]:
        try:
            yield from endless()
        finally:
            raise OSError("disk full")

    thread = thread_of(listener, work())
    thread.start()
    qtbot.waitUntil(lambda: bool(listener.items), timeout=60_000)
    thread.stop()
    wait_for_end(listener, thread, qtbot)
    assert str(listener.errors[0]) == "disk full"


def test_pause_asks_for_nothing_until_resume(listener: Listener, qtbot: QtBot) -> None:
    thread = thread_of(listener, iter(range(3)))
    thread.pause()
    thread.start()
    qtbot.wait(50)
    assert not listener.items
    thread.resume()
    wait_for_end(listener, thread, qtbot)
    assert listener.items == [0, 1, 2]


def test_stop_ends_a_pause(listener: Listener, qtbot: QtBot) -> None:
    thread = thread_of(listener, iter([1]))
    thread.pause()
    thread.start()
    thread.stop()
    wait_for_end(listener, thread, qtbot)
    assert not listener.items


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt sets a thread's priority")
def test_one_that_gives_way_is_nicer_than_the_window_and_so_is_what_it_starts(listener: Listener, qtbot: QtBot) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)  # of the thread that asks

    def told() -> Iterator[int]:
        yield niceness()
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(niceness).result()

    own = niceness()
    for gives_way in (True, False):
        listener.items, listener.has_ended = [], False
        thread = IteratorThread(told(), gives_way=gives_way)
        thread.produced.connect(listener.take)
        thread.finished.connect(listener.take_end)
        thread.start()
        wait_for_end(listener, thread, qtbot)
        assert listener.items == [min(own + 10, 19) if gives_way else own] * 2
    assert niceness() == own
