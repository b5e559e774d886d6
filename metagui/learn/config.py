"""What a training run is made of, with all that a form or a command line needs to ask for it."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from metagui.data.characters import SPLITS
from metagui.data.errors import InputError
from metagui.learn.heads import HEADS
from metagui.learn.network import ARCHITECTURES, NORMS
from metagui.learn.schedule import SCHEDULES

MOST_ITERATIONS = 10**9  # so many that another limit ends the run

# What `--learner` takes; algorithms.py has the table of what they are.
_BY_GRADIENT = ("maml", "fomaml", "anil", "meta-sgd", "maml++", "reptile", "proto-maml", "baseline", "random")
LEARNERS = (*_BY_GRADIENT[:6], "protonet", *_BY_GRADIENT[6:])
_EXACT = ("maml", "anil", "meta-sgd", "maml++", "proto-maml")  # whose meta-gradient has second derivatives
_HEADS_OWN = ("protonet", "proto-maml")  # their head is part of them
_RUNNING = ("maml++", "protonet", "baseline")
_FROZEN = tuple(name for name in _BY_GRADIENT if name not in ("baseline", "random"))


@dataclass(frozen=True)
class Option:
    """How one field of the configuration is asked for: its label, its help, and what it may be."""

    label: str
    help: str
    section: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    zero: str = ""  # what zero stands for, where it is no number
    open: bool = False  # choices are suggestions: another text may be given
    learners: tuple[str, ...] = LEARNERS  # whose option it is


def _option(default: Any, label: str, help: str, section: str, **limits: Any) -> Any:
    return field(default=default, metadata={"option": Option(label, help, section, **limits)})


@dataclass(frozen=True)
class TrainingConfig:
    """A training run. Every field is checked when it is made: InputError says which one is wrong and what it may be.

    The defaults are MAML's for 5-way 1-shot Omniglot (Finn et al. 2017, appendix A.1): one inner step of rate 0.4, Adam
    at 0.001, with a head that serves any number of classes and inductive batch norm in place of the paper's (see
    `network.NORMS`), and 5 queries a class, which train faster than the paper's single one.
    """

    # fmt: off
    data: str = _option(
        "omniglot", "Data set", "omniglot, strokes (needs no download), or a folder with one sub-folder a class",
        "Data", choices=("omniglot", "strokes"), open=True)
    split: str = _option(
        "1028", "Split", "how the characters divide into training, validation and test", "Data",
        choices=SPLITS)
    rotations: bool = _option(
        True, "Rotations as classes", "training characters turned by 90°, 180° and 270° are classes of their own",
        "Data")
    jitter: bool = _option(
        False, "Jitter", "training images are turned, sheared, scaled and shifted a little each time", "Data")
    redraw: bool = _option(
        False, "Redraw", "as jitter, and by a trembling hand with pens of other widths: for free-hand drawings", "Data")
    learner: str = _option("maml", "Learner", "the meta-learning algorithm", "Model", choices=LEARNERS)
    network: str = _option("conv4-stride", "Network", "the encoder", "Model", choices=tuple(ARCHITECTURES))
    head: str = _option(
        "shared", "Head", "how the last layer starts: the same for all classes (cosine: and sees a feature's direction "
        "alone), from the support's prototypes, or with weights for a fixed number of classes as in the paper", "Model",
        choices=tuple(HEADS),
        learners=tuple(name for name in LEARNERS if name not in _HEADS_OWN))
    norm: str = _option(
        "support", "Batch norm", "what normalises a query: the support's statistics, those of its own batch, "
        "(maml++, protonet, baseline) running means of training, or (frozen; not protonet, baseline, random) those "
        "of the network that the run starts from", "Model", choices=NORMS)
    way: int = _option(5, "Way", "classes in an episode", "Episodes", low=2, high=100)
    shot: int = _option(1, "Shot", "support images a class", "Episodes", low=1, high=100)
    query: int = _option(5, "Queries", "query images a class", "Episodes", low=1, high=100)
    train_way: int = _option(
        0, "Way in training", "classes in a training episode; 0: as in the others", "Episodes", low=0, high=1000,
        zero="as Way")
    train_shot: int = _option(
        0, "Shot in training", "support images a class in training; 0: as in the others", "Episodes", low=0, high=100,
        zero="as Shot")
    mixed_shots: bool = _option(
        False, "Mixed shots", "each meta-batch draws its shot from 1 … shot", "Episodes")
    inner_steps: int = _option(
        1, "Inner steps", "gradient steps on the support", "Inner loop", low=0, high=100, learners=_BY_GRADIENT)
    test_steps: int = _option(
        0, "Steps at test", "gradient steps of validation and later use; 0: as in training", "Inner loop", low=0,
        high=1000, zero="as Inner steps", learners=_BY_GRADIENT)
    inner_lr: float = _option(
        0.4, "Inner rate", "learning rate of the inner steps; where rates are learned, what they begin at",
        "Inner loop", low=1e-6, high=100, learners=_BY_GRADIENT)
    rate_by_way: bool = _option(
        False, "Rate by way", "the inner rate is for 5 classes and grows with their number, since the mean loss of N "
        "classes moves each of them by 1/N", "Inner loop",
        learners=tuple(name for name in _BY_GRADIENT if name != "reptile"))
    first_order: bool = _option(
        False, "First order", "leave the second derivatives out of the meta-gradient", "Inner loop", learners=_EXACT)
    inner_optimizer: str = _option(
        "sgd", "Inner optimizer", "plain gradient steps, or Adam without its first moment, whose second moment "
        "persists", "Inner loop", choices=("sgd", "adam"), learners=("reptile",))
    inner_batch: int = _option(
        0, "Inner batch", "images of the support in one inner step; 0: all", "Inner loop", low=0, high=1000, zero="all",
        learners=("reptile",))
    learned_rates: bool = _option(
        False, "Learned rates", "an inner rate for each layer and step, learned", "MAML++", learners=("maml++",))
    step_norms: bool = _option(
        False, "Norm by step", "batch norm's scales and shifts are each step's own", "MAML++", learners=("maml++",))
    multi_step: int = _option(
        0, "Multi-step loss", "iterations over which the losses of all inner steps give way to the last one's",
        "MAML++", low=0, high=MOST_ITERATIONS, zero="off", learners=("maml++",))
    warm_up: int = _option(
        0, "First-order warm-up", "iterations of first order before those of second", "MAML++", low=0,
        high=MOST_ITERATIONS, zero="off", learners=("maml++",))
    meta_batch: int = _option(16, "Meta-batch", "episodes of one outer step", "Outer loop", low=1, high=1024)
    optimizer: str = _option(
        "adam", "Outer optimizer", "what steps along the meta-gradient", "Outer loop", choices=("adam", "sgd"))
    meta_lr: float = _option(0.001, "Outer rate", "the outer steps' learning rate", "Outer loop", low=1e-6, high=10)
    schedule: str = _option(
        "constant", "Schedule", "of the outer rate over the run: constant, to zero in a line or by a cosine (to a "
        "hundredth), or halved every 2000 iterations", "Outer loop", choices=tuple(SCHEDULES))
    clip: float = _option(
        10.0, "Gradient clipping", "largest norm of the meta-gradient", "Outer loop", low=1e-6, high=1e6)
    iterations: int = _option(2000, "Iterations", "outer steps", "Outer loop", low=1, high=MOST_ITERATIONS)
    minutes: float = _option(
        0.0, "Minutes", "stop after so much training; 0: no limit", "Outer loop", low=0, high=10**6)
    report_every: int = _option(
        1, "Report every", "iterations averaged into one report", "Run", low=1, high=10**6)
    validate_every: int = _option(
        100, "Validate every", "iterations between validations", "Run", low=1, high=10**6)
    validation_episodes: int = _option(
        100, "Validation episodes", "episodes of one validation", "Run", low=2, high=10**5)
    seed: int = _option(0, "Seed", "of initialization and episodes", "Run", low=0, high=2**31 - 1)
    device: str = _option("cpu", "Device", "cpu, cuda or mps", "Run", choices=("cpu", "cuda", "mps"), open=True)
    # fmt: on

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            option, value = item.metadata["option"], getattr(self, item.name)
            _check(option, value)
            if value != item.default and self.learner not in option.learners:
                raise InputError(f"{option.label} is an option of {', '.join(option.learners)}, not of {self.learner}.")
        if self.norm == "running" and self.learner not in _RUNNING:
            raise InputError(f"Batch norm by running means is for {', '.join(_RUNNING)}: choose support or batch.")
        if self.norm == "frozen" and self.learner not in _FROZEN:
            raise InputError(f"Frozen batch norm is for {', '.join(_FROZEN)}: choose support or batch.")

    @property
    def training_episodes(self) -> tuple[int, int]:
        """Way and shot of the training's episodes."""
        return self.train_way or self.way, self.train_shot or self.shot

    @property
    def has_inner_loop(self) -> bool:
        return self.learner in _BY_GRADIENT

    @property
    def of_iterations(self) -> str:
        """How many there will be, for people: " of 2,000", and nothing where the clock alone ends the run."""
        return f" of {self.iterations:,}" if self.iterations < MOST_ITERATIONS else ""

    @property
    def steps_to_adapt(self) -> int:
        """Inner steps once training is done."""
        return self.test_steps or self.inner_steps

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "TrainingConfig":
        """The configuration of these values; InputError where a field is unknown, of another type or out of range."""
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for name, value in values.items():
            if name not in fields:
                raise InputError(f"The configuration has no field {name!r}.")
            expected = type(fields[name].default)
            if not isinstance(value, (int, float) if expected is float else expected):
                raise InputError(f"{name} is to be of type {expected.__name__}, not {value!r}.")
        return cls(**values)


def options() -> dict[str, Option]:
    """The option behind each field of TrainingConfig, in the order of the form."""
    return {field.name: field.metadata["option"] for field in dataclasses.fields(TrainingConfig)}


def _check(option: Option, value: Any) -> None:
    if option.choices and not option.open and value not in option.choices:
        raise InputError(f"{option.label} is one of {', '.join(option.choices)}, not {value!r}.")
    # `not (low <= value <= high)` refuses NaN as well.
    if isinstance(value, int | float) and not (option.low <= value <= option.high):
        raise InputError(f"{option.label} lies from {option.low:g} to {option.high:g}, not {value}.")
