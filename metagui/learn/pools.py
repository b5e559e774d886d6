"""Threads for work that does not hold the interpreter."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import torch


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


def share_out(work: Callable[[int, int, int, int], None], tasks: int, columns: int, unit: int) -> None:
    """Have torch's threads do work(first task, end task, first column, end column), until all tasks and columns are.

    Of fewer tasks than threads the columns are shared out, by so many as are one `unit`.
    """
    threads = torch.get_num_threads()
    if tasks >= threads:
        pieces = [(first, end, 0, columns) for first, end in _ranges(tasks, threads)]
    else:
        units = -(-columns // unit)
        pieces = [(0, tasks, first * unit, min(end * unit, columns)) for first, end in _ranges(units, threads)]
    others = [pool(threads).submit(work, *piece) for piece in pieces[1:]]
    work(*pieces[0])
    for other in others:
        other.result()


def _ranges(number: int, parts: int) -> list[tuple[int, int]]:
    """So many parts that are about as large, or as many as have something."""
    bounds = [number * part // parts for part in range(parts + 1)]
    return [(first, end) for first, end in pairwise(bounds) if end > first]
