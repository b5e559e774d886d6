"""The meta-gradient's speed and memory against peers that compute the same one.

All have the same weights and episodes (of procedural strokes), float32 without TF32, and the mathematics of MAML's
paper: the norm "batch" and the head "fixed". Each peer runs in the form that is fastest for it here among those that
are right. Then rounds: in each, every engine takes one meta-step in turn, so that what else the machine does falls on
all alike. The share of the matrix-product rate is the least arithmetic of a meta-step (`flops`) over its median time
and over the rate of one large float32 product, the best in any round.
"""

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from statistics import median
from subprocess import CalledProcessError

import torch
from torch import Tensor

from metagui.data.episodes import Episodes
from metagui.learn.algorithms import make_learner
from metagui.learn.presets import PRESETS
from tests.benchmarks.cases import CASES, OURS, Case, flops, our_learner, sample
from tests.benchmarks.memory import peak_memory
from tests.benchmarks.peers import LOOP, PEERS, VECTORISED, Form, InnerLoop, Peer, Result, Step, weights_of
from tests.benchmarks.report import heading, machine, row, version_of
from tests.benchmarks.ties import without_ties

ROUNDS = 7
LOSS_TOLERANCE = 1e-5  # relative, from the plain loop in double precision
GRADIENT_TOLERANCE = 1e-3  # relative norm of the difference from the same
MOST_MEMORY = 1.5e9  # bytes, of the whole process with any preset
MOST_OF_LOOP = 3  # times the task loop's memory

_CANDIDATES = 10  # times the tasks of a case, for there to be enough without a tie

DEFAULT = "metagui, norm support, head shared"


def product_rate(device: torch.device, repeats: int = 3) -> float:
    """Floating-point operations a second of a large float32 matrix product, the best of a few."""
    size = 2048 if device.type == "cpu" else 8192
    left, right = torch.rand(2, size, size, device=device)
    return 2 * size**3 / min(_seconds(lambda: left @ right, device) for _ in range(repeats))


@dataclass
class Engine:
    """One that takes part in a case's rounds."""

    name: str
    step: Callable[[], object]
    deviation: str
    form: str
    peer: Peer | None = None


@dataclass(frozen=True)
class Trial:
    """A case, with all that its engines share."""

    case: Case
    device: torch.device
    episodes: Episodes
    weights: list[Tensor]
    truth: Result

    @property
    def inner(self) -> InnerLoop:
        return InnerLoop(self.case.steps, self.case.config.inner_lr)

    def prepare(self, peer: Peer, form: Form, tasks: int | None = None) -> Step:
        return peer.prepare(self.weights, self.episodes[:tasks], self.inner, form)

    def errors(self, result: Result) -> tuple[float, float]:
        """How far the loss and the gradients are from the truth, relative."""
        (loss, gradients), (true_loss, true_gradients) = result, self.truth
        value, truth = (torch.cat([g.flatten() for g in each]).double() for each in (gradients, true_gradients))
        return abs(loss - true_loss) / abs(true_loss), float((value - truth).norm() / truth.norm())


def is_right(errors: tuple[float, float]) -> bool:
    return errors[0] <= LOSS_TOLERANCE and errors[1] <= GRADIENT_TOLERANCE


def make_trial(case: Case, device: torch.device) -> Trial:
    config, inner = case.config, InnerLoop(case.steps, case.config.inner_lr)
    weights = [weight.to(device) for weight in weights_of(make_learner(config).network)]

    def exact(task: Episodes) -> Result:
        task = replace(task, support=task.support.double(), query=task.query.double())
        return LOOP.prepare([weight.double() for weight in weights], task, inner, Form(False, fused_norm=False))()

    candidates = sample(replace(config, meta_batch=_CANDIDATES * case.tasks)).to(device)
    episodes, truth = without_ties(candidates, case.tasks, exact)
    return Trial(case, device, episodes, weights, truth)


def our_engine(trial: Trial) -> Engine:
    learner = our_learner(trial.case.config, trial.device)
    loss = learner.meta_gradient(trial.episodes).query_loss
    errors = trial.errors((loss, weights_of(learner.network, gradients=True)))
    return Engine(OURS, lambda: learner.meta_gradient(trial.episodes), _deviation(errors), "norm batch, head fixed")


def default_engine(trial: Trial) -> Engine:
    learner = our_learner(replace(trial.case.config, norm="support", head="shared"), trial.device)
    learner.meta_gradient(trial.episodes)  # to warm up, as the others did for the sake of their errors
    return Engine(DEFAULT, lambda: learner.meta_gradient(trial.episodes), "other mathematics", "the default")


def peer_engine(trial: Trial, peer: Peer) -> Engine:
    """The peer in its fastest right form; raises what the peer raises, and ValueError where no form is right."""
    best: list[tuple[float, Form]] = []
    for form in peer.forms(len(trial.episodes)):
        # Where tasks go one by one a few of them tell how long all take.
        tasks = min(len(trial.episodes), max(4, form.chunk))
        step = trial.prepare(peer, form, tasks)
        best.append((min(_seconds(step, trial.device) for _ in range(3)) / tasks, form))
    found = []
    for _, form in sorted(best, key=lambda one: one[0]):
        step = trial.prepare(peer, form)
        errors = trial.errors(step())
        if is_right(errors):
            return Engine(_title(peer), step, _deviation(errors), str(form), peer)
        found.append(f"{form}: {_deviation(errors)}")
    raise ValueError(f"no form is right ({'; '.join(found)})")


def measure(device_name: str | None = None, cases: tuple[Case, ...] = CASES, rounds: int = ROUNDS) -> Iterator[str]:
    """Lines of Markdown: the times, the memory, and what was to be reached."""
    device = torch.device(device_name or ("cuda" if torch.cuda.is_available() else "cpu"))
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = True  # its fastest kernels, for the peers' convolutions
    yield machine(("torch", "higher", "torchopt", "numpy"))
    yield ""
    where = f"threads: {torch.get_num_threads()}" if device.type == "cpu" else torch.cuda.get_device_name(device)
    yield (
        f"{where}, float32, second order; medians of {rounds} paired rounds. *Slower* is the median of the rounds' "
        "ratios to metagui under the same mathematics; *off* are the relative errors of loss and gradient from a plain "
        f"loop in double precision (right: {LOSS_TOLERANCE:g} and {GRADIENT_TOLERANCE:g}), on tasks where no ReLU's "
        "input is so near to zero that rounding decides. Memory is counted from when the compiler of our loops "
        "is loaded, which holds some 0.2 GB once; the peak has it."
    )
    yield ""
    yield heading("case", "engine", "meta-step", "slower", "of the matrix-product rate", "off", "form")
    verdicts: list[str] = []
    for case in cases:
        yield from _measure_case(case, device, rounds, verdicts)
    yield ""
    yield heading("memory beyond what was held before", "metagui", "plain task loop", "process's peak")
    yield from _measure_memory(device, cases, verdicts)
    yield ""
    yield heading("what", "measured", "to reach")
    yield from verdicts


def _measure_case(case: Case, device: torch.device, rounds: int, verdicts: list[str]) -> Iterator[str]:
    trial = make_trial(case, device)
    engines = [our_engine(trial), default_engine(trial)]
    for peer in PEERS:
        try:
            engines.append(peer_engine(trial, peer))
        except Exception as error:  # a peer that is missing or broken is a row of its own, and the others go on
            reason = " ".join(str(error).split()).replace("|", "/")
            yield row(str(case), _title(peer), "–", "–", "–", "–", f"{type(error).__name__}: {reason}")
    rate = 0.0
    times: dict[str, list[float]] = {engine.name: [] for engine in engines}
    for _ in range(rounds):
        rate = max(rate, product_rate(device))  # in each, since the machine's own rate comes and goes
        for engine in engines:
            gc.collect()  # nobody pays for another's cycles
            times[engine.name].append(_seconds(engine.step, device))
    ratios = {name: median(a / b for a, b in zip(taken, times[OURS], strict=True)) for name, taken in times.items()}
    shares = {name: flops(case) / median(taken) / rate for name, taken in times.items()}
    for engine in engines:
        name = engine.name
        yield row(
            str(case), name, f"{1000 * median(times[name]):.0f} ms", f"{ratios[name]:.2f} ×",
            f"{100 * shares[name]:.0f} %", engine.deviation, engine.form,
        )  # fmt: skip
    yield row(
        str(case), "*matrix products alone*", f"{1000 * flops(case) / rate:.0f} ms", "–", "100 %", "–",
        f"{flops(case) / 1e9:.1f} GFLOP at {rate / 1e9:.0f} GFLOP/s",
    )  # fmt: skip
    verdicts += _verdicts(case, device, engines, ratios, shares)


def _verdicts(
    case: Case, device: torch.device, engines: list[Engine], ratios: dict[str, float], shares: dict[str, float]
) -> Iterator[str]:
    if device.type == "cpu":
        loops = [engine.name for engine in engines if engine.peer and engine.peer.loops]
        if loops:
            fastest = min(loops, key=ratios.__getitem__)
            yield row(f"{case}: over {fastest}", f"{ratios[fastest]:.2f} ×", f"≥ {case.over_loops:g} ×")
        if VECTORISED.name in ratios:
            yield row(f"{case}: over vmap", f"{ratios[VECTORISED.name]:.2f} ×", f"≥ {case.over_vmap:g} ×")
        if case.share:
            yield row(
                f"{case}: of the matrix-product rate", f"{100 * shares[OURS]:.0f} %", f"≥ {100 * case.share:.0f} %"
            )
    elif case.tasks == 32 and LOOP.name in ratios:
        yield row(f"{case}: over the task loop", f"{ratios[LOOP.name]:.1f} ×", "≥ 10 ×")
    yield row(f"{case}: the default's time over that under the same mathematics", f"{ratios[DEFAULT]:.2f} ×", "≤ 1 ×")


def _measure_memory(device: torch.device, cases: tuple[Case, ...], verdicts: list[str]) -> Iterator[str]:
    rows = {str(case): case.config for case in cases} | {f"preset {name}": config for name, config in PRESETS.items()}
    for name, config in rows.items():
        try:
            mine = peak_memory(OURS, config, device)
            theirs = None if name.startswith("preset") else peak_memory(LOOP.name, config, device)
        except CalledProcessError as error:
            yield row(name, "–", "–", error.stderr.strip().splitlines()[-1])
            continue
        yield row(
            name, _megabytes(mine["more"]), _megabytes(theirs["more"]) if theirs else "–", _megabytes(mine["peak"])
        )
        if theirs:
            ratio = mine["more"] / max(1, theirs["more"])
            verdicts.append(row(f"{name}: memory over the task loop's", f"{ratio:.1f} ×", f"≤ {MOST_OF_LOOP} ×"))
        else:
            verdicts.append(row(f"{name}: peak memory", _megabytes(mine["peak"]), f"< {_megabytes(MOST_MEMORY)}"))


def _title(peer: Peer) -> str:
    installed = version_of(peer.package)
    return peer.name if peer.package == "torch" or installed is None else f"{peer.name} {installed}"


def _deviation(errors: tuple[float, float]) -> str:
    return f"{errors[0]:.0e}, {errors[1]:.0e}" + ("" if is_right(errors) else ": **wrong**")


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.0f} MB"


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    wait()
    begun = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - begun
