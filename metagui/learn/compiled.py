"""Loops over arrays, compiled for the processor at hand when they are first run."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit
from numpy.typing import NDArray
from torch import Tensor

F = TypeVar("F", bound=Callable[..., None])


def compiled(loop: F) -> F:
    """The loop as machine code, which is kept on disk and runs beside other threads: it does not hold the GIL."""
    made: F = njit(nogil=True, cache=True, error_model="numpy")(loop)
    return made


def array_of(tensor: Tensor) -> NDArray[Any]:
    """The numbers of a tensor on the CPU, in one piece; its own, if they are."""
    array: NDArray[Any] = tensor.detach().contiguous().numpy()
    return array
