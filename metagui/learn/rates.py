"""The inner loop's learning rates: one for all, or learned."""

import torch
from torch import Tensor, nn

Shapes = dict[str, torch.Size]  # of the adapted parameters, without the axis of tasks


class FixedRate(nn.Module):
    """One rate for every parameter and step, as MAML has it."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._rate = rate

    def forward(self, name: str, step: int) -> float:
        return self._rate


class ParameterRates(nn.Module):
    """A learned rate for each element of each parameter: direction and length of a step (Meta-SGD: Li et al. 2017,
    arXiv:1707.09835, eq. 2). All begin at `rate`.
    """

    def __init__(self, rate: float, shapes: Shapes) -> None:
        super().__init__()
        self.rates = nn.ParameterDict({_key(name): torch.full(shape, rate) for name, shape in shapes.items()})

    def forward(self, name: str, step: int) -> Tensor:
        rates: Tensor = self.rates[_key(name)]
        return rates


class StepRates(nn.Module):
    """A learned rate for each layer and step (MAML++: Antoniou et al. 2019, section 4, LSLR). All begin at `rate`.

    Steps beyond the `steps` of training take the last one's.
    """

    def __init__(self, rate: float, names: list[str], steps: int) -> None:
        super().__init__()
        self._last = steps - 1
        self.rates = nn.ParameterDict({_key(name): torch.full((steps,), rate) for name in names})

    def forward(self, name: str, step: int) -> Tensor:
        rate: Tensor = self.rates[_key(name)][min(step, self._last)]
        return rate


Rates = FixedRate | ParameterRates | StepRates


def _key(name: str) -> str:
    """A parameter's name as a module may have it."""
    return name.replace(".", "_")
