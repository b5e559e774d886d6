"""`metagui evaluate --suite unknown`: how well drawings of absent classes are told from those of a task's own."""

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from tqdm import tqdm

from metagui.commands.calibrate import fitted_to_validation
from metagui.commands.output import say
from metagui.data.characters import CharacterSet
from metagui.learn.calibration import QUERIES, OpenEpisode, OpenFigures, figures, open_episodes
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.suites import TASKS, unseen

_COLUMNS = ("AUROC", "ECE, known", "ECE, answers", "known named right", "unknown told")


@dataclasses.dataclass(frozen=True)
class _Row:
    checkpoint: str
    task: str
    way: int
    shot: int
    steps: int
    found: OpenFigures

    def told(self) -> dict[str, object]:
        own = {name: value for name, value in vars(self).items() if name != "found"}
        return own | {"query": QUERIES} | dataclasses.asdict(self.found)


def evaluate_unknown(
    checkpoints: Sequence[Checkpoint],
    omniglot: CharacterSet,
    steps: int | None,
    episodes: int,
    seed: int,
    as_json: bool,
) -> None:
    """Print a line for each checkpoint and task. `steps` None: as in training.

    InputError where a checkpoint is not calibrated, and there are no validation characters to do it by.
    """
    rows = []
    for checkpoint in [_calibrated(one) for one in checkpoints]:
        for row in _rows(checkpoint, omniglot, steps, episodes, seed):
            if not as_json:
                print(f"{row.checkpoint}, {row.task}: AUROC {row.found.auroc:.4f}", file=sys.stderr, flush=True)
            rows.append(row)
    if as_json:
        protocol = {"suite": "unknown", "episodes": episodes, "seed": seed}
        say(json.dumps(protocol | {"figures": [row.told() for row in rows]}))
        return
    say(f"| checkpoint | task | {' | '.join(_COLUMNS)} |")
    say(f"|---|---|{'---|' * len(_COLUMNS)}")
    for row in rows:
        found = row.found
        numbers = f"{found.auroc:.4f} | {found.ece:.3f} | {found.ece_answers:.3f}"
        shares = f"{100 * found.known_right:.2f} % | {100 * found.unknown_told:.2f} %"
        say(f"| {row.checkpoint} | {row.task} | {numbers} | {shares} |")


def _calibrated(checkpoint: Checkpoint) -> Checkpoint:
    """With a calibration that is fitted here, if it has none of its own."""
    if checkpoint.calibration:
        return checkpoint
    print(f"{checkpoint.name} is not calibrated: that is done here, and not kept.", file=sys.stderr, flush=True)
    return dataclasses.replace(checkpoint, calibration=fitted_to_validation(checkpoint))


def _rows(
    checkpoint: Checkpoint, omniglot: CharacterSet, steps: int | None, episodes: int, seed: int
) -> Iterator[_Row]:
    config, learner, test = checkpoint.config, checkpoint.learner(), unseen(checkpoint, omniglot)
    steps = config.steps_to_adapt if steps is None else steps
    for way, shot in TASKS:
        if config.head == "fixed" and way != config.way:
            continue
        task = f"{way}-way {shot}-shot"
        drawn = islice(open_episodes(learner, test, way, shot, steps if config.has_inner_loop else 0, seed), episodes)
        name = f"{checkpoint.name}, {task}, unknown"
        judged: list[OpenEpisode] = list(
            tqdm(drawn, name, episodes, unit="episode", leave=False, disable=not sys.stderr.isatty())
        )
        if checkpoint.calibration:
            yield _Row(checkpoint.name, task, way, shot, steps, figures(checkpoint.calibration, judged))
