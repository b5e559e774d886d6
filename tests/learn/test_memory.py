"""In a process of its own, since it holds for a whole one."""

import subprocess
import sys

import pytest

_STEPS = """
import resource, sys
from metagui.learn.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def faults():
    for _ in range(5):
        [b"1" * 48_000_000 for _ in range(3)]  # as large as a tensor of 12 million numbers
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        [b"1" * 48_000_000 for _ in range(3)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is for Linux alone")
def test_memory_that_was_given_back_is_used_again_without_page_faults():
    given_back, kept = (
        int(subprocess.run([sys.executable, "-c", _STEPS, how], capture_output=True, text=True, check=True).stdout)
        for how in ("default", "keep")
    )
    assert kept < given_back / 4
