"""`metagui evaluate`: checkpoints' accuracy, over episodes as asked for or by a suite's protocol."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tqdm import tqdm

from metagui.commands.evaluate_unknown import evaluate_unknown
from metagui.commands.output import count_from, prepared, say
from metagui.data.characters import SPLITS
from metagui.data.episodes import EpisodeSampler
from metagui.data.errors import InputError
from metagui.data.omniglot import load_omniglot
from metagui.data.sources import load_split
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.evaluation import EpisodeSource, Evaluation, Judgement, episode_accuracies, summarise
from metagui.learn.suites import SUITES, Cell, cells, table

_EPISODES = 1000
_NOT_WITH_SUITE = ("data", "split", "part", "way", "shot", "query", "transductive")


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("checkpoints", type=Path, nargs="+", metavar="CHECKPOINT")
    command.add_argument(
        "--suite", choices=SUITES,
        help="a fixed protocol: omniglot, 5- and 20-way, 1- and 5-shot, inductive and transductive; lake, the one-shot "
        "challenge's form; drawn, strokes drawn again by freer hands; unknown, queries of absent classes among others",
    )  # fmt: skip
    command.add_argument("--strokes", type=Path, metavar="PATH", help="Omniglot's pen data, for the suite drawn")
    command.add_argument("--data", help="omniglot, strokes or a folder; default: what it was trained on")
    command.add_argument("--split", choices=SPLITS, help="default: as in training")
    command.add_argument("--part", choices=("validation", "test"), help="default: test")
    command.add_argument("--way", type=count_from(2), help="default: as in training")
    command.add_argument("--shot", type=count_from(1), help="default: as in training")
    command.add_argument("--query", type=count_from(1), help="query images a class; default: as in training")
    command.add_argument("--steps", type=count_from(0), help="inner steps; default: as in training")
    command.add_argument("--episodes", type=count_from(2), default=_EPISODES, help=f"default: {_EPISODES}")
    command.add_argument("--seed", type=count_from(0), default=0, help="of the episodes; default: 0")
    command.add_argument(
        "--transductive", action="store_true", help="normalise an episode's queries together, not each on its own"
    )
    command.add_argument("--json", action="store_true", help="print JSON: one object, with a suite of all figures")
    command.set_defaults(run=_evaluate)


def _evaluate(arguments: argparse.Namespace) -> int:
    if arguments.suite:
        return _by_suite(arguments)
    if arguments.strokes:
        raise InputError("--strokes is for --suite drawn.")
    for path in arguments.checkpoints:
        _as_asked(path, arguments)
    return 0


def _as_asked(path: Path, arguments: argparse.Namespace) -> None:
    checkpoint = load_checkpoint(path)
    config = checkpoint.config
    data, split, part = arguments.data or config.data, arguments.split or config.split, arguments.part or "test"
    way, shot, query = arguments.way or config.way, arguments.shot or config.shot, arguments.query or config.query
    steps = _steps(checkpoint, arguments)
    characters = prepared(load_split(data, split, checkpoint.split_seed)).part(part)
    sampler = EpisodeSampler(characters, way, shot, query, arguments.seed)
    judgement = Judgement(arguments.transductive)
    (evaluation,) = _measured(path.stem, checkpoint, sampler, steps, arguments.episodes, [judgement])
    batch_norm = "transductive" if arguments.transductive else "inductive"
    if arguments.json:
        what = {"way": way, "shot": shot, "query": query, "steps": steps, "batch_norm": batch_norm}
        where = {"checkpoint": str(path), "data": data, "split": split, "part": part}
        say(json.dumps(dataclasses.asdict(evaluation) | what | where | {"seed": arguments.seed}))
    else:
        say(
            f"{way}-way {shot}-shot, {query} queries, {steps} steps, {batch_norm}, {part} of {data} {split}: "
            f"{_percent(evaluation)} over {evaluation.episodes} episodes"
        )


def _by_suite(arguments: argparse.Namespace) -> int:
    given = [f"--{name}" for name in _NOT_WITH_SUITE if getattr(arguments, name)]
    if given:
        raise InputError(f"A suite has tasks of its own: leave out {', '.join(given)}.")
    checkpoints = [load_checkpoint(path) for path in arguments.checkpoints]
    omniglot = load_omniglot()
    if arguments.suite == "unknown":
        evaluate_unknown(
            checkpoints, omniglot, arguments.steps, arguments.episodes, arguments.seed, as_json=arguments.json
        )
        return 0
    # All are looked at before the first is measured: what cannot be done is told at once and not after an hour.
    suites = [
        list(cells(arguments.suite, checkpoint, omniglot, arguments.seed, arguments.strokes))
        for checkpoint in checkpoints
    ]
    figures: list[tuple[Checkpoint, Cell, Evaluation]] = []
    for checkpoint, suite in zip(checkpoints, suites, strict=True):
        steps = _steps(checkpoint, arguments)
        for _, same in groupby(suite, key=lambda cell: id(cell.source)):
            row = list(same)
            name = f"{checkpoint.name}, {row[0].task}"
            judgements = [cell.judgement for cell in row]
            evaluations = _measured(name, checkpoint, row[0].source, steps, arguments.episodes, judgements)
            for cell, evaluation in zip(row, evaluations, strict=True):
                if not arguments.json:
                    print(f"{name}, {cell.judged}: {_percent(evaluation)}", file=sys.stderr, flush=True)
                figures.append((checkpoint, cell, evaluation))
    if arguments.json:
        protocol = {"suite": arguments.suite, "episodes": arguments.episodes, "seed": arguments.seed}
        told = [
            {"checkpoint": checkpoint.name, "task": cell.task, "judged": cell.judged, "way": cell.way,
             "shot": cell.shot, "query": cell.query, "steps": _steps(checkpoint, arguments),
             "accuracy": evaluation.accuracy, "ci95": evaluation.ci95}
            for checkpoint, cell, evaluation in figures
        ]  # fmt: skip
        say(json.dumps(protocol | {"figures": told}))
    else:
        say(table([(checkpoint.name, cell, _percent(evaluation)) for checkpoint, cell, evaluation in figures]))
    return 0


def _measured(
    name: str,
    checkpoint: Checkpoint,
    source: EpisodeSource,
    steps: int,
    episodes: int,
    judgements: Sequence[Judgement],
) -> list[Evaluation]:
    """By each of the judgements."""
    accuracies: list[list[float]] = [[] for _ in judgements]
    groups = episode_accuracies(checkpoint.learner(), source, episodes, steps, judgements)
    with tqdm(total=episodes, desc=name, unit="episode", leave=False, disable=not sys.stderr.isatty()) as bar:
        for group in groups:
            for known, some in zip(accuracies, group, strict=True):
                known += some
            bar.update(len(group[0]))
    return [summarise(known) for known in accuracies]


def _steps(checkpoint: Checkpoint, arguments: argparse.Namespace) -> int:
    return checkpoint.config.steps_to_adapt if arguments.steps is None else int(arguments.steps)


def _percent(evaluation: Evaluation) -> str:
    return f"{100 * evaluation.accuracy:.2f} ± {100 * evaluation.ci95:.2f} %"
