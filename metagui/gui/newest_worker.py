"""Work off the GUI thread that is always about the newest request."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

import torch
from PySide6.QtCore import QObject, QThread, Signal

_REPORT_SECONDS = 0.3  # long work is shown as it goes; work of ordinary length in one piece


class NewestWorker(QThread):
    """Takes requests for as long as it lives, since a thread's first use of torch is slow.

    A request waits in a box for one, so that a newer one takes its place. A subclass says in `answers` what is done.
    """

    answered = Signal(object)  # the answer so far: now and then while it works, and the last one in any case
    failed = Signal(object, object)  # the request, the exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changed = threading.Condition()
        self._newest: Any = None
        self._is_outdated = False  # what is in work
        self._is_stopping = False

    def answers(self, request: Any) -> Generator[Callable[[], object], None, None]:
        """What makes the answer so far, each time a piece of the work is done; it is given up after any of them.

        Of all but the last it is asked for now and then: what it costs is not spent on what nobody sees.
        """
        raise NotImplementedError

    def ask(self, request: Any) -> None:
        """Work on this next; what is in work is given up after its present piece. None: on nothing."""
        with self._changed:
            self._newest, self._is_outdated = request, True
            self._changed.notify()

    def stop(self) -> None:
        """End after the piece in work. Qt's `finished` follows."""
        with self._changed:
            self._is_stopping = self._is_outdated = True
            self._changed.notify()

    def run(self) -> None:
        # A task is small: more threads gain little where cores are free, and where training or another program keeps
        # them busy they wait for one another at each operation (five times slower on two busy cores).
        torch.set_num_threads(1)
        while (request := self._next_request()) is not None:
            try:
                self._work(request)
            except Exception as error:
                self.failed.emit(request, error)

    def _next_request(self) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._is_stopping)
            request, self._newest, self._is_outdated = self._newest, None, self._is_stopping
            return None if self._is_stopping else request

    def _work(self, request: Any) -> None:
        reported, answer = time.monotonic(), None
        with closing(self.answers(request)) as answers:
            for answer in answers:
                if self._is_outdated:
                    return
                if time.monotonic() - reported > _REPORT_SECONDS:
                    self.answered.emit(answer())
                    reported, answer = time.monotonic(), None
        if answer is not None:
            self.answered.emit(answer())
