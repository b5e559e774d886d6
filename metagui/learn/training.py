"""Meta-training as a plain generator of events: whoever iterates decides when to pause and when to stop."""

import math
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, astuple, fields
from pathlib import Path

import torch

from metagui.data.characters import SPLIT_SEED, Split, with_rotations
from metagui.data.episodes import EpisodeSampler
from metagui.data.errors import InputError
from metagui.data.jitter import moved, redrawn
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.evaluation import episode_accuracies, summarise
from metagui.learn.events import Event, NotSaved, Progress, Saved, Stepped, Validated, Validating
from metagui.learn.history import History
from metagui.learn.learner import MetaStep
from metagui.learn.optimizer import OPTIMIZERS
from metagui.learn.pretraining import take_over_encoder
from metagui.learn.processes import ALONE, Group, LostProcessError
from metagui.learn.run_lock import only_writer
from metagui.learn.schedule import SCHEDULES

LAST = "last.safetensors"  # with all that resuming needs
BEST = "best.safetensors"  # the highest validation accuracy so far
HISTORY = "history.csv"
_EPISODES, _OPTIMIZER_STATE = "generator.episodes", "optimizer."  # names in a checkpoint's state
_VALIDATION_SEED = 20_240_172  # every run and every validation sees the same episodes
_SECONDS_BETWEEN_SAVES = 10.0
_SECONDS_BETWEEN_FLUSHES = 1.0  # of the history: its curves grow for those who follow the run from elsewhere
# How long, how fast and where to go on may change when a run is resumed; what is learned may not.
_CHANGEABLE = (
    "iterations", "minutes", "meta_lr", "device", "report_every", "validate_every", "validation_episodes",
)  # fmt: skip


class DivergedError(InputError):
    """The loss or its gradient is no longer finite."""


def train(
    config: TrainingConfig,
    parts: Split,
    folder: Path,
    resume: bool = False,
    group: Group = ALONE,
    start: Checkpoint | None = None,
) -> Generator[Event, None, None]:
    """Meta-train by `config` on `parts.train`, validate on `parts.validation` where there is one, and save in `folder`.

    Closing the generator saves. N iterations, closing, and resuming for M more give the weights of N + M iterations,
    bit for bit on the CPU. Raises DivergedError where the loss is not finite (the last good checkpoint stays), and
    InputError where the folder holds another run, is in use or cannot be written, or the data cannot give the episodes.

    A new run may `start` from the encoder of another network. InputError where that has another architecture, or has
    seen characters of this run's validation or test part.

    The processes of a `group` share the tasks of each meta-batch and of validation, and have the same events and
    weights; the first alone touches the folder. LostProcessError where one is gone, once the run is saved.
    """
    with group.agreeing():
        run = _Run(config, parts, folder, group)  # refuses what cannot be before the folder is touched
        if start:
            take_over_encoder(start, run.learner, config)
        elif config.norm == "frozen" and not resume:
            raise InputError("Frozen batch norm is that of another network: start from one whose norm is running.")
    with ExitStack() as held:
        checkpoint = group.first(lambda: _opened(folder, resume, held))
        with group.agreeing():
            if checkpoint:
                run.restore(checkpoint)
            elif group.writes:
                run.history.rewind(0)  # of a run that ended before its first checkpoint
        group.begin(run.learner.network, [parts.train.images, parts.train.counts, parts.validation.images])
        try:
            yield from run.events()
        except GeneratorExit:
            run.save()
            raise
        except LostProcessError as error:
            if group.writes and group.rank > 0:  # the heir of the first process
                held.enter_context(only_writer(folder))
            run.save()
            raise LostProcessError(
                f"A process of this run was lost at iteration {run.iteration + 1}; the iterations before are saved in "
                f"{folder}: go on with --resume."
            ) from error


class _Run:
    """The state of a training run."""

    def __init__(self, config: TrainingConfig, parts: Split, folder: Path, group: Group) -> None:
        self.config, self.folder, self.group = config, folder, group
        if group.size > config.meta_batch:
            raise InputError(
                f"{group.size} processes cannot share a meta-batch of {config.meta_batch}: start fewer, or raise it."
            )
        self.device = _device(group.device(config.device))
        self.characters = len(parts.train)
        self.learner = make_learner(config, self.characters)
        self.learner.network.to(self.device)
        self.optimizer = OPTIMIZERS[config.optimizer](self.learner.network.parameters())
        training = with_rotations(parts.train) if config.rotations else parts.train
        way, shot = config.training_episodes
        change = redrawn if config.redraw else moved if config.jitter else None
        self.sampler = EpisodeSampler(training, way, shot, config.query, config.seed, config.mixed_shots, change)
        self.validation = parts.validation
        if len(self.validation):
            self._validation_sampler()  # refuses now what it would refuse after the first hundred iterations
        self.iteration, self.seconds = 0, 0.0
        self._saved_iteration, self._saved_seconds, self._flushed_seconds = 0, 0.0, 0.0
        self.figures: dict[str, float] = {}
        self.best_accuracy = -math.inf
        self.history = History(folder / HISTORY)

    def events(self) -> Iterator[Event]:
        """At most one outer step, or one group of validation episodes, lies between two events."""
        config = self.config
        window: list[MetaStep] = []
        window_seconds = 0.0
        if self._is_over and not self._validation_is_due:
            raise InputError(
                f"The run in {self.folder} has had its {self.iteration} iterations or {config.minutes:g} minutes: "
                "give it more to go on."
            )
        while True:
            if self._validation_is_due:  # also one that a stop had cut short
                yield from self._validate()
                yield self._saved()
            elif self.iteration > self._saved_iteration and (
                self._is_over or self.seconds - self._saved_seconds >= _SECONDS_BETWEEN_SAVES
            ):
                yield self._saved()
            if self._is_over:
                return
            begun = time.perf_counter()
            window.append(self._outer_step())
            spent = self.group.lap(time.perf_counter() - begun)
            self.seconds += spent
            window_seconds += spent
            if self.iteration % config.report_every == 0 or self._is_over:
                mean = _mean(window)
                self._record(**asdict(mean))
                self._flush_now_and_then()
                yield Progress(
                    self.iteration, self.seconds, len(window) * config.meta_batch / max(window_seconds, 1e-9), mean
                )
                window, window_seconds = [], 0.0
            else:
                yield Stepped(self.iteration)

    @property
    def _is_over(self) -> bool:
        return self.iteration >= self.config.iterations or 0 < self.config.minutes * 60 <= self.seconds

    @property
    def _share_done(self) -> float:
        """Of the run, in [0, 1]: by the limit, iterations or minutes, that is nearer."""
        by_clock = self.seconds / (60 * self.config.minutes) if self.config.minutes else 0.0
        return min(1.0, max(self.iteration / self.config.iterations, by_clock))

    @property
    def _validation_is_due(self) -> bool:
        return (
            len(self.validation) > 0
            and self.iteration > 0
            and (self.iteration % self.config.validate_every == 0 or self._is_over)
            and self.figures.get("validated_iteration") != self.iteration
        )

    def _outer_step(self) -> MetaStep:
        """One optimizer step along the meta-gradient of a meta-batch. DivergedError where either is not finite."""
        with self._undone_where_lost():
            # Every process draws all tasks, which is cheap and keeps their generators alike, and does its share.
            episodes = self.sampler.sample(self.config.meta_batch)[self.group.share(self.config.meta_batch)]
            figures = self.learner.meta_gradient(episodes.to(self.device))
            weight = len(episodes) / self.config.meta_batch
            figures = MetaStep(*self.group.average(self.learner.network, astuple(figures), weight))
        norm = torch.nn.utils.clip_grad_norm_(self.learner.network.parameters(), self.config.clip)
        if not (math.isfinite(figures.query_loss) and bool(torch.isfinite(norm))):
            raise DivergedError(
                f"The loss was no longer finite at iteration {self.iteration + 1}. Lower the inner or the outer rate; "
                f"the last good checkpoint stays in {self.folder}."
            )
        self.optimizer.step(self.config.meta_lr * SCHEDULES[self.config.schedule](self._share_done, self.iteration))
        self.iteration += 1
        return figures

    @contextmanager
    def _undone_where_lost(self) -> Iterator[None]:
        """Leaves the state of before where a process is lost within, so that resuming repeats the step."""
        generator = self.sampler.generator.get_state()
        buffers = [value.clone() for value in self.learner.network.buffers()]
        try:
            yield
        except LostProcessError:
            self.sampler.generator.set_state(generator)
            for buffer, value in zip(self.learner.network.buffers(), buffers, strict=True):
                buffer.copy_(value)
            raise

    def _validate(self) -> Iterator[Event]:
        begun = time.perf_counter()
        accuracies: list[float] = []
        total = self.config.validation_episodes
        sampler, steps = self._validation_sampler(), self.config.steps_to_adapt
        for (some,) in episode_accuracies(self.learner, sampler, total, steps, group=self.group):
            accuracies += some
            self.seconds += self.group.lap(time.perf_counter() - begun)
            yield Validating(len(accuracies), total)
            begun = time.perf_counter()
        evaluation = summarise(accuracies)
        self.figures |= {
            "validation_accuracy": evaluation.accuracy,
            "validation_ci95": evaluation.ci95,
            "validated_iteration": self.iteration,
        }
        self._record(validation_accuracy=evaluation.accuracy, validation_ci95=evaluation.ci95)
        best = evaluation.accuracy > self.best_accuracy
        if best:
            self.best_accuracy = evaluation.accuracy
            self.figures["best_validation_accuracy"] = evaluation.accuracy
            try:
                self._write(BEST, resumable=False)
            except InputError as error:
                yield NotSaved(self.iteration, str(error))
        yield Validated(self.iteration, evaluation, best)

    def _validation_sampler(self) -> EpisodeSampler:
        config = self.config
        try:
            return EpisodeSampler(
                self.validation, config.way, config.shot, config.query, _VALIDATION_SEED, config.mixed_shots
            )
        except InputError as error:
            raise InputError(f"For validation: {error} The split 1200 does without validation.") from error

    def _record(self, **figures: float) -> None:
        if self.group.writes:
            self.history.add(self.iteration, self.seconds, **figures)

    def _write(self, name: str, resumable: bool) -> None:
        if self.group.writes:
            save_checkpoint(self.folder / name, self._checkpoint(resumable))

    def save(self) -> None:
        """InputError where the disk refuses."""
        self._write(LAST, resumable=True)
        if self.group.writes:
            self.history.flush()
        self._saved_iteration, self._saved_seconds = self.iteration, self.seconds

    def _saved(self) -> Saved | NotSaved:
        """InputError where the disk refuses and there will be no other try."""
        try:
            self.save()
        except InputError as error:
            if self._is_over:
                raise
            return NotSaved(self.iteration, str(error))
        return Saved(self.iteration, self.folder / LAST)

    def _flush_now_and_then(self) -> None:
        if self.group.writes and self.seconds - self._flushed_seconds >= _SECONDS_BETWEEN_FLUSHES:
            self._flushed_seconds = self.seconds
            with suppress(InputError):  # the next save tries again, and tells
                self.history.flush()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where `checkpoint` was. InputError where it is of another configuration, or cannot be resumed."""
        for name, value in checkpoint.config.to_json().items():
            if name not in _CHANGEABLE and value != getattr(self.config, name):
                raise InputError(
                    f"The run in {self.folder} has {name} {value}, not {getattr(self.config, name)}: "
                    "resume it as it was, or choose another folder."
                )
        if checkpoint.characters != self.characters:
            raise InputError(
                f"The run in {self.folder} was trained on {checkpoint.characters} characters, and there are "
                f"{self.characters} now: the data has changed, so that it cannot go on as if it had not been stopped."
            )
        self.learner.network.load_state_dict(checkpoint.weights)
        try:
            self.sampler.generator.set_state(checkpoint.state[_EPISODES].clone())
            self.optimizer.restore(
                {
                    name.removeprefix(_OPTIMIZER_STATE): value
                    for name, value in checkpoint.state.items()
                    if name.startswith(_OPTIMIZER_STATE)
                }
            )
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise InputError(f"The checkpoint in {self.folder} holds no state to resume from.") from error
        self.iteration, self.seconds = checkpoint.iteration, checkpoint.seconds
        self.figures = dict(checkpoint.figures)
        self.best_accuracy = self.figures.get("best_validation_accuracy", -math.inf)
        self._saved_iteration, self._saved_seconds = self.iteration, self.seconds
        self._flushed_seconds = self.seconds
        if self.group.writes:
            self.history.rewind(self.iteration)

    def _checkpoint(self, resumable: bool) -> Checkpoint:
        state = {}
        if resumable:
            state[_EPISODES] = self.sampler.generator.get_state()
            state |= {_OPTIMIZER_STATE + name: value.cpu() for name, value in self.optimizer.state().items()}
        weights = {name: value.detach().cpu().clone() for name, value in self.learner.network.state_dict().items()}
        return Checkpoint(
            self.config, weights, self.iteration, self.characters, SPLIT_SEED, dict(self.figures),
            state=state, seconds=self.seconds,
        )  # fmt: skip


def _opened(folder: Path, resume: bool, held: ExitStack) -> Checkpoint | None:
    """Lock the folder until `held` is closed; the checkpoint to go on from, if any. InputError as `train` has it."""
    held.enter_context(only_writer(folder))
    if resume:
        return load_checkpoint(folder / LAST)
    if (folder / LAST).exists():
        raise InputError(f"{folder} holds a run already: resume it, or choose another folder.")
    return None


def _mean(window: list[MetaStep]) -> MetaStep:
    return MetaStep(*(sum(getattr(step, item.name) for step in window) / len(window) for item in fields(MetaStep)))


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (AssertionError, ImportError, RuntimeError) as error:
        raise InputError(f"This machine has no device {name!r} that torch can use: choose cpu.") from error
    return device
