"""How long a call takes."""

import time
from collections.abc import Callable


def seconds(work: Callable[[], object], repeats: int) -> list[float]:
    """How long each of `repeats` calls takes, after one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return times
