"""The processes that train one network together: who does which tasks, and what they tell each other."""

import os
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous

from metagui.data.errors import InputError

T = TypeVar("T")

_PATIENCE = 600.0  # seconds with a process that neither answers nor is known to be gone
_LAST_PATIENCE = 15.0  # the same once this process is to stop: torchrun kills it 30 seconds after its signal
_WORD = 3.0  # seconds that the others give the first process to notice a loss, before one takes its place
_LOOK_EVERY = 2e-4  # seconds; waiting in Python, and not in torch, lets signals be heard
_ALIVE = "the first process has noticed"


class LostProcessError(InputError):
    """A process of the group is gone, or has not answered for ten minutes."""


class Group:
    """A process that trains alone. `join` gives one of several the same methods.

    Several processes call `agreeing`, `first`, `begin`, `average` and `sum` in the same order: each call waits for all.
    """

    rank, size = 0, 1

    def __init__(self) -> None:
        self.stop_wish = 0  # the signal that asked this process to stop, if one did

    def wish_stop(self, signal: int) -> None:
        """Ask all processes to stop after the step at work; a signal handler may call it."""
        self.stop_wish = signal

    @property
    def stops(self) -> bool:
        """Whether a process wished to stop: the same in all of them between two exchanges."""
        return self.stop_wish != 0

    @property
    def writes(self) -> bool:
        """Whether this is the one process that writes files and talks to people: the first, or its heir."""
        return True

    def device(self, name: str) -> str:
        """The device of this process where the configuration names `name`. InputError where several would share one."""
        return name

    def share(self, count: int) -> slice:
        """Those of `count` things that this process does: consecutive ones, as many as others do, give or take one."""
        return slice(self.rank * count // self.size, (self.rank + 1) * count // self.size)

    @contextmanager
    def agreeing(self) -> Iterator[None]:
        """Where the block raises InputError in one process, it does in all."""
        yield

    def first(self, work: Callable[[], T]) -> T:
        """What `work` gives in the first process, in all of them. InputError in all where it raises that."""
        return work()

    def begin(self, network: nn.Module, data: Sequence[Tensor]) -> None:
        """Give every process the first one's network. InputError where the `data` of two processes is not the same."""

    def average(self, network: nn.Module, figures: Sequence[float], weight: float) -> list[float]:
        """Average the network's gradients, its floating-point buffers and `figures` over the processes; the figures.

        `weight` is this process's share of the tasks, in [0, 1]. The buffers are those of the network's state_dict.
        """
        return list(figures)

    def sum(self, values: Tensor) -> Tensor:
        """The sum over the processes of 1-D `values` of one length."""
        return values

    def lap(self, spent: float) -> float:
        """How many seconds the clock of the run goes on, the same in all: `spent` here, or the first process's time
        between the last two exchanges. For once after each `average` or `sum`.
        """
        return spent

    def leave(self) -> None:
        """Nothing can be exchanged any more."""


ALONE = Group()


def join() -> Group:
    """The group that torchrun started this process in, else one of its own.

    InputError where the processes do not come together within ten minutes.
    """
    if not dist.is_torchelastic_launched() or int(os.environ["WORLD_SIZE"]) == 1:
        return Group()
    return _Processes()


class _Processes(Group):
    """One of several processes, joined by torch.distributed: gloo on the CPU, NCCL between CUDA devices."""

    def __init__(self) -> None:
        super().__init__()
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
        # Longer than our own patience, which ends with a message.
        timeout = timedelta(seconds=2 * _PATIENCE)
        try:
            self._store, self.rank, self.size = next(rendezvous("env://", timeout=timedelta(seconds=_PATIENCE)))
            dist.init_process_group(backend, store=self._store, rank=self.rank, world_size=self.size, timeout=timeout)
        except (RuntimeError, ValueError) as error:
            raise InputError(f"The processes of this run did not come together: {error}") from error
        self._local_rank = int(os.environ["LOCAL_RANK"])
        self._writes = self.rank == 0
        self._stop_wished_at = 0.0
        self._stops = False
        self._exchanged = time.perf_counter()  # when this process came to the last exchange
        self._lap = 0.0

    def wish_stop(self, signal: int) -> None:
        self._stop_wished_at = time.monotonic()
        super().wish_stop(signal)

    @property
    def stops(self) -> bool:
        return self._stops

    @property
    def writes(self) -> bool:
        return self._writes

    def device(self, name: str) -> str:
        if name == "cuda":
            return f"cuda:{self._local_rank}"
        if name.startswith("cuda"):
            raise InputError(f"Several processes take a GPU each: choose the device cuda, not {name}.")
        return name

    @contextmanager
    def agreeing(self) -> Iterator[None]:
        error: InputError | None = None
        try:
            yield
        except LostProcessError:
            raise
        except InputError as refusal:
            error = refusal
        errors: list[InputError | None] = [None] * self.size
        with self._noticing():
            dist.all_gather_object(errors, error)
        for told in errors:
            if told is not None:
                raise told

    def first(self, work: Callable[[], T]) -> T:
        values: list[T] = []
        with self.agreeing():
            if self.rank == 0:
                values = [work()]
        values = values or [None]  # type: ignore[list-item]  # the place of what comes
        with self._noticing():
            dist.broadcast_object_list(values, src=0)
        return values[0]

    def begin(self, network: nn.Module, data: Sequence[Tensor]) -> None:
        checksums = [zlib.crc32(tensor.numpy().tobytes()) for tensor in data]
        first = self.first(lambda: checksums)
        with self.agreeing():
            if checksums != first:
                raise InputError(
                    f"Process {self.rank} has other data than the first one: give every machine the same images."
                )
        weights = {name: value.cpu() for name, value in network.state_dict().items()}
        network.load_state_dict(self.first(lambda: weights))
        self._exchanged = time.perf_counter()

    def average(self, network: nn.Module, figures: Sequence[float], weight: float) -> list[float]:
        state = network.state_dict(keep_vars=True).values()
        buffers = [value for value in state if not isinstance(value, nn.Parameter) and value.is_floating_point()]
        parameters = [value for value in network.parameters() if value.requires_grad]
        gradients = [torch.zeros_like(value) if value.grad is None else value.grad for value in parameters]
        last = parameters[0].new_tensor(figures)
        pieces = [*gradients, *buffers, last]
        mean = self.sum(torch.cat([piece.detach().flatten() for piece in pieces]) * weight)
        parts = torch.split(mean, [piece.numel() for piece in pieces])
        means = [part.view_as(piece).to(piece.dtype) for part, piece in zip(parts, pieces, strict=True)]
        for parameter, gradient in zip(parameters, means, strict=False):
            parameter.grad = gradient
        for buffer, value in zip(buffers, means[len(parameters) :], strict=False):
            buffer.copy_(value)
        numbers: list[float] = means[-1].tolist()
        return numbers

    def sum(self, values: Tensor) -> Tensor:
        now = time.perf_counter()
        lap = now - self._exchanged if self.rank == 0 else 0.0
        flat = torch.cat([values, values.new_tensor([float(self.stop_wish != 0), lap])])
        if flat.device.type not in ("cpu", "cuda"):  # no backend reaches the others
            flat = flat.cpu()
        with self._noticing():
            work = dist.all_reduce(flat, async_op=True)
            # Looked at now and then: `wait` would hear neither of a signal nor of a stop wish that shortens patience.
            begun = time.monotonic()
            while not work.is_completed():
                patience = _LAST_PATIENCE if self.stop_wish else _PATIENCE
                if time.monotonic() - max(begun, self._stop_wished_at) > patience:
                    raise RuntimeError("no answer")
                time.sleep(_LOOK_EVERY)
            work.wait()
        wishes, self._lap = flat[-2:].tolist()
        self._stops = wishes > 0
        self._exchanged = now
        return flat[:-2].to(values.device)

    def lap(self, spent: float) -> float:
        return self._lap

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """LostProcessError where the exchange within fails."""
        try:
            yield
        except RuntimeError as error:
            self.leave()  # who waits for this process in vain notices as well
            with suppress(RuntimeError):  # the machine that kept the store is gone
                self._writes = self._leads_what_is_left()
            raise LostProcessError("A process of this run was lost.") from error

    def _leads_what_is_left(self) -> bool:
        """Whether this is the first process or, where the first is the lost one, the first to ask."""
        if self.rank == 0:
            self._store.set(_ALIVE, "")
            return True
        with suppress(dist.DistStoreError):  # no word in time
            self._store.wait([_ALIVE], timedelta(seconds=_WORD))
            return False
        asked: int = self._store.add("heirs", 1)
        return asked == 1

    def leave(self) -> None:
        if dist.is_initialized():
            dist.destroy_process_group()
