"""A run that another process or machine writes, as it grows."""

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from metagui.data.errors import InputError
from metagui.data.files import exists
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.history import HistoryReader, Rows
from metagui.learn.run_lock import LOCK, is_locked
from metagui.learn.training import HISTORY, LAST

_BETWEEN_LOOKS = 0.5  # s
_BETWEEN_ROWS = 0.025  # s after some hundred rows: whoever draws those of a long history is not to drown in them
_PATIENCE = 5.0  # s: a network share that is away for a moment ends nothing
_QUIET = (
    60.0  # s without growth after which a run whose lock was never seen is taken to have ended: validation is silent
)


@dataclass(frozen=True)
class Newest:
    """The run's checkpoint, as it was found first and whenever it is another."""

    checkpoint: Checkpoint


@dataclass(frozen=True)
class Looked:
    """The end of a look at the run."""

    is_written: bool  # by another process: its lock is held or, where that cannot be seen, it has grown of late
    quiet: float | None  # s since it was seen to grow; None where it never was


def follow(folder: Path, ended: Event) -> Generator[Newest | Rows | Looked, None, None]:
    """Look at the run in `folder` twice a second until `ended` is set: at what is there, then at what comes.

    A run that has begun needs neither a checkpoint nor a history yet. Every file is closed between two looks. Raises
    InputError where the folder holds no run, or can no longer be read.
    """
    if not any(exists(folder / name) for name in (LAST, HISTORY, LOCK)):
        raise InputError(f"This is not a run's folder: There is no checkpoint {folder / LAST}, and none is on its way.")
    watch = _Watch(folder, ended)
    yield from watch.look()
    seen = monotonic()
    while not ended.wait(_BETWEEN_LOOKS):
        try:
            yield from watch.look()
            seen = monotonic()
        except InputError as error:
            if monotonic() - seen >= _PATIENCE:
                raise InputError(f"The run can no longer be followed: {error}") from error


class _Watch:
    """What was seen of a run so far."""

    def __init__(self, folder: Path, ended: Event) -> None:
        self._folder, self._ended = folder, ended
        self._history = HistoryReader(folder / HISTORY)
        self._stamp: tuple[int, int, int] | None = None  # of the checkpoint
        self._looks = 0
        self._was_locked = False
        self._grew: float | None = None  # when that was seen last, by the monotonic clock
        self._grew_unlocked: float | None = None  # when it did so without a lock that this machine sees

    def look(self) -> Iterator[Newest | Rows | Looked]:
        """InputError where the folder cannot be read, for now or for good."""
        locked = is_locked(self._folder)  # before all else: where it is not, what is read now is what is left
        has_grown = False
        if (stamp := self._checkpoint_stamp()) != self._stamp:
            yield Newest(load_checkpoint(self._folder / LAST))
            self._stamp, has_grown = stamp, True
        while rows := self._history.read():
            has_grown = True
            yield rows
            if self._ended.wait(_BETWEEN_ROWS):
                return
        yield self._judge(locked, has_grown and self._looks > 0)
        self._looks += 1

    def _judge(self, locked: bool, has_grown: bool) -> Looked:
        now = monotonic()
        if has_grown:
            self._grew = now
        if locked or self._was_locked:  # the lock says more than growth, and the last of that may be seen after it
            self._grew_unlocked = None
        elif has_grown:
            self._grew_unlocked = now
        self._was_locked = locked
        grows = self._grew_unlocked is not None and now - self._grew_unlocked < _QUIET
        return Looked(locked or grows, None if self._grew is None else now - self._grew)

    def _checkpoint_stamp(self) -> tuple[int, int, int] | None:
        """What tells one checkpoint from the next; None as long as there was none. InputError where it is gone."""
        try:
            self._folder.stat()  # there may be no checkpoint yet, but the folder there must be
            if self._stamp is None and not exists(self._folder / LAST):
                return None
            status = (self._folder / LAST).stat()
        except OSError as error:
            raise InputError(f"{error.filename or self._folder}: {os.strerror(error.errno or 0)}.") from error
        return status.st_mtime_ns, status.st_size, status.st_ino
