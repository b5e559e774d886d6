"""RESULTS.md: a section for each part of the benchmark, each with its own date, machine and versions."""

import os
import platform
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
_TITLE = "# Measured by `make bench`"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def heading(*columns: str) -> str:
    return f"{row(*columns)}\n|{'---|' * len(columns)}"


def version_of(package: str) -> str | None:
    """The installed version, None where the package is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def machine(packages: Iterable[str]) -> str:
    """The day, the machine, and the versions of Python and of those packages that are installed."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    versions = [f"{name} {installed}" for name in packages if (installed := version_of(name))]
    system = f"{os.cpu_count()} cores, {model}, {platform.system()}, Python {platform.python_version()}"
    return f"{time.strftime('%Y-%m-%d')}: {', '.join([system, *versions])}."


def write_section(file: Path, name: str, lines: Iterable[str]) -> None:
    """Put the lines under the heading of this name; all other sections stay as they are."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    sections = dict(section.split("\n", 1) for section in text.split("\n## ")[1:])
    sections[name] = "\n" + "\n".join(lines) + "\n"
    parts = [_TITLE, *(f"## {title}\n{body.rstrip()}" for title, body in sections.items())]
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
