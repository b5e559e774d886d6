"""Protocols of evaluation: which episodes a suite has, and how their queries are judged.

A checkpoint is measured on characters that it has not seen: those of its own split's test part or, where it was trained
on something else than Omniglot, those of the split 1028.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from metagui.data.characters import CharacterSet, split
from metagui.data.episodes import EpisodeSampler
from metagui.data.errors import InputError
from metagui.data.omniglot import BACKGROUND_CHARACTERS
from metagui.data.omniglot_strokes import drawings_by_character
from metagui.data.one_shot import OneShotRuns
from metagui.data.redrawing import redraw
from metagui.data.sources import OMNIGLOT
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.evaluation import INDUCTIVE, EpisodeSource, Judgement, in_pairs

SUITES = ("omniglot", "lake", "drawn", "unknown")

_QUERIES = 15  # a class
TASKS = ((5, 1), (5, 5), (20, 1), (20, 5))


@dataclass(frozen=True)
class Cell:
    """One figure of a suite's table: in the row `task`, the column `judged`. Cells of one `source` share episodes."""

    task: str
    judged: str
    way: int
    shot: int
    query: int
    source: EpisodeSource
    judgement: Judgement = INDUCTIVE


def cells(
    suite: str, checkpoint: Checkpoint, omniglot: CharacterSet, seed: int, strokes: Path | None = None
) -> Iterator[Cell]:
    """The figures of a suite of accuracies, row by row, as far as the checkpoint's head can serve them.

    `strokes` is an archive of Omniglot's pen data. InputError where the drawn suite lacks it, or where the checkpoint
    has seen what it would be measured on.
    """
    if suite == "lake":
        found = _lake(checkpoint, omniglot, seed)
    elif suite == "drawn":
        found = _drawn(checkpoint, omniglot, seed, strokes)
    else:
        found = _omniglot(checkpoint, omniglot, seed)
    way = checkpoint.config.way if checkpoint.config.head == "fixed" else None
    return (cell for cell in found if way in (None, cell.way))


def _omniglot(checkpoint: Checkpoint, omniglot: CharacterSet, seed: int) -> Iterator[Cell]:
    test = unseen(checkpoint, omniglot)
    for way, shot in TASKS:
        inductive = _cell(test, way, shot, seed, "inductive")
        yield inductive
        yield replace(inductive, judged="transductive", judgement=Judgement(transductive=True))


def _lake(checkpoint: Checkpoint, omniglot: CharacterSet, seed: int) -> Iterator[Cell]:
    config = checkpoint.config
    if config.data == OMNIGLOT and config.split != "lake":
        raise InputError(
            f"{checkpoint.name} was trained on characters of the evaluation alphabets (split {config.split}): the "
            "suite lake is for checkpoints trained with --split lake, or not on Omniglot."
        )
    evaluation = omniglot.select(range(BACKGROUND_CHARACTERS, len(omniglot)))
    alone = Cell("20-way 1-shot within an alphabet", "each on its own", 20, 1, 1, OneShotRuns(evaluation, seed))
    yield alone
    yield replace(alone, judged="one to one", judgement=Judgement(judge=in_pairs))


def _drawn(checkpoint: Checkpoint, omniglot: CharacterSet, seed: int, strokes: Path | None) -> Iterator[Cell]:
    if strokes is None:
        raise InputError("The suite drawn needs Omniglot's pen data: give its archive with --strokes PATH.")
    test = unseen(checkpoint, omniglot)
    drawings = {name: drawn for name, drawn in drawings_by_character(strokes).items() if name in test.names}
    tasks = [(way, shot) for way, shot in TASKS if way <= len(drawings)]
    if not tasks:
        raise InputError(
            f"{strokes} has strokes of {len(drawings)} of the characters that {checkpoint.name} has not seen: too few. "
            "Use a checkpoint of the split 1028 or 1200, or one that was not trained on Omniglot."
        )
    fitted = replace(checkpoint.settings, fitted=True)
    versions = {
        "Omniglot's images": test.select([test.names.index(name) for name in drawings]),
        "re-drawn, fitted": redraw(drawings, seed, fitted),
        "re-drawn, as drawn": redraw(drawings, seed, replace(fitted, fitted=False)),
    }
    for way, shot in tasks:
        for judged, characters in versions.items():
            yield _cell(characters, way, shot, seed, judged)


def _cell(characters: CharacterSet, way: int, shot: int, seed: int, judged: str) -> Cell:
    sampler = EpisodeSampler(characters, way, shot, _QUERIES, seed)
    return Cell(f"{way}-way {shot}-shot", judged, way, shot, _QUERIES, sampler)


def unseen(checkpoint: Checkpoint, omniglot: CharacterSet) -> CharacterSet:
    """Omniglot's characters, unrotated, that the checkpoint was neither trained nor chosen on."""
    config = checkpoint.config
    if config.data == OMNIGLOT:
        return split(omniglot, config.split, checkpoint.split_seed, BACKGROUND_CHARACTERS).test
    return split(omniglot, "1028").test


def table(figures: Sequence[tuple[str, Cell, str]]) -> str:
    """A suite's figures in Markdown, each with its checkpoint's name: a line for each of these and each task."""
    columns = list(dict.fromkeys(cell.judged for _, cell, _ in figures))
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for name, cell, figure in figures:
        rows.setdefault((name, cell.task), {})[cell.judged] = figure
    lines = [f"| checkpoint | task | {' | '.join(columns)} |", f"|---|---|{'---|' * len(columns)}"]
    lines += [f"| {name} | {task} | {' | '.join(found.values())} |" for (name, task), found in rows.items()]
    return "\n".join(lines)
