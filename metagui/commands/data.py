"""`metagui data`: data sets made ready."""

import argparse
from pathlib import Path

from metagui.commands.output import prepared, say
from metagui.data.omniglot import download_omniglot, import_omniglot


def add_options(command: argparse.ArgumentParser) -> None:
    sets = command.add_subparsers(dest="set", metavar="SET", required=True)
    omniglot = sets.add_parser("omniglot", help="import Omniglot's archives or folder, or download them")
    omniglot.add_argument(
        "--from", dest="source", type=Path, metavar="PATH",
        help="the folder of images_background.zip and images_evaluation.zip, or of what was extracted from them; "
        "without it they are downloaded",
    )  # fmt: skip
    omniglot.set_defaults(run=_data)


def _data(arguments: argparse.Namespace) -> int:
    source: Path | None = arguments.source
    prepared(import_omniglot(source) if source else download_omniglot())
    say("Omniglot is ready: 1623 characters by 20 people each.")
    return 0
