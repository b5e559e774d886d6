"""Where the program keeps its files, and how it writes them: whole or not at all."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from metagui.data.errors import InputError


def cache_folder() -> Path:
    """What can be made again: prepared data sets. Within METAGUI_HOME where that is set."""
    home = os.environ.get("METAGUI_HOME")
    return Path(home).absolute() / "cache" if home else platformdirs.user_cache_path("metagui", appauthor=False)


def user_folder() -> Path:
    """What belongs to the user: runs and settings. METAGUI_HOME where that is set."""
    home = os.environ.get("METAGUI_HOME")
    return Path(home).absolute() if home else platformdirs.user_data_path("metagui", appauthor=False)


def exists(path: Path) -> bool:
    """Whether there is such a file or folder; not where the way to it is closed, which pathlib raises an error for."""
    return os.path.exists(path)  # noqa: PTH110


def previous(path: Path) -> Path:
    """Where `write_atomically` keeps the version before the one at `path`."""
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def write_atomically(path: Path, content: bytes, keep_previous: bool = False) -> None:
    """Write `content` so that `path` holds either its old content or all of the new, whatever happens.

    With `keep_previous` the version before stays at `previous(path)`.
    Raises InputError where the disk refuses (full, read-only, no permission).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            if keep_previous and path.exists():
                _keep_previous(path)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise InputError(f"Could not write {path}: {error.strerror or error}.") from error


def write_folder(parent: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """Make a folder of these files, named by their paths in it, all of them or none; the folder's path.

    What is there already is left alone: the new folder is numbered. InputError where the disk refuses.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(dir=parent, prefix=f".{name}."))
        try:
            stage.chmod(0o755)
            for place, content in files.items():
                path = stage / place
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            folder = _free(parent / name)
            stage.rename(folder)
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise
        _sync_folder(parent)
    except OSError as error:
        raise InputError(f"Could not write to {parent}: {error.strerror or error}.") from error
    return folder


def _free(path: Path) -> Path:
    """This path, or the first with a number after its name that nothing has."""
    numbers = itertools.count(2)
    free = path
    while os.path.lexists(free):
        free = path.with_name(f"{path.name} {next(numbers)}")
    return free


def _keep_previous(path: Path) -> None:
    """Give the present file a second name, so that at no moment neither of the two exists."""
    temporary = path.with_name(f".{path.name}.previous")
    temporary.unlink(missing_ok=True)
    try:
        os.link(path, temporary)
    except OSError:  # a file system without hard links
        temporary.write_bytes(path.read_bytes())
    temporary.replace(previous(path))


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows opens no folders
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
