import subprocess
import sys

# What a drawing's adaptation loads is there beforehand: nothing is imported or compiled for it.
PROGRAM = """
import sys
import torch
from metagui.learn.readiness import get_ready

for _ in get_ready():
    pass
from metagui.learn import fused_normalisation, gathered_product
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.shipped import shipped
loops = [
    loop for module in (gathered_product, fused_normalisation) for loop in vars(module).values()
    if hasattr(loop, "signatures")
]
network = load_checkpoint(shipped()[0].path).learner()
before, compiled = set(sys.modules), [list(loop.signatures) for loop in loops]
assert any(compiled)
list(network.adapt(torch.rand(1, 3, 1, 28, 28), torch.tensor([[0, 1, 2]]), 3))
assert compiled == [list(loop.signatures) for loop in loops]
print(*set(sys.modules) - before, *{"sympy"} & set(sys.modules))
"""


def test_a_drawing_waits_for_no_import_and_no_compiler():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120)
    assert (done.stdout.strip(), done.stderr) == ("", "")
