import threading

from metagui.learn.pools import pool


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
