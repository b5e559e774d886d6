"""Files of a process's own, which the next one finds when the process has died: numbered places, each with a lock."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from metagui.data.errors import InputError
from metagui.data.files import exists


@dataclass(frozen=True, eq=False)
class Place:
    """Where nobody else writes: the system gives the lock back when the process ends, however it ends."""

    path: Path
    _lock: FileLock

    def release(self) -> None:
        self._lock.release()


def free_place(folder: Path, suffix: str) -> Place:
    """The first place without a file that no process holds. InputError where the folder cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            place = None if exists(_path(folder, number, suffix)) else _held(_path(folder, number, suffix))
            if place is not None and not exists(place.path):
                return place
            if place is not None:  # it was left behind between the two looks
                place.release()
    except OSError as error:
        raise InputError(f"Could not use the folder {folder}: {error.strerror or error}.") from error
    raise AssertionError("numbers do not end")


def places_left_behind(folder: Path, suffix: str) -> list[Place]:
    """Those with a file of a process that is no longer alive, the newest first; this process holds them from now on."""
    try:
        found = [place for path in folder.glob(f"*{suffix}") if (place := _held(path))]
        there = [place for place in found if exists(place.path)]
        for place in found:
            if place not in there:
                place.release()
        return sorted(there, key=lambda place: place.path.stat().st_mtime, reverse=True)
    except OSError:  # a folder that this user may not read holds nothing of theirs
        return []


def _path(folder: Path, number: int, suffix: str) -> Path:
    return folder / f"{number}{suffix}"


def _held(path: Path) -> Place | None:
    """None where another process holds it."""
    lock = FileLock(path.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return None
    return Place(path, lock)
