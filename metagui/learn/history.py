"""The curves of a run, in a CSV file that any other program can read."""

import csv
from pathlib import Path

from metagui.data.errors import InputError

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
        self._waiting: list[dict[str, float] | dict[str, str]] = []

    def add(self, iteration: int, seconds: float, **figures: float) -> None:
        self._waiting.append({"iteration": iteration, "seconds": round(seconds, 3)} | figures)

    def flush(self) -> None:
        """Append the waiting rows. InputError where the disk refuses; the rows then wait on."""
        try:
            new = not self._path.exists()
            with self._path.open("a", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS)
                if new:
                    writer.writeheader()
                writer.writerows(self._waiting)
        except OSError as error:
            raise InputError(f"Could not write {self._path}: {error.strerror or error}.") from error
        self._waiting = []

    def rewind(self, iteration: int) -> None:
        """Drop the rows after `iteration`: a run that resumes from its checkpoint makes them again."""
        self._waiting = [row for row in _rows(self._path) if int(row["iteration"]) <= iteration]
        self._path.unlink(missing_ok=True)
        self.flush()


def read_history(path: Path) -> list[dict[str, float]]:
    """The rows of a run so far, each with the columns that it has; none where there is no file yet."""
    return [{name: float(value) for name, value in row.items() if value} for row in _rows(path)]


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
