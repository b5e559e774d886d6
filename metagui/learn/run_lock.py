"""One writer to a run's folder, and who else sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from metagui.data.errors import InputError
from metagui.data.files import exists

LOCK = ".lock"
_PATIENCE = 0.5  # s: `is_locked` holds the lock for a moment, which is not to keep a run from beginning


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Holds the folder's lock. InputError where another process does, or the folder cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=_PATIENCE)
        lock.acquire()
    except Timeout as error:
        raise InputError(f"Another training run is writing to {folder}: choose another folder.") from error
    except OSError as error:
        raise InputError(f"Could not use the folder {folder}: {error.strerror or error}.") from error
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Whether a run is seen to hold the folder's lock; some network shares do not show another machine's."""
    if not exists(folder / LOCK):
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that this user may only read
        return False
