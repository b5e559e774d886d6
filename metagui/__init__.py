"""metagui: see a neural network learn to learn."""

import os

__version__ = "0.1.0"

# A meta-step's tensors are new each time, and a tenth of it went by while the system handed out memory in pages of
# 4 KB. Torch asks for 2 MB at a time (on Linux) where this is set before its first tensor is made.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
