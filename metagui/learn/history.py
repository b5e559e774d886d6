"""The curves of a run, in a CSV file that any other program can read."""

import csv
import io
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metagui.data.errors import InputError
from metagui.data.files import exists, write_atomically

COLUMNS = (
    "iteration",
    "seconds",
    "query_loss",
    "query_accuracy_before",
    "query_accuracy",
    "support_loss_before",
    "support_loss",
    "validation_accuracy",
    "validation_ci95",
)


_BLOCK = 1 << 16  # bytes of one reading: some 600 rows


class History:
    """Rows that wait in memory until `flush`.

    A run flushes with each checkpoint, and oftener for those who follow it: what is ahead of its checkpoint when it
    ends without saving is dropped by `rewind`, so that the two agree.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[dict[str, float]] = []

    def add(self, iteration: int, seconds: float, **figures: float) -> None:
        self._waiting.append({"iteration": iteration, "seconds": round(seconds, 3)} | figures)

    def flush(self) -> None:
        """Append the waiting rows. InputError where the disk refuses; the rows then wait on."""
        end = self._path.stat().st_size if exists(self._path) else 0
        try:
            with self._path.open("ab") as file:
                file.write(_text(self._waiting, header=not end))
        except OSError as error:
            with suppress(OSError):
                os.truncate(self._path, end)  # what did fit would be there twice
            raise InputError(f"Could not write {self._path}: {error.strerror or error}.") from error
        self._waiting = []

    def rewind(self, iteration: int) -> None:
        """Drop the rows after `iteration`, which the run makes again: its checkpoint's, or 0 where it has none."""
        if not exists(self._path):
            return
        rows = read_history(self._path)
        kept = [row | {"iteration": int(row["iteration"])} for row in rows if row["iteration"] <= iteration]
        write_atomically(self._path, _text(kept, header=True))


@dataclass(frozen=True)
class Rows:
    """What has come into a history, each row with the columns that it has."""

    rows: list[dict[str, float]]
    anew: bool = False  # the file is another than before: what was read from it no longer holds


class HistoryReader:
    """Reads a history as it grows, each row once. Between two readings the file is closed, and may be replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0  # bytes read, all of them whole lines
        self._last = b""  # the last of those lines: where it is no longer in its place, the file is another
        self._columns: Sequence[str] | None = None  # by the file's first line

    def read(self) -> Rows | None:
        """Some of the rows that have come since the last reading; None where there are none, or no file yet.

        Damaged rows are left out, and one that is being written waits for its end. InputError where the file cannot be
        read: for good where it is of another kind, for now where the disk refuses.
        """
        try:
            with self._path.open("rb") as file:
                file.seek(self._end - len(self._last))
                content = file.read(len(self._last) + _BLOCK)
        except FileNotFoundError as error:
            if self._end:
                raise InputError(f"{self._path} is gone.") from error
            return None
        except OSError as error:
            raise self._unreadable(error.strerror or error) from error
        if not content.startswith(self._last):  # a run that was resumed has dropped rows and made others
            self._end, self._last, self._columns = 0, b"", None
            return Rows([], anew=True)
        new = content[len(self._last) :]
        lines = new[: new.rfind(b"\n") + 1].splitlines(keepends=True)
        if not lines:
            if len(new) == _BLOCK:
                raise self._unreadable("a line without an end")
            return None
        self._end += sum(map(len, lines))
        self._last = lines[-1]
        try:
            return Rows(self._parse([line.decode(errors="replace") for line in lines]))
        except csv.Error as error:
            raise self._unreadable(error) from error

    def _parse(self, lines: list[str]) -> list[dict[str, float]]:
        table = csv.DictReader(lines, self._columns)
        rows = [_figures(row) for row in table]
        self._columns = table.fieldnames
        return [row for row in rows if "iteration" in row]

    def _unreadable(self, reason: object) -> InputError:
        return InputError(f"{self._path} cannot be read ({reason}): take it away, and the run goes on without it.")


def read_history(path: Path) -> list[dict[str, float]]:
    """The rows of a run so far, each with the columns that it has; none where there is no file yet.

    Damaged rows are left out, as one is that was being written when the power failed. InputError where the file cannot
    be read at all.
    """
    reader = HistoryReader(path)
    rows: list[dict[str, float]] = []
    while new := reader.read():
        rows += new.rows
    return rows


def _figures(row: dict[Any, Any]) -> dict[str, float]:
    """The row's numbers by column; none where any is not one, or there are too many of them."""
    try:
        return {} if None in row else {name: float(row[name]) for name in COLUMNS if row.get(name)}
    except ValueError:
        return {}


def _text(rows: list[dict[str, float]], header: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
