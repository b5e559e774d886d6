"""`metagui evaluate`: a checkpoint's accuracy."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from tqdm import tqdm

from metagui.commands.output import count_from, prepared, say
from metagui.data.characters import SPLITS
from metagui.data.episodes import EpisodeSampler
from metagui.data.sources import load_split
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.evaluation import episode_accuracies, summarise


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("checkpoint", type=Path)
    command.add_argument("--data", help="omniglot, strokes or a folder; default: what it was trained on")
    command.add_argument("--split", choices=SPLITS, help="default: as in training")
    command.add_argument("--part", choices=("validation", "test"), default="test", help="default: test")
    command.add_argument("--way", type=count_from(2), help="default: as in training")
    command.add_argument("--shot", type=count_from(1), help="default: as in training")
    command.add_argument("--query", type=count_from(1), help="query images a class; default: as in training")
    command.add_argument("--steps", type=count_from(0), help="inner steps; default: as in training")
    command.add_argument("--episodes", type=count_from(2), default=1000, help="default: 1000")
    command.add_argument("--seed", type=count_from(0), default=0, help="of the episodes; default: 0")
    command.add_argument(
        "--transductive", action="store_true", help="normalise an episode's queries together, not each on its own"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_evaluate)


def _evaluate(arguments: argparse.Namespace) -> int:
    checkpoint = load_checkpoint(arguments.checkpoint)
    config = checkpoint.config
    data, split = arguments.data or config.data, arguments.split or config.split
    way, shot, query = arguments.way or config.way, arguments.shot or config.shot, arguments.query or config.query
    steps = config.steps_to_adapt if arguments.steps is None else arguments.steps
    characters = prepared(load_split(data, split, checkpoint.split_seed)).part(arguments.part)
    sampler = EpisodeSampler(characters, way, shot, query, arguments.seed)
    accuracies: list[float] = []
    groups = episode_accuracies(checkpoint.learner(), sampler, arguments.episodes, steps, arguments.transductive)
    with tqdm(total=arguments.episodes, unit="episode", disable=not sys.stderr.isatty()) as bar:
        for group in groups:
            accuracies += group
            bar.update(len(group))
    evaluation = summarise(accuracies)
    batch_norm = "transductive" if arguments.transductive else "inductive"
    if arguments.json:
        what = {"way": way, "shot": shot, "query": query, "steps": steps, "batch_norm": batch_norm}
        where = {"checkpoint": str(arguments.checkpoint), "data": data, "split": split, "part": arguments.part}
        say(json.dumps(dataclasses.asdict(evaluation) | what | where | {"seed": arguments.seed}))
    else:
        say(
            f"{way}-way {shot}-shot, {query} queries, {steps} steps, {batch_norm}, {arguments.part} of {data} {split}: "
            f"{100 * evaluation.accuracy:.2f} ± {100 * evaluation.ci95:.2f} % over {len(accuracies)} episodes"
        )
    return 0
