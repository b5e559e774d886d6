"""A meta-batch in chunks of tasks that are adapted together, the chunks side by side on torch's threads."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn

from metagui.data.episodes import Episodes
from metagui.learn.pools import pool

R = TypeVar("R")

_IMAGES = 200  # of a chunk: more spill out of the processor's cache, and their graph's memory grows with them
_TASKS = 8  # of a chunk: more of small tasks save no time that can be measured, and their graph grows
_IMAGES_ON_GPU = 8000  # which wants all at once


def in_chunks(work: Callable[[Episodes, bool], R], episodes: Episodes) -> Iterator[tuple[float, R]]:
    """What `work` makes of each chunk, with the chunk's share of the tasks; in the order of the tasks.

    `work` is told whether the chunk is the first.

    On the CPU a chunk is worked on by one thread. Torch's own way, to share out each operation, makes all threads wait
    for the slowest one at each of some thousand operations.
    """
    on_cpu = episodes.support.device.type == "cpu"
    threads = torch.get_num_threads() if on_cpu else 1
    images = episodes.support.shape[1] + episodes.query.shape[1]
    most = min(_IMAGES // images, _TASKS) if on_cpu else _IMAGES_ON_GPU // images
    most = max(1, min(most, -(-len(episodes) // threads)))
    # A power of two, so that several processes that share a meta-batch cut it as one does, and round alike.
    size = 1 << (most.bit_length() - 1)
    chunks = [episodes[first : first + size] for first in range(0, len(episodes), size)]
    shares = [len(chunk) / len(episodes) for chunk in chunks]
    is_first = [True] + [False] * (len(chunks) - 1)
    if threads == 1 or len(chunks) == 1:
        yield from zip(shares, map(work, chunks, is_first), strict=True)
        return
    try:
        results = pool(threads).map(partial(_with_one_thread, work), chunks, is_first)
        yield from zip(shares, results, strict=True)
    finally:
        torch.set_num_threads(threads)


def set_gradient(
    parameters: Sequence[nn.Parameter],
    work: Callable[[Episodes, bool], tuple[Sequence[Tensor | None], R]],
    episodes: Episodes,
) -> list[tuple[float, R]]:
    """Fill `.grad` with the mean gradient over the episodes, chunk by chunk; what else `work` gives, with the shares.

    `work` gives a chunk's mean gradient by each parameter, None where it has none.
    """
    others = []
    for parameter in parameters:
        parameter.grad = None
    for share, (gradients, other) in in_chunks(work, episodes):
        others.append((share, other))
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if gradient is None:
                continue
            if parameter.grad is None:
                parameter.grad = share * gradient
            else:
                parameter.grad.add_(gradient, alpha=share)
    return others


def _with_one_thread(work: Callable[[Episodes, bool], R], chunk: Episodes, is_first: bool) -> R:
    torch.set_num_threads(1)  # each time, since MKL's number is not of the thread but of the process
    return work(chunk, is_first)
