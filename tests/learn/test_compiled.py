import threading

import numpy as np
import pytest
import torch

from metagui.learn.compiled import array_of, compiled, is_compiled_for


@compiled
def add_up(numbers, times):
    for _ in range(times):
        for place in range(1, len(numbers)):
            numbers[place] += numbers[0]


def test_other_threads_run_beside_a_compiled_loop():
    numbers = np.ones(1000)
    add_up(numbers, 1)  # to have it compiled
    thread = threading.Thread(target=add_up, args=(numbers, 1_000_000))
    thread.start()
    seen = set()
    while thread.is_alive():
        seen.add(float(numbers[-1]))
    assert len(seen) > 10  # a loop that holds the interpreter shows what it has done when it is done


def test_an_array_has_the_tensors_own_numbers():
    tensor = torch.zeros(2, 3, requires_grad=True)
    array_of(tensor)[1, 2] = 5
    assert tensor[1, 2] == 5


@pytest.mark.parametrize("tensor", [torch.arange(6.0).view(2, 3).mT, torch.ones(1, 3).expand(2, -1)])
def test_an_array_lies_in_one_piece(tensor):
    array = array_of(tensor)
    assert array.flags.c_contiguous
    assert np.array_equal(array, tensor.numpy())


def test_a_loop_that_can_be_kept_nowhere_is_compiled_all_the_same(monkeypatch):
    from numba.core import caching

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])

    @compiled
    def double(numbers):
        for place in range(len(numbers)):
            numbers[place] *= 2

    numbers = np.ones(3)
    double(numbers)
    assert numbers.tolist() == [2, 2, 2]


def test_other_numbers_than_those_of_training_go_through_torch():
    assert is_compiled_for(torch.zeros(1))
    assert is_compiled_for(torch.zeros(1, dtype=torch.float64))
    assert not is_compiled_for(torch.zeros(1, dtype=torch.bfloat16))
    assert not is_compiled_for(torch.zeros(1, device="meta"))
