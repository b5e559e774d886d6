"""What each process of a real group does for test_processes: `torchrun … -m tests.learn.group_member FOLDER`.

It leaves what it saw in FOLDER/<rank>.json.
"""

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from metagui import cli
from metagui.commands import train as command
from metagui.data.characters import Split, split
from metagui.data.errors import InputError
from metagui.data.strokes import make_strokes
from metagui.learn.config import TrainingConfig
from metagui.learn.events import Progress, Validated, Validating
from metagui.learn.processes import Group, join
from metagui.learn.training import train
from tests.learn.test_training import SMALL

UNEVEN = replace(SMALL, meta_batch=3, iterations=4, validate_every=2)  # one task for the first, two for the second
MORE = 6  # iterations after the run is resumed
TINY = ("--way", "2", "--query", "1")


def small_parts() -> Split:
    return split(make_strokes(24, drawers=3), "1028")


class Net(nn.Module):
    """Two parameters, one of which the first process has no gradient for, and two buffers that cannot be one vector."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.full((2, 2), value))
        self.other = nn.Parameter(torch.full((3,), value))
        self.register_buffer("running", torch.full((2,), value))
        self.register_buffer("count", torch.tensor(int(value)))


def message(work: Callable[[], Any]) -> str:
    try:
        work()
    except InputError as error:
        return str(error)
    return ""


def agreed(group: Group, failing: int) -> None:
    with group.agreeing():
        if group.rank == failing:
            raise InputError(f"refused by {failing}")


def refuse() -> None:
    raise InputError("refused by the first")


def averages(group: Group) -> dict[str, Any]:
    net = Net(1.0 + group.rank)
    group.begin(net, [torch.arange(5)])
    begun = {name: value.tolist() for name, value in net.state_dict().items()}
    net.one.grad = torch.full((2, 2), 4.0 * group.rank)
    if group.rank == 1:
        net.other.grad = torch.full((3,), 8.0)
    net.running.fill_(4.0 * group.rank)
    figures = group.average(net, [1.0 - group.rank, 4.0 * group.rank], weight=[0.25, 0.75][group.rank])
    gradients = [net.one.grad.tolist(), net.other.grad.tolist()]
    return {"begun": begun, "figures": figures, "gradients": gradients, "running": net.running.tolist()}


def stops(group: Group) -> list[bool]:
    """Before the wish, before its exchange, and after."""
    seen = [group.stops]
    if group.rank == 1:
        group.wish_stop(15)
    seen.append(group.stops)
    group.sum(torch.zeros(1))
    return [*seen, group.stops]


def trained(group: Group, folder: Path) -> dict[str, Any]:
    parts = small_parts()
    reductions = []
    all_reduce = dist.all_reduce

    def counted(*arguments: Any, **options: Any) -> Any:
        reductions.append(None)
        return all_reduce(*arguments, **options)

    dist.all_reduce = counted
    events = list(train(UNEVEN, parts, folder / "run", group=group))
    dist.all_reduce = all_reduce

    def refusal(name: str, config: TrainingConfig = UNEVEN, parts: Split = parts, resume: bool = False) -> str:
        return message(lambda: list(train(config, parts, folder / name, resume, group)))

    more = list(train(replace(UNEVEN, iterations=MORE), parts, folder / "run", resume=True, group=group))
    other = replace(parts, train=replace(parts.train, images=255 - parts.train.images))
    return {
        "reductions": len(reductions),
        "validations": sum(isinstance(event, Validating) for event in events),
        "accuracies": [event.evaluation.accuracy for event in events + more if isinstance(event, Validated)],
        "seconds": [event.seconds for event in events if isinstance(event, Progress)],
        "resumed": [event.iteration for event in more if isinstance(event, Progress)],
        "over": refusal("run", resume=True),
        "again": refusal("run"),
        "no checkpoint": refusal("none", resume=True),
        "too few tasks": refusal("few", replace(UNEVEN, meta_batch=1)),
        "other data": refusal("other", parts=other if group.rank else parts),
    }


def refused_by_the_command(group: Group, folder: Path) -> list[Any]:
    """The exit code of `metagui train` on a run that is there already, and what it says."""
    command.join = lambda: group
    with redirect_stdout(io.StringIO()) as output, redirect_stderr(io.StringIO()) as error:
        code = cli.run(cli.parse(["train", "--run", str(folder / "run"), "--data", str(folder / "images"), *TINY]))
    return [code, output.getvalue(), error.getvalue()]


def main(folder: Path) -> None:
    group = join()
    seen = {
        "size": group.size,
        "share": [[share.start, share.stop] for share in (group.share(5), group.share(1))],
        "writes": group.writes,
        "devices": [group.device("cuda"), group.device("cpu"), message(lambda: group.device("cuda:1"))],
        "first": group.first(lambda: {"rank": group.rank}),
        "refused by the first": message(lambda: group.first(refuse)),
        "refused by the second": message(lambda: agreed(group, 1)),
        "sum": group.sum(torch.tensor([1.0, group.rank], dtype=torch.float64)).tolist(),
        "lap": group.lap(-1),
        "averages": averages(group),
        "trained": trained(group, folder),
        "stops": stops(group),
        "command": refused_by_the_command(group, folder),  # and it leaves the group
    }
    (folder / f"{group.rank}.json").write_text(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
