"""Loops over arrays, compiled for the processor at hand when they are first run."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from numpy.typing import NDArray
from torch import Tensor

WIDTH = 16  # numbers that a product makes at once, as a vector: in two registers, or in one of 512 bits

F = TypeVar("F", bound=Callable[..., None])


def compiled(loop: F) -> F:
    """The loop as machine code, which is kept on disk and runs beside other threads: it does not hold the GIL."""
    from numba import njit  # which opening a window does not need

    try:
        made: F = njit(nogil=True, cache=True, error_model="numpy")(loop)
    except RuntimeError:  # there is no folder that it could be kept in: it is compiled anew in each process
        made = njit(nogil=True, error_model="numpy")(loop)
    return made


def is_compiled_for(tensor: Tensor) -> bool:
    """Whether there are loops for such numbers: those of single and double precision on the CPU."""
    return tensor.device.type == "cpu" and tensor.dtype in (torch.float32, torch.float64)


def array_of(tensor: Tensor) -> NDArray[Any]:
    """The numbers of a tensor on the CPU, in one piece; its own, if they are."""
    array: NDArray[Any] = tensor.detach().contiguous().numpy()
    return array
