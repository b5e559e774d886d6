"""The commands: everything but the window, with no display needed."""

import argparse
import dataclasses
import json
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

import numpy as np
from tqdm import tqdm

from metagui import __version__
from metagui.data.characters import SPLITS
from metagui.data.episodes import EpisodeSampler
from metagui.data.errors import InputError
from metagui.data.image_folder import read_classes
from metagui.data.omniglot import download_omniglot, import_omniglot
from metagui.data.pictures import glyph_of_file
from metagui.data.preparation import Preparation, result
from metagui.data.sources import load_split
from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.config import LEARNERS, MOST_ITERATIONS, TrainingConfig, options
from metagui.learn.evaluation import episode_accuracies, summarise
from metagui.learn.events import NotSaved, Progress, Saved, Validated
from metagui.learn.presets import PRESETS
from metagui.learn.processes import Group, join
from metagui.learn.training import LAST, train

T = TypeVar("T")

INTERRUPTED = 130  # the exit code of a command ended by Ctrl-C
_UNREAD = 141  # the exit code of a command whose output is read no longer, as of one that SIGPIPE ends
_MOST = 10**9  # of any count: more is a slip of the finger, and beyond torch's integers further up
_LINE_EVERY = 10  # iterations, where every one is reported and there is no terminal


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, where argparse prints the usage as well."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    top = _Parser(
        prog="metagui", description="See a neural network learn to learn. Without a command: open the window."
    )
    top.add_argument("--version", action="version", version=f"metagui {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    demo = commands.add_parser("demo", help="drive the window through training and adaptation by itself")
    demo.add_argument("--pictures", type=Path, metavar="DIR", help="leave a picture of each stage in this folder")

    data = commands.add_parser("data", help="get a data set ready")
    sets = data.add_subparsers(dest="set", metavar="SET", required=True, parser_class=_Parser)
    omniglot = sets.add_parser("omniglot", help="import Omniglot's archives or folder, or download them")
    omniglot.add_argument(
        "--from", dest="source", type=Path, metavar="PATH",
        help="the folder of images_background.zip and images_evaluation.zip, or of what was extracted from them; "
        "without it they are downloaded",
    )  # fmt: skip
    omniglot.set_defaults(run=_data)

    _add_train(commands.add_parser("train", help="meta-train a network; torchrun spreads it over processes"))
    _add_evaluate(commands.add_parser("evaluate", help="measure a checkpoint's accuracy over episodes"))

    classify = commands.add_parser("classify", help="adapt a checkpoint on a few images and name others")
    classify.add_argument("checkpoint", type=Path)
    classify.add_argument("--support", type=Path, required=True, metavar="DIR", help="one folder of images per class")
    classify.add_argument("--query", type=Path, required=True, nargs="+", metavar="FILE", help="the images to name")
    classify.add_argument("--steps", type=_count(0), help="inner steps; default: as in training")
    classify.add_argument("--as-drawn", action="store_true", help="keep each image's own size and place")
    classify.add_argument("--json", action="store_true", help="print one JSON object")
    classify.set_defaults(run=_classify)
    return top


def _add_train(command: argparse.ArgumentParser) -> None:
    # Its second name is for torchrun, which takes the first for an abbreviation of its own --run-path.
    command.add_argument(
        "--run", "--folder", dest="folder", type=Path, required=True, metavar="DIR", help="where the run is kept"
    )
    command.add_argument("--resume", action="store_true", help="go on with the run in DIR")
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


def _add_evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("checkpoint", type=Path)
    command.add_argument("--data", help="omniglot, strokes or a folder; default: what it was trained on")
    command.add_argument("--split", choices=SPLITS, help="default: as in training")
    command.add_argument("--part", choices=("validation", "test"), default="test", help="default: test")
    command.add_argument("--way", type=_count(2), help="default: as in training")
    command.add_argument("--shot", type=_count(1), help="default: as in training")
    command.add_argument("--query", type=_count(1), help="query images a class; default: as in training")
    command.add_argument("--steps", type=_count(0), help="inner steps; default: as in training")
    command.add_argument("--episodes", type=_count(2), default=1000, help="default: 1000")
    command.add_argument("--seed", type=_count(0), default=0, help="of the episodes; default: 0")
    command.add_argument(
        "--transductive", action="store_true", help="normalise an episode's queries together, not each on its own"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_evaluate)


def _count(least: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        value = int(text)
        if not least <= value <= _MOST:
            raise argparse.ArgumentTypeError(f"{value} is not from {least} to {_MOST}")
        return value

    return count


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


def _print(text: str) -> None:
    """To standard output, at once. BrokenPipeError where nobody reads it, InputError where it takes no more."""
    try:
        print(text, flush=True)
    except OSError as error:
        # Else Python itself would try again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise InputError(f"Could not write to the standard output: {error.strerror or error}.") from error


def _data(arguments: argparse.Namespace) -> int:
    source: Path | None = arguments.source
    _prepared(import_omniglot(source) if source else download_omniglot())
    _print("Omniglot is ready: 1623 characters by 20 people each.")
    return 0


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
        loading = load_split(config.data, config.split)
        parts = _prepared(loading) if group.writes else result(loading)
    if group.writes and not len(parts.validation):
        print(f"The split {config.split} has no validation characters: nothing will be validated.", file=sys.stderr)
    total = config.iterations if config.iterations < MOST_ITERATIONS else None
    with _stopping(group):
        events = train(config, parts, folder, arguments.resume, group)
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
        _print(f"Done: {folder / LAST}")
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


def _report(event: object, config: TrainingConfig, bar: "tqdm[NoReturn]") -> None:
    match event:
        case Progress():
            figures = event.figures
            text = f"query loss {figures.query_loss:.3f}, accuracy {100 * figures.query_accuracy:.1f} %"
            bar.n = event.iteration
            bar.set_postfix_str(text, refresh=False)
            bar.update(0)
            if config.report_every > 1 or (bar.disable and event.iteration % _LINE_EVERY == 0):
                _say(bar, f"iteration {event.iteration}: {text}, {event.tasks_per_second:.1f} tasks/s")
        case Validated():
            accuracy, ci95 = event.evaluation.accuracy, event.evaluation.ci95
            best = ", the best so far" if event.best else ""
            _say(bar, f"iteration {event.iteration}: validation {100 * accuracy:.2f} ± {100 * ci95:.2f} %{best}")
        case Saved() if bar.disable:
            _print(f"iteration {event.iteration}: saved")
        case NotSaved():
            _say(bar, f"iteration {event.iteration}: {event.message} Training goes on.")


def _say(bar: "tqdm[NoReturn]", line: str) -> None:
    with bar.external_write_mode(file=sys.stdout):
        _print(line)


def _evaluate(arguments: argparse.Namespace) -> int:
    checkpoint = load_checkpoint(arguments.checkpoint)
    config = checkpoint.config
    data, split = arguments.data or config.data, arguments.split or config.split
    way, shot, query = arguments.way or config.way, arguments.shot or config.shot, arguments.query or config.query
    steps = config.steps_to_adapt if arguments.steps is None else arguments.steps
    characters = _prepared(load_split(data, split, checkpoint.split_seed)).part(arguments.part)
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
        _print(json.dumps(dataclasses.asdict(evaluation) | what | where | {"seed": arguments.seed}))
    else:
        _print(
            f"{way}-way {shot}-shot, {query} queries, {steps} steps, {batch_norm}, {arguments.part} of {data} {split}: "
            f"{100 * evaluation.accuracy:.2f} ± {100 * evaluation.ci95:.2f} % over {len(accuracies)} episodes"
        )
    return 0


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
        _print(json.dumps({"predictions": predictions}))
    else:
        for file, row in zip(arguments.query, ranked, strict=True):
            _print(f"{file}: {', '.join(f'{name} {100 * value:.1f} %' for name, value in row)}")
    return 0


def _prepared(work: Generator[Preparation, None, T]) -> T:
    """What the generator returns at its end, its reports shown as a progress bar or as lines."""
    bar: tqdm[NoReturn] | None = None
    what = ""
    try:
        while True:
            report = next(work)
            if report.what != what:
                what = report.what
                if bar is not None:
                    bar.close()
                bar = tqdm(total=report.total, desc=what, disable=not sys.stderr.isatty())
                if bar.disable and report.total > 1:
                    print(f"{what} …", file=sys.stderr, flush=True)
            assert bar is not None
            bar.n = report.done
            bar.update(0)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        work.close()
        if bar is not None:
            bar.close()
