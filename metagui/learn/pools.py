"""Threads for work that does not hold the interpreter."""

import threading
from concurrent.futures import ThreadPoolExecutor


class _Pools(threading.local):
    """Of the thread that asks: where threads inherit a priority, they have that of the one that they work for."""

    def __init__(self) -> None:
        self.by_threads: dict[int, ThreadPoolExecutor] = {}


_POOLS = _Pools()


def pool(threads: int) -> ThreadPoolExecutor:
    """So many, which end with the thread that asks."""
    pools = _POOLS.by_threads
    if threads not in pools:
        pools[threads] = ThreadPoolExecutor(threads, "chunk")
    return pools[threads]
