"""`metagui classify`: name images by a few examples of each class, or the queries of a session by its drawings."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metagui.commands.output import count_from, say
from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.image_folder import read_classes
from metagui.data.pictures import glyph_of_file
from metagui.data.task import NONE_OF_THESE, query_arrays, support_arrays
from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.session_file import SUFFIX, read_session


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", type=Path, metavar="CHECKPOINT|SESSION", help=f"or a session's file, *{SUFFIX}")
    command.add_argument("--support", type=Path, metavar="DIR", help="one folder of images per class; a session's own")
    command.add_argument(
        "--query", type=Path, nargs="+", metavar="FILE", help="the images to name; default: a session's own queries"
    )
    command.add_argument("--steps", type=count_from(0), help="inner steps; default: as in training, or in the session")
    command.add_argument("--as-drawn", action="store_true", help="keep each image's own size and place")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_classify)


@dataclass(frozen=True, eq=False)
class _Examples:
    """What to adapt, and on what: glyphs (n, 1, 28, 28) with labels (n,) that index the names."""

    checkpoint: Checkpoint
    settings: GlyphSettings
    names: Sequence[str]
    support: NDArray[np.float32]
    labels: NDArray[np.int64]
    steps: int


def _classify(arguments: argparse.Namespace) -> int:
    if arguments.source.suffix.lower() == SUFFIX:
        examples, queries, query = _of_session(arguments)
    else:
        examples, queries, query = _of_folder(arguments)
    steps = examples.steps if arguments.steps is None else arguments.steps
    learner = examples.checkpoint.learner()
    *_, last = adapt_steps(
        learner, examples.support, examples.labels, query, None, steps, examples.checkpoint.calibration
    )
    if not np.isfinite(last.query_probabilities).all():
        raise InputError("The adaptation diverged: its probabilities are no longer numbers. Take fewer --steps.")
    probabilities = [dict(zip(examples.names, row.tolist(), strict=True)) for row in last.query_probabilities]
    ranked = [sorted(row.items(), key=lambda item: -item[1]) for row in probabilities]
    none = [None] * len(queries) if last.known is None else (1 - last.known).tolist()
    if arguments.json:
        predictions = [
            {
                "file": name,
                "label": None if named == NONE_OF_THESE else best[0],
                "probabilities": row,  # as if it were one of the classes
                "none_of_these": of_none,
            }
            for name, row, (best, *_), named, of_none in zip(
                queries, probabilities, ranked, last.named.tolist(), none, strict=True
            )
        ]
        say(json.dumps({"predictions": predictions}))
    else:
        for name, row, of_none in zip(queries, ranked, none, strict=True):
            text = ", ".join(f"{label} {100 * value:.1f} %" for label, value in row)
            say(f"{name}: {text}" if of_none is None else f"{name}: {text}; none of these {100 * of_none:.1f} %")
    return 0


def _of_folder(arguments: argparse.Namespace) -> tuple[_Examples, list[str], NDArray[np.float32]]:
    if arguments.support is None or arguments.query is None:
        raise InputError("A checkpoint is to be given --support DIR and --query FILE…; a session has its own.")
    checkpoint = load_checkpoint(arguments.source)
    settings = replace(checkpoint.settings, fitted=not arguments.as_drawn)
    classes = read_classes(arguments.support, settings)
    labels = np.repeat(np.arange(len(classes)), [len(glyphs) for glyphs in classes.values()])
    support = np.concatenate(list(classes.values()))
    examples = _Examples(checkpoint, settings, list(classes), support, labels, checkpoint.config.steps_to_adapt)
    return examples, *_of_files(arguments.query, settings)


def _of_session(arguments: argparse.Namespace) -> tuple[_Examples, list[str], NDArray[np.float32]]:
    """As the window shows it: at the inner step that is on show there."""
    session = read_session(arguments.source)
    task, checkpoint = session.task, session.checkpoint
    if arguments.support is not None:
        raise InputError("A session has its own support: leave --support out, or give a checkpoint.")
    if checkpoint is None:
        raise InputError(f"{arguments.source} has no network to adapt: open it in the window, choose one and save it.")
    if not task.queries and arguments.query is None:
        raise InputError(f"{arguments.source} has no query: give --query FILE….")
    settings = replace(session.settings, fitted=session.fitted and not arguments.as_drawn)
    names = [task.classes[row].name for row in task.drawn_rows]
    steps = session.steps if session.step_on_show is None else min(session.steps, session.step_on_show)
    examples = _Examples(
        checkpoint, settings, names, *support_arrays(task, settings), steps if checkpoint.config.has_inner_loop else 0
    )
    if arguments.query is not None:
        return examples, *_of_files(arguments.query, settings)
    return examples, [f"query {place}" for place in range(1, len(task.queries) + 1)], query_arrays(task, settings)[0]


def _of_files(files: Sequence[Path], settings: GlyphSettings) -> tuple[list[str], NDArray[np.float32]]:
    return [str(file) for file in files], np.stack([glyph_of_file(file, settings) for file in files])
