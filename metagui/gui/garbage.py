"""Cyclic garbage is collected on the GUI thread alone.

Python collects in whatever thread happens to allocate; in a worker that would destroy QObjects there.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY = 1000  # ms
_FULL = 10  # every so many collections, of all generations


class GarbageCollector(QObject):
    """Takes the collector over from Python for as long as the application runs."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.collect()
        gc.freeze()  # what the imports have made stays: looking through it again would hold the window up
        gc.disable()
        self._ticks = 0
        self._timer = QTimer(self, interval=_EVERY)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def _on_tick(self) -> None:
        self._ticks += 1
        gc.collect(2 if self._ticks % _FULL == 0 else 1)
        if self._ticks == _FULL:
            # Once: what has lived until now is mostly the window, which stays as the imports do. What else is alive now
            # and in a cycle stays with it.
            gc.freeze()
