"""Measure a checkpoint and write its card beside it.

python packaging/make_card.py CHECKPOINT --hardware TEXT --command "metagui train …" [--command …]

Omniglot must have been imported. The figures are `metagui evaluate`'s own, on the test characters.
"""

import argparse
import contextlib
import hashlib
import io
import json
import time
from pathlib import Path

from metagui.__main__ import main
from metagui.learn.checkpoint import load_checkpoint

TASKS = ((5, 1), (5, 5), (20, 1))


def figure(checkpoint: Path, way: int, shot: int, transductive: bool) -> dict[str, object]:
    arguments = [
        "evaluate", str(checkpoint), "--part", "test", "--way", str(way), "--shot", str(shot), "--query", "15",
        "--episodes", "1000", "--json", *(["--transductive"] if transductive else []),
    ]  # fmt: skip
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if main(arguments):
            raise SystemExit("the evaluation failed")
    measured = json.loads(printed.getvalue())
    kept = ("way", "shot", "query", "steps", "batch_norm", "accuracy", "ci95", "episodes", "seed")
    command = f"metagui {' '.join([arguments[0], checkpoint.name, *arguments[2:]])}"
    return {"command": command} | {name: measured[name] for name in kept}


def card(checkpoint: Path, hardware: str, commands: list[str]) -> dict[str, object]:
    loaded = load_checkpoint(checkpoint)
    return {
        "name": checkpoint.stem,
        "commands": commands,
        "seed": loaded.config.seed,
        "iterations": loaded.iteration,
        "hours": round(loaded.seconds / 3600, 2),
        "hardware": hardware,
        "data": f"Omniglot, {loaded.characters} training characters of the split {loaded.config.split}, "
        f"seed {loaded.split_seed}, with rotations by 90° as classes of their own; tested on the 423 others, unrotated",
        "data_licence": "MIT (Lake, Salakhutdinov and Tenenbaum 2015)",
        "date": time.strftime("%Y-%m-%d"),
        "sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        "figures": [
            figure(checkpoint, way, shot, transductive) for way, shot in TASKS for transductive in (False, True)
        ],
    }


def write() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--hardware", required=True)
    parser.add_argument("--command", action="append", required=True)
    arguments = parser.parse_args()
    content = card(arguments.checkpoint, arguments.hardware, arguments.command)
    target = arguments.checkpoint.with_suffix(".json")
    target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("| task | inductive | transductive |\n|---|---|---|")
    figures = content["figures"]
    for apart, together in zip(figures[::2], figures[1::2], strict=True):
        cells = (f"{100 * one['accuracy']:.2f} ± {100 * one['ci95']:.2f} %" for one in (apart, together))
        print(f"| {apart['way']}-way {apart['shot']}-shot | {' | '.join(cells)} |")


if __name__ == "__main__":
    write()
