"""The optimizers of the outer loop, by torch's own functions.

Torch's classes around these functions serve its compiler as well, which the first of them to be made would import: half
of the time until a training begins.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

_FIRST, _SECOND, _STEPS = "exp_avg", "exp_avg_sq", "step"  # torch's names


class Optimizer(Protocol):
    def step(self, rate: float) -> None:
        """Move the parameters along their `.grad`; one that has none stays."""
        ...

    def state(self) -> dict[str, Tensor]:
        """What `restore` needs to go on as if nothing had been between."""
        ...

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """KeyError or ValueError where this is not the state of such an optimizer of such parameters."""
        ...


class SGD:
    """θ ← θ − β g."""

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        self._parameters = list(parameters)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for parameter in self._parameters:
            if parameter.grad is not None:
                parameter.sub_(parameter.grad, alpha=rate)

    def state(self) -> dict[str, Tensor]:
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        if state:
            raise ValueError("Plain gradient steps have no state.")


class Adam:
    """Kingma & Ba 2015, algorithm 1, with their β and ε."""

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        self._parameters = list(parameters)
        self._moments: dict[int, dict[str, Tensor]] = {}  # of each parameter that has had a gradient

    @torch.no_grad()
    def step(self, rate: float) -> None:
        moved = [index for index, parameter in enumerate(self._parameters) if parameter.grad is not None]
        for index in moved:
            if index not in self._moments:
                zeros = torch.zeros_like(self._parameters[index])
                self._moments[index] = {_STEPS: torch.tensor(0.0), _FIRST: zeros, _SECOND: zeros.clone()}
        first, second, steps = ([self._moments[index][name] for index in moved] for name in (_FIRST, _SECOND, _STEPS))
        parameters: list[Tensor] = [self._parameters[index] for index in moved]
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        adam(
            parameters, gradients, first, second, [], steps,
            lr=rate, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False,
        )  # fmt: skip

    def state(self) -> dict[str, Tensor]:
        return {f"{index}.{name}": value for index, moments in self._moments.items() for name, value in moments.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        restored: dict[int, dict[str, Tensor]] = {}
        for index in {int(name.split(".")[0]) for name in state}:
            if index >= len(self._parameters):
                raise ValueError(f"There is no parameter {index}.")
            parameter = self._parameters[index]
            moments = {name: state[f"{index}.{name}"].clone() for name in (_STEPS, _FIRST, _SECOND)}
            if moments[_FIRST].shape != parameter.shape or moments[_SECOND].shape != parameter.shape:
                raise ValueError(f"The moments of parameter {index} have another shape.")
            restored[index] = moments | {name: moments[name].to(parameter.device) for name in (_FIRST, _SECOND)}
        self._moments = restored


OPTIMIZERS: dict[str, Callable[[Iterable[nn.Parameter]], Optimizer]] = {"adam": Adam, "sgd": SGD}
