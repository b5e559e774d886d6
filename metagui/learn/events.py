"""What a training run tells, as it goes, to whoever iterates over it."""

from dataclasses import dataclass
from pathlib import Path

from metagui.learn.evaluation import Evaluation
from metagui.learn.learner import MetaStep


@dataclass(frozen=True)
class Progress:
    """The figures since the last Progress, averaged."""

    iteration: int  # outer steps done
    seconds: float  # of training so far, pauses not counted
    tasks_per_second: float
    figures: MetaStep


@dataclass(frozen=True)
class Stepped:
    """An outer step between two reports; after each of these the run can be left."""

    iteration: int


@dataclass(frozen=True)
class Validating:
    """A validation on its way; after each of these it can be left."""

    done: int
    episodes: int


@dataclass(frozen=True)
class Validated:
    iteration: int
    evaluation: Evaluation
    best: bool


@dataclass(frozen=True)
class Saved:
    iteration: int
    path: Path


@dataclass(frozen=True)
class NotSaved:
    """Saving failed; training goes on and tries again at the next save."""

    iteration: int
    message: str


Event = Progress | Stepped | Validating | Validated | Saved | NotSaved
