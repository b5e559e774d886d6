"""How far the inner steps move each layer."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from metagui.learn.learner import Movement


class Origin:
    """What the inner steps move, as it was before the first: one for all the steps of an adaptation."""

    def __init__(self, parameters: Mapping[str, Tensor]) -> None:
        """By their names, each with a leading axis of tasks; without them nothing moves."""
        self._parameters = {name: value.detach() for name, value in parameters.items()}
        self._lengths: dict[str, Tensor] = {}  # of each layer, once it has been asked for

    @property
    def names(self) -> list[str]:
        return list(self._parameters)

    def __getitem__(self, tasks: slice) -> "Origin":
        return Origin({name: value[tasks] for name, value in self._parameters.items()})

    def movements(
        self, layers: Mapping[str, Iterable[str]], parameters: Mapping[str, Tensor]
    ) -> dict[str, Movement | None]:
        """From here to `parameters`, of each of the layers, which are given with the names of what belongs to them."""
        movements: dict[str, Movement | None] = {}
        for layer, names in layers.items():
            moved = [name for name in names if name in self._parameters]
            if not moved:
                movements[layer] = None
                continue
            if layer not in self._lengths:
                self._lengths[layer] = _length([self._parameters[name] for name in moved])
            distance = _length([parameters[name] - self._parameters[name] for name in moved])
            movements[layer] = Movement(distance, self._lengths[layer])
        return movements


def _length(tensors: list[Tensor]) -> Tensor:
    """(tasks,), of all of them as one vector of each task."""
    length: Tensor = torch.cat([tensor.flatten(1) for tensor in tensors], dim=1).norm(dim=1)
    return length
