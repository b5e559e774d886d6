"""How a data set that takes a while is made: by a generator that reports each piece of work and returns the set.

A generator passes the reports on and keeps the set with `characters = yield from load_strokes(…)`; whoever needs no
reports calls `result(load_strokes(…))`. Closing such a generator cancels the work and leaves no file behind.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Preparation:
    """`done` of `total` pieces of the work called `what` are finished."""

    done: int
    total: int
    what: str


def result(work: Generator[Any, None, T]) -> T:
    """What the generator returns once it has run to its end; its reports are passed over."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: T = end.value
            return value
