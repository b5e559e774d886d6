"""The curves of a run, in a CSV file that any other program can read."""

import csv
import io
import os
from contextlib import suppress
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


class History:
    """Rows that wait in memory until `flush`, which a run calls with each checkpoint, so that the two agree."""

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
        """Drop the rows after `iteration`: a run that resumes from its checkpoint makes them again."""
        rows = read_history(self._path)
        kept = [row | {"iteration": int(row["iteration"])} for row in rows if row["iteration"] <= iteration]
        write_atomically(self._path, _text(kept, header=True))


def read_history(path: Path) -> list[dict[str, float]]:
    """The rows of a run so far, each with the columns that it has; none where there is no file yet.

    Damaged rows are left out, as one is that was being written when the power failed. InputError where the file cannot
    be read at all.
    """
    if not exists(path):
        return []
    try:
        with path.open(newline="", errors="replace") as file:
            rows = [_figures(row) for row in csv.DictReader(file)]
    except (OSError, csv.Error) as error:
        raise InputError(f"{path} cannot be read ({error}): take it away, and the run goes on without it.") from error
    return [row for row in rows if "iteration" in row]


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
