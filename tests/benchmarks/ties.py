"""Tasks whose meta-gradient does not hang on a rounding.

A ReLU whose input lies nearer to zero than float32 can tell passes a gradient or not by chance. Among the millions of
a task's inner loop there is one such every few tasks, and five steps magnify a single one to percents of the
meta-gradient: in 64 tasks, 20-way with five steps, the plain loop in float32 was off by more than 1e-3 in four, and by
5e-7 in nearly all others. Such a task tells nothing of an engine, whichever it strikes, and is left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from metagui.data.episodes import Episodes
from tests.benchmarks.peers import Result

_MARGIN = 1e-6  # of a ReLU's input, which is of size one; nearly all roundings are smaller, of torch's fused norm too


class NearestTie(TorchFunctionMode):
    """Watches the inputs of `F.relu`: `distance` is that of the one nearest to zero."""

    distance = float("inf")

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is F.relu:
            self.distance = min(self.distance, float(args[0].detach().abs().min()))
        return func(*args, **(kwargs or {}))


def without_ties(candidates: Episodes, tasks: int, exact: Callable[[Episodes], Result]) -> tuple[Episodes, Result]:
    """The first so many of the candidates without a tie, and their mean loss and gradients.

    `exact` takes one task's in double precision by `F.relu`. Raises ValueError where there are too few such tasks.
    """
    kept: list[int] = []
    loss, gradients = 0.0, list[Tensor]()
    for task in range(len(candidates)):
        with NearestTie() as ties:
            one, its_gradients = exact(candidates[task : task + 1])
        if ties.distance < _MARGIN:
            continue
        kept.append(task)
        loss += one / tasks
        shares = [gradient / tasks for gradient in its_gradients]
        gradients = [a + b for a, b in zip(gradients, shares, strict=True)] if gradients else shares
        if len(kept) == tasks:
            episodes = Episodes(*(getattr(candidates, item.name)[kept] for item in fields(candidates)))
            return episodes, (loss, gradients)
    raise ValueError(f"{len(kept)} of {len(candidates)} tasks have no tie: {tasks} were asked for")
