import subprocess
import sys

import pytest
import torch
from torch import nn

from metagui.learn.optimizer import OPTIMIZERS

TORCHS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}


def parameters() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((3, 4), (5,), (2,))]


def give_gradients(values: list[nn.Parameter], step: int) -> None:
    """The last parameter has none before the third step."""
    generator = torch.Generator().manual_seed(step + 1)
    for number, value in enumerate(values):
        gradient = torch.randn(value.shape, generator=generator)
        value.grad = None if number == 2 and step < 2 else gradient


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_they_step_as_torchs_own_do_to_the_bit(name: str) -> None:
    ours, theirs = parameters(), parameters()
    optimizer = OPTIMIZERS[name](ours)
    reference = TORCHS[name](theirs, lr=0.1)
    for step, rate in enumerate((0.1, 0.1, 0.05, 0.02, 0.01)):
        give_gradients(ours, step)
        give_gradients(theirs, step)
        optimizer.step(rate)
        reference.param_groups[0]["lr"] = rate
        reference.step()
        assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_restored_one_goes_on_as_if_nothing_had_been_between(name: str) -> None:
    values = parameters()
    optimizer = OPTIMIZERS[name](values)
    for step in range(2):
        give_gradients(values, step)
        optimizer.step(0.1)
    copies = [nn.Parameter(value.detach().clone()) for value in values]
    other = OPTIMIZERS[name](copies)
    other.restore(optimizer.state())
    for step in range(2, 4):
        for some, one in ((values, optimizer), (copies, other)):
            give_gradients(some, step)
            one.step(0.1)
    assert all(torch.equal(one, copy) for one, copy in zip(values, copies, strict=True))


def test_the_state_of_another_one_is_refused() -> None:
    values = parameters()
    adam = OPTIMIZERS["adam"](values)
    give_gradients(values, 0)
    adam.step(0.1)
    state = adam.state()
    with pytest.raises(ValueError, match="no state"):
        OPTIMIZERS["sgd"](values).restore(state)
    with pytest.raises(ValueError, match="another shape"):
        OPTIMIZERS["adam"](values[1:]).restore(state)
    with pytest.raises(ValueError, match="no parameter 1"):
        OPTIMIZERS["adam"](values[:1]).restore(state)
    with pytest.raises(KeyError):
        OPTIMIZERS["adam"](values).restore({"0.exp_avg": state["0.exp_avg"]})


def test_no_compiler_is_imported_to_train() -> None:
    """Which takes as long as importing torch itself."""
    script = (
        "import sys, tempfile\n"
        "from dataclasses import replace\n"
        "from pathlib import Path\n"
        "from metagui.data.characters import Split\n"
        "from metagui.data.strokes import make_strokes\n"
        "from metagui.learn.presets import PRESETS\n"
        "from metagui.learn.training import train\n"
        "some = make_strokes(12, drawers=3)\n"
        "config = replace(PRESETS['default'], way=3, shot=1, query=2, meta_batch=1, iterations=1, validate_every=1,\n"
        "                 validation_episodes=2)\n"
        "list(train(config, Split(some, some, some), Path(tempfile.mkdtemp())))\n"
        "print('torch._dynamo' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
