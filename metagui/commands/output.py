"""What all commands say, and how: results to standard output, progress beside it."""

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Generator
from typing import NoReturn, TypeVar

from tqdm import tqdm

from metagui.data.errors import InputError
from metagui.data.preparation import Preparation

T = TypeVar("T")

_MOST = 10**9  # of any count: more is a slip of the finger, and beyond torch's integers further up


def count_from(least: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        value = int(text)
        if not least <= value <= _MOST:
            raise ArgumentTypeError(f"{value} is not from {least} to {_MOST}")
        return value

    return count


def say(text: str) -> None:
    """To standard output, at once. BrokenPipeError where nobody reads it, InputError where it takes no more."""
    try:
        print(text, flush=True)
    except OSError as error:
        # Else Python itself would try again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise InputError(f"Could not write to the standard output: {error.strerror or error}.") from error


def prepared(work: Generator[Preparation, None, T]) -> T:
    """What the generator returns at its end, its reports shown as a progress bar or as lines."""
    bar: tqdm[NoReturn] | None = None
    what = ""
    try:
        while True:
            report = next(work)
            if report.what != what:
                what = report.what
                if bar is not None:
                    bar.close()
                bar = tqdm(total=report.total, desc=what, disable=not sys.stderr.isatty())
                if bar.disable and report.total > 1:
                    print(f"{what} …", file=sys.stderr, flush=True)
            assert bar is not None
            bar.n = report.done
            bar.update(0)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        work.close()
        if bar is not None:
            bar.close()
