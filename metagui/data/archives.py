"""Files by name out of a folder or of a zip archive, which nobody here trusts: read in memory, never extracted."""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from metagui.data.errors import InputError

MOST_MEMBERS = 100_000
MOST_BYTES = 256 * 2**20  # of the archive itself, and of all that it unpacks to
MOST_RATIO = 100  # of those two: text compresses to a tenth at best, a zip bomb to a thousandth
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # zipfile unpacks these no further than the size declared
_FAULTS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)


@dataclass(frozen=True)
class Files:
    """Files below one place: their `names`, sorted, with "/" between folders, and how to `read` one of them.

    Hidden files, and what macOS puts beside them (`__MACOSX`), are left out.
    """

    names: tuple[str, ...]
    read: Callable[[str], bytes]


@contextmanager
def open_files(place: Path) -> Iterator[Files]:
    """The files of a folder or of a zip archive, to be read one at a time while the context lasts.

    Raises InputError where `place` is neither, or is an archive that is damaged, too large, or holds a name that is
    absolute, leads upwards, is there twice or is a link; and from `read` where a file cannot be read.
    """
    if place.is_dir():
        yield _folder(place)
        return
    try:
        size = place.stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"{place} is larger than {MOST_BYTES // 2**20} MiB.")
        archive = zipfile.ZipFile(place)
    except FileNotFoundError as error:
        raise InputError(f"There is no {place}.") from error
    except _FAULTS as error:
        raise InputError(
            f"{place} is not a zip archive, or not all of one ({_reason(error)}): fetch it again."
        ) from error
    with archive:
        yield _archive(place, size, archive)


def _folder(place: Path) -> Files:
    def read(name: str) -> bytes:
        try:
            return (place / name).read_bytes()
        except OSError as error:
            raise InputError(f"{place / name} cannot be read: {_reason(error)}.") from error

    names = [
        (Path(folder) / file).relative_to(place).as_posix() for folder, _, files in os.walk(place) for file in files
    ]
    return Files(_wanted(names), read)


def _archive(place: Path, size: int, archive: zipfile.ZipFile) -> Files:
    members = _checked_members(place, size, archive)

    def read(name: str) -> bytes:
        try:
            return archive.read(members[name])
        except _FAULTS as error:
            raise InputError(f"{place}: {name} is damaged ({_reason(error)}): fetch the archive again.") from error

    return Files(_wanted(members), read)


def _checked_members(place: Path, size: int, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The archive's files by name; InputError where any member is one that no honest archive of data has."""
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS:
        raise InputError(f"{place} holds {len(members)} files; at most {MOST_MEMBERS} are read.")
    if total > min(MOST_BYTES, size * MOST_RATIO):
        raise InputError(f"{place} unpacks to {total} bytes from {size}: that is refused as a zip bomb.")
    by_name: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = member.filename.replace("\\", "/")  # as some packers on Windows write it
        problem = _problem(name, member)
        if name in by_name:
            problem = "is there twice"
        if problem:
            raise InputError(f"{place} is refused: its member {name!r} {problem}.")
        by_name[name] = member
    return {name: member for name, member in by_name.items() if not name.endswith("/")}


def _problem(name: str, member: zipfile.ZipInfo) -> str | None:
    mode = stat.S_IFMT(member.external_attr >> 16)
    if name.startswith("/") or name[1:2] == ":":
        return "has an absolute name"
    if ".." in name.split("/"):
        return "leads out of the archive"
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or no plain file"
    if member.flag_bits & 1:
        return "is encrypted"
    if member.compress_type not in _METHODS:
        return "is compressed in an unusual way (pack it again as a plain zip)"
    return None


def _wanted(names: Iterable[str]) -> tuple[str, ...]:
    def hidden(name: str) -> bool:
        return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))

    return tuple(sorted(name for name in names if not hidden(name)))


def _reason(error: BaseException) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
