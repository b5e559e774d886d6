"""`metagui classify`: name images by a few examples of each class."""

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np

from metagui.commands.output import count_from, say
from metagui.data.errors import InputError
from metagui.data.image_folder import read_classes
from metagui.data.pictures import glyph_of_file
from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import load_checkpoint


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("checkpoint", type=Path)
    command.add_argument("--support", type=Path, required=True, metavar="DIR", help="one folder of images per class")
    command.add_argument("--query", type=Path, required=True, nargs="+", metavar="FILE", help="the images to name")
    command.add_argument("--steps", type=count_from(0), help="inner steps; default: as in training")
    command.add_argument("--as-drawn", action="store_true", help="keep each image's own size and place")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_classify)


def _classify(arguments: argparse.Namespace) -> int:
    checkpoint = load_checkpoint(arguments.checkpoint)
    settings = dataclasses.replace(checkpoint.settings, fitted=not arguments.as_drawn)
    classes = read_classes(arguments.support, settings)
    names = list(classes)
    support = np.concatenate(list(classes.values()))
    labels = np.repeat(np.arange(len(names)), [len(glyphs) for glyphs in classes.values()])
    query = np.stack([glyph_of_file(file, settings) for file in arguments.query])
    steps = checkpoint.config.steps_to_adapt if arguments.steps is None else arguments.steps
    *_, last = adapt_steps(checkpoint.learner(), support, labels, query, None, steps)
    if not np.isfinite(last.query_probabilities).all():
        raise InputError("The adaptation diverged: its probabilities are no longer numbers. Take fewer --steps.")
    probabilities = [dict(zip(names, row.tolist(), strict=True)) for row in last.query_probabilities]
    ranked = [sorted(row.items(), key=lambda item: -item[1]) for row in probabilities]
    if arguments.json:
        predictions = [
            {"file": str(file), "label": best[0], "probabilities": row}
            for file, row, (best, *_) in zip(arguments.query, probabilities, ranked, strict=True)
        ]
        say(json.dumps({"predictions": predictions}))
    else:
        for file, row in zip(arguments.query, ranked, strict=True):
            say(f"{file}: {', '.join(f'{name} {100 * value:.1f} %' for name, value in row)}")
    return 0
