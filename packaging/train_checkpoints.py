"""Train and measure the checkpoints that come with the program, each from its card.

python packaging/train_checkpoints.py NAME… [--runs DIR] [--measure-only] [--strokes ARCHIVE]

A card, resources/checkpoints/NAME.json, begins as a name, a title and the commands of training, in which RUN begins the
name of a run's folder (that of the last command is shipped) and SHIPPED is the folder of the checkpoints. This adds all
else: the checkpoint beside it, what calibrates it to say "none of these", and its figures by `metagui evaluate
--suite`. Omniglot must have been imported. A run that was stopped is gone on with.
"""

import argparse
import contextlib
import hashlib
import io
import json
import os
import platform
import shlex
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from metagui.__main__ import main
from metagui.data.sources import OMNIGLOT
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from metagui.learn.training import LAST

CARDS = Path(__file__).parents[1] / "resources" / "checkpoints"


def train(name: str, commands: list[str], runs: Path) -> float:
    """Leave the network that the commands train at its place, without what only resuming needs; the hours it took.

    A run that was stopped is gone on with, and one that has ended is not begun again.
    """
    seconds = 0.0
    for command in commands:
        words = [word.replace("RUN", str(runs / name)).replace("SHIPPED", str(CARDS)) for word in shlex.split(command)]
        last = Path(words[words.index("--run") + 1]) / LAST
        if last.exists():
            words.append("--resume")
            if "--start-from" in words:
                at = words.index("--start-from")
                del words[at : at + 2]
        if not (last.exists() and _is_over(load_checkpoint(last))) and (code := main(words[1:])):
            raise SystemExit(code)
        seconds += load_checkpoint(last).seconds
    save_checkpoint(CARDS / f"{name}.safetensors", replace(load_checkpoint(last), state={}))
    return seconds / 3600


def _is_over(run: Checkpoint) -> bool:
    config = run.config
    return run.iteration >= config.iterations or 0 < 60 * config.minutes <= run.seconds


def measured(name: str, suite: str, strokes: Path | None) -> list[dict[str, Any]]:
    """The figures of a suite, each with the command that gives it."""
    options = ["--strokes", str(strokes)] if suite == "drawn" else []
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if code := main(["evaluate", "--suite", suite, str(CARDS / f"{name}.safetensors"), *options, "--json"]):
            raise SystemExit(code)
    told = json.loads(printed.getvalue())
    where = f" --strokes {strokes.name}" if suite == "drawn" and strokes else ""
    protocol = {
        "suite": suite, "command": f"metagui evaluate --suite {suite} {name}.safetensors{where} --json",
        "episodes": told["episodes"], "seed": told["seed"],
    }  # fmt: skip
    return [
        protocol | {key: value for key, value in figure.items() if key != "checkpoint"} for figure in told["figures"]
    ]


def card(told: dict[str, Any], strokes: Path | None) -> dict[str, Any]:
    """What is known of the checkpoint at its place."""
    name, file = told["name"], CARDS / f"{told['name']}.safetensors"
    checkpoint = load_checkpoint(file)
    config = checkpoint.config
    suites = ["omniglot"]
    if config.data != OMNIGLOT or config.split == "lake":
        suites.append("lake")
    if strokes and config.split != "lake":
        suites.append("drawn")
    return {
        "name": name,
        "title": told["title"],
        "commands": told["commands"],
        "seed": config.seed,
        "iterations": checkpoint.iteration,
        "hours": round(told["hours"], 2),
        "hardware": told.get("hardware") or f"{os.cpu_count()} cores, {platform.machine()}",
        "data": _data(checkpoint),
        "data_licence": "MIT (Omniglot: Lake, Salakhutdinov and Tenenbaum 2015)",
        "date": told.get("date") or time.strftime("%Y-%m-%d"),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "figures": [figure for suite in suites for figure in measured(name, suite, strokes)],
        # Of queries of which as many are of absent classes.
        "unknown": measured(name, "unknown", strokes) if checkpoint.calibration else [],
    }


def _data(checkpoint: Checkpoint) -> str:
    config = checkpoint.config
    rotated = ", with rotations by 90° as classes of their own" if config.rotations else ""
    split = f"the split {config.split}, seed {checkpoint.split_seed}" if config.split != "lake" else "the split lake"
    return f"{config.data}: {checkpoint.characters} training characters of {split}{rotated}"


def write() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where the runs are kept; default: runs")
    parser.add_argument("--measure-only", action="store_true", help="do not train: calibrate and measure what is there")
    parser.add_argument("--strokes", type=Path, help="Omniglot's pen data, for the suite drawn")
    arguments = parser.parse_args()
    for name in arguments.names:
        path = CARDS / f"{name}.json"
        told = json.loads(path.read_text(encoding="utf-8"))
        if not arguments.measure_only:
            hours = train(name, told["commands"], arguments.runs)
            told = {key: told[key] for key in ("name", "title", "commands")} | {"hours": hours}
        main(["calibrate", str(CARDS / f"{name}.safetensors")])  # one of a split without validation goes without
        (CARDS / f"{name}.previous.safetensors").unlink(missing_ok=True)
        path.write_text(
            json.dumps(card(told, arguments.strokes), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    write()
