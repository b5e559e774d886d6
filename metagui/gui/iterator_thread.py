"""The seam between the Qt-free core and the window: a thread that runs any iterator."""

import os
import sys
import threading
from collections.abc import Iterator

import torch
from PySide6.QtCore import QObject, QThread, Signal

_NICENESS = 10  # a tenth of the share of a thread that gives no way


class IteratorThread(QThread):
    """Calls `next()` in a thread of its own, and knows nothing else of what it runs.

    Qt's `finished` follows in every case. Keep a reference until then.
    """

    produced = Signal(object)  # an item
    failed = Signal(object)  # the exception that ended it

    def __init__(self, iterator: Iterator[object], parent: QObject | None = None, gives_way: bool = False) -> None:
        """With `gives_way` it takes the processors where all else leaves them: for work without end, as training."""
        super().__init__(parent)
        self._gives_way = gives_way
        self._iterator = iterator
        self._going = threading.Event()
        self._going.set()
        self._torch_threads = torch.get_num_threads()

    def pause(self) -> None:
        """Stop calling `next()` after the item in work."""
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def stop(self) -> None:
        """End after the item in work; the iterator is closed in its thread, so that its `finally` saves."""
        self.requestInterruption()
        self._going.set()

    def run(self) -> None:
        if self._gives_way:
            _give_way()
        torch.set_num_threads(self._torch_threads)  # OpenMP's number is one of the thread, not of the process
        try:
            try:
                while self._may_continue():
                    self.produced.emit(next(self._iterator))
            except StopIteration:
                pass
            finally:
                if close := getattr(self._iterator, "close", None):  # generators have it, other iterators need none
                    close()
        except Exception as error:
            self.failed.emit(error)

    def _may_continue(self) -> bool:
        self._going.wait()
        return not self.isInterruptionRequested()


def _give_way() -> None:
    """Put the present thread behind the others of the program and, on Linux, those that it starts from now on.

    There Qt's own priorities of threads have no effect, and niceness is that of a thread.
    """
    if sys.platform == "linux":
        os.nice(_NICENESS)
    else:
        QThread.currentThread().setPriority(QThread.Priority.LowPriority)
