"""The command line: which commands there are, and what becomes of their errors."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from metagui import __version__
from metagui.commands import calibrate, classify, data, evaluate, train
from metagui.data.errors import InputError
from metagui.learn.session_file import SUFFIX

INTERRUPTED = 130  # the exit code of a command ended by Ctrl-C
_UNREAD = 141  # the exit code of a command whose output is read no longer, as of one that SIGPIPE ends
_COMMANDS = {
    "data": (data, "get a data set ready"),
    "train": (train, "meta-train a network; torchrun spreads it over processes"),
    "evaluate": (evaluate, "measure a checkpoint's accuracy over episodes"),
    "calibrate": (calibrate, "have a checkpoint tell drawings of none of a task's classes"),
    "classify": (classify, "adapt a checkpoint on a few images and name others"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, where argparse prints the usage as well."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    top = _Parser(
        prog="metagui",
        description="See a neural network learn to learn. Without a command: open the window. "
        f"With a session's file (*{SUFFIX}) in place of a command: open that.",
    )
    top.add_argument("--version", action="version", version=f"metagui {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    demo = commands.add_parser("demo", help="drive the window through training and adaptation by itself")
    demo.add_argument("--pictures", type=Path, metavar="DIR", help="leave a picture of each stage in this folder")
    opening = commands.add_parser("open", help="open the window with a session")
    opening.add_argument("session", type=Path, metavar=f"FILE{SUFFIX}")
    for name, (command, help) in _COMMANDS.items():
        command.add_options(commands.add_parser(name, help=help))
    return top


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options given, by default to the process: `metagui FILE.metagui` is `metagui open FILE.metagui`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return parser().parse_args(["open", *given] if given and given[0].lower().endswith(SUFFIX) else given)


def run(arguments: argparse.Namespace) -> int:
    """Run a command; its exit code. InputError, Ctrl-C and a closed pipe become their messages and codes here."""
    try:
        return int(arguments.run(arguments))
    except InputError as error:
        print(f"metagui: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("metagui: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return _UNREAD
