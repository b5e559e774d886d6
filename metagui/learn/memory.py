"""How the process keeps the memory that tensors give back."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's mallopt(3)
_AT_MOST = 1 << 30  # bytes


def keep_freed_memory() -> None:
    """Let glibc hand the memory of the last step to the next, rather than give it back to the system in between.

    Torch asks for each tensor anew; where the system clears the pages each time that is a tenth of a training step on
    the CPU. Elsewhere than on Linux with glibc it does nothing.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _AT_MOST)
        mallopt(_MMAP_THRESHOLD, _AT_MOST)
