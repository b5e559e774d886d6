"""`metagui train`: meta-training without a window, on its own or as one of torchrun's processes."""

import argparse
import dataclasses
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tqdm import tqdm

from metagui.commands.output import prepared, say
from metagui.data.errors import InputError
from metagui.data.preparation import result
from metagui.data.sources import load_split
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.config import LEARNERS, MOST_ITERATIONS, TrainingConfig, options
from metagui.learn.events import NotSaved, Progress, Saved, Validated
from metagui.learn.presets import PRESETS
from metagui.learn.processes import Group, join
from metagui.learn.training import LAST, train

_LINE_EVERY = 10  # iterations, where every one is reported and there is no terminal


def add_options(command: argparse.ArgumentParser) -> None:
    # Its second name is for torchrun, which takes the first for an abbreviation of its own --run-path.
    command.add_argument(
        "--run", "--folder", dest="folder", type=Path, required=True, metavar="DIR", help="where the run is kept"
    )
    command.add_argument("--resume", action="store_true", help="go on with the run in DIR")
    command.add_argument(
        "--start-from", type=Path, metavar="CHECKPOINT", help="begin with the encoder of another trained network"
    )
    command.add_argument("--preset", choices=PRESETS, help="start from these values (the other options override them)")
    for field in dataclasses.fields(TrainingConfig):
        option = options()[field.name]
        whose = "" if option.learners == LEARNERS else f"; {', '.join(option.learners)}"
        text = f"{option.help.replace('%', '%%')} (default: {field.default}{whose})"
        flag = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            command.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=text)
        else:
            choices = option.choices if option.choices and not option.open else None
            command.add_argument(flag, type=type(field.default), choices=choices, help=text)
    command.set_defaults(run=_train)


def _train(arguments: argparse.Namespace) -> int:
    group = join()
    if group.size == 1:
        return _train_in(group, arguments)
    # As soon as one process has ended, torchrun sends SIGTERM to the others, which may still be saving.
    with _stopping(group):
        try:
            return _train_in(group, arguments)
        except InputError:
            if group.writes:
                raise
            return 2
        finally:
            group.leave()


def _train_in(group: Group, arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    config = group.first(lambda: _training_config(arguments))
    with group.agreeing():
        start = _start(arguments)
    with group.agreeing():
        loading = load_split(config.data, config.split)
        parts = prepared(loading) if group.writes else result(loading)
    if group.writes and not len(parts.validation):
        print(f"The split {config.split} has no validation characters: nothing will be validated.", file=sys.stderr)
    total = config.iterations if config.iterations < MOST_ITERATIONS else None
    with _stopping(group):
        events = train(config, parts, folder, arguments.resume, group, start)
        bar = tqdm(total=total, unit="it", disable=not (group.writes and sys.stderr.isatty()), dynamic_ncols=True)
        try:
            for event in events:
                if group.writes:
                    _report(event, config, bar)
                if group.stops:
                    break
        finally:
            events.close()
            bar.close()
    if group.stops:
        if group.writes:
            print(f"Stopped and saved in {folder}; go on with --resume.", file=sys.stderr)
        return 128 + (group.stop_wish or signal.SIGINT)
    if group.writes:
        say(f"Done: {folder / LAST}")
    return 0


@contextmanager
def _stopping(group: Group) -> Iterator[None]:
    """Ctrl-C and SIGTERM are wishes to stop: the step at work is finished before the run is saved."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        group.wish_stop(number)
        if group.size == 1:  # a second Ctrl-C does not wait
            signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        if group.size == 1:  # one of several ends with its command, and by no signal but torchrun's last
            for number, handler in before.items():
                signal.signal(number, handler)


def _training_config(arguments: argparse.Namespace) -> TrainingConfig:
    """The preset, or the run to be resumed, with what the command line overrides."""
    given = {name: value for name in options() if (value := getattr(arguments, name)) is not None}
    if arguments.resume:
        base = load_checkpoint(arguments.folder / LAST).config
    else:
        base = PRESETS[arguments.preset or "default"]
    if "minutes" in given and "iterations" not in given:
        given["iterations"] = MOST_ITERATIONS  # the clock alone ends the run
    elif arguments.resume and "iterations" in given and "minutes" not in given:
        given["minutes"] = 0.0  # the iterations alone do
    return TrainingConfig.from_json(base.to_json() | given)


def _start(arguments: argparse.Namespace) -> Checkpoint | None:
    if arguments.start_from and arguments.resume:
        raise InputError("--start-from is for a new run: a resumed one goes on from its own weights.")
    return load_checkpoint(arguments.start_from) if arguments.start_from else None


def _report(event: object, config: TrainingConfig, bar: "tqdm[NoReturn]") -> None:
    match event:
        case Progress():
            figures = event.figures
            text = f"query loss {figures.query_loss:.3f}, accuracy {100 * figures.query_accuracy:.1f} %"
            bar.n = event.iteration
            bar.set_postfix_str(text, refresh=False)
            bar.update(0)
            if config.report_every > 1 or (bar.disable and event.iteration % _LINE_EVERY == 0):
                _tell(bar, f"iteration {event.iteration}: {text}, {event.tasks_per_second:.1f} tasks/s")
        case Validated():
            accuracy, ci95 = event.evaluation.accuracy, event.evaluation.ci95
            best = ", the best so far" if event.best else ""
            _tell(bar, f"iteration {event.iteration}: validation {100 * accuracy:.2f} ± {100 * ci95:.2f} %{best}")
        case Saved() if bar.disable:
            say(f"iteration {event.iteration}: saved")
        case NotSaved():
            _tell(bar, f"iteration {event.iteration}: {event.message} Training goes on.")


def _tell(bar: "tqdm[NoReturn]", line: str) -> None:
    with bar.external_write_mode(file=sys.stdout):
        say(line)
