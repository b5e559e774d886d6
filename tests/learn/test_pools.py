import threading

import numpy as np
import pytest

from metagui.learn.pools import pool, share_out


def threads() -> set[threading.Thread]:
    barrier = threading.Barrier(2)  # which each of two threads has to reach

    def worker(_: int) -> threading.Thread:
        barrier.wait(timeout=60)
        return threading.current_thread()

    return set(pool(2).map(worker, range(2)))


def test_the_threads_are_those_of_the_thread_that_asks_and_end_with_it():
    mine, others = threads(), []
    assert threads() == mine
    other = threading.Thread(target=lambda: others.extend(threads()))
    other.start()
    other.join()
    assert mine.isdisjoint(others)
    for thread in others:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in others)
    assert all(thread.is_alive() for thread in mine)


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
@pytest.mark.parametrize(("tasks", "columns"), [(1, 16), (1, 40), (2, 64), (7, 16)])
def test_all_tasks_and_columns_are_worked_on_once_by_as_many_threads(tasks, columns, threads, torch_threads):
    torch_threads(threads)
    pieces = []
    share_out(lambda *piece: pieces.append(piece), tasks, columns, unit=16)
    done = np.zeros((tasks, columns))
    for first, end, left, right in pieces:
        done[first:end, left:right] += 1
        assert left % 16 == 0
    assert (done == 1).all()
    assert len(pieces) == (threads if tasks >= threads else min(threads, -(-columns // 16)))


def test_what_fails_in_another_thread_fails(torch_threads):
    torch_threads(2)

    def work(first: int, *_: int) -> None:
        if first:
            raise ValueError("the second one's")

    with pytest.raises(ValueError, match="the second one's"):
        share_out(work, 2, 1, unit=1)
