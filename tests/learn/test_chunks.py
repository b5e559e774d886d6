import threading

import pytest
import torch
from torch import nn

from metagui.data.episodes import Episodes, EpisodeSampler
from metagui.learn.chunks import in_chunks, set_gradient


@pytest.fixture
def two_threads(torch_threads) -> None:
    torch_threads(2)


@pytest.fixture
def many(characters) -> Episodes:
    return EpisodeSampler(characters, 5, 2, 5, seed=0).sample(9)


def first_pixels(episodes: Episodes, is_first: bool) -> tuple[torch.Tensor, bool, str]:
    return episodes.query.sum((1, 2, 3, 4)), is_first, threading.current_thread().name


def test_chunks_come_in_order_and_add_up(many, two_threads):
    results = list(in_chunks(first_pixels, many))
    assert len(results) > 1
    assert sum(share for share, _ in results) == pytest.approx(1)
    assert torch.equal(torch.cat([sums for _, (sums, _, _) in results]), many.query.sum((1, 2, 3, 4)))
    assert [is_first for _, (_, is_first, _) in results] == [True] + [False] * (len(results) - 1)


def test_chunks_of_small_tasks_are_small(characters, two_threads):
    episodes = EpisodeSampler(characters, 2, 1, 1, seed=0).sample(64)
    sizes = [len(sums) for _, (sums, _, _) in in_chunks(first_pixels, episodes)]
    assert sizes == [8] * 8


def test_chunks_run_on_threads_of_their_own_and_leave_torchs_number_as_it_was(many, two_threads):
    names = {name for _, (_, _, name) in in_chunks(first_pixels, many)}
    assert all(name.startswith("chunk") for name in names)
    assert torch.get_num_threads() == 2


def test_one_thread_needs_no_other(many):
    torch.set_num_threads(1)
    names = {name for _, (_, _, name) in in_chunks(first_pixels, many)}
    assert names == {threading.current_thread().name}


def test_an_error_in_a_chunk_is_told(many, two_threads):
    def fail(episodes: Episodes, is_first: bool) -> None:
        raise ValueError("in a chunk")

    with pytest.raises(ValueError, match="in a chunk"):
        list(in_chunks(fail, many))
    assert torch.get_num_threads() == 2


def test_gradients_are_the_mean_over_tasks(many, two_threads):
    weight, unused = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(1))
    unused.grad = torch.ones(1)

    def work(episodes: Episodes, is_first: bool):
        return (episodes.query.mean() * torch.ones(3), None), "more"

    others = set_gradient([weight, unused], work, many)
    torch.testing.assert_close(weight.grad, many.query.mean().expand(3))
    assert unused.grad is None
    assert {other for _, other in others} == {"more"}
