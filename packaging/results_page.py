"""Write what the cards of the checkpoints in the box say into the README, beside the published figures.

python packaging/results_page.py
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BEGIN, END = "<!-- what the cards say -->\n", "<!-- end of what the cards say -->\n"

Card = dict[str, Any]
Figure = dict[str, Any]

_TASKS = ("5-way 1-shot", "5-way 5-shot", "20-way 1-shot", "20-way 5-shot")
_PUBLISHED = (
    ("*meant to reach: the best single model of each task*", ("99.77", "99.95", "97.86", "99.36")),
    ("*MAML (Finn et al. 2017)*", ("98.7", "99.9", "95.8", "98.9")),
    ("*MAML++, five models together (Antoniou et al. 2019)*", ("99.47", "99.93", "97.65", "99.33")),
    ("*Meta-SGD (Li et al. 2017)*", ("99.53", "99.93", "95.93", "98.97")),
    ("*ANIL (Raghu et al. 2020)*", ("–", "–", "96.2", "98.0")),
    ("*Reptile (Nichol et al. 2018)*, each query on its own", ("95.39", "98.90", "88.14", "96.65")),
    ("*Prototypical networks (Snell et al. 2017)*", ("98.8", "99.7", "96.0", "98.9")),
)
_LAKE = (
    ("*asked / meant to reach*", "< 8.0 / < 4.5"),
    ("*people (Lake et al. 2015)*", "4.5"),
    ("*Bayesian program learning (Lake et al. 2015)*", "3.3"),
    ("*convolutional siamese network, of 40 alphabets (Koch et al. 2015)*", "8.0"),
    ("*prototypical network (Lake et al. 2019)*", "13.7"),
)
_ON_LAKE = """\
The one-shot challenge's form (`--suite lake`): 20 characters of one evaluation alphabet by one drawer, to be told apart
as another drew them. Error in percent; people and programs name all twenty at once, *one to one*:
"""
_ON_DRAWN = """\
Free-hand drawing (`--suite drawn`): the 39 test characters whose strokes are at hand, drawn again with other pens,
slants, tremor, sizes and places; *fitted* is what the canvas does unless it is told not to. Asked: fitted within one
point of Omniglot's own images.
"""
_ON_UNKNOWN = """\
Drawings of absent classes (`--suite unknown`): half of the queries are of test characters that the task does not have.
AUROC of the probability that a query is of one of the classes; expected calibration error (15 bins) of this probability
and of the answers' ("none of these" among them). Asked: AUROC of at least 0.95 for 5-way 5-shot.
"""


def cards() -> list[Card]:
    """All of them, the default first."""
    found = [
        json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "resources" / "checkpoints").glob("*.json")
    ]
    return sorted(found, key=lambda card: (card["name"] != "maml-any", card["name"]))


def page(all_cards: list[Card]) -> str:
    """The tables, protocol by protocol, in Markdown."""
    parts = [
        "Each query on its own (*inductive*), accuracy in percent:\n",
        _by_task(all_cards, "inductive", _PUBLISHED),
        "A task's queries normalised together (*transductive*):\n",
        _by_task(all_cards, "transductive", ()),
        _ON_LAKE,
        _lake(all_cards),
        _ON_DRAWN,
        _drawn(all_cards),
    ]
    if any(card["unknown"] for card in all_cards):
        parts += [_ON_UNKNOWN, _unknown(all_cards)]
    return "\n".join(parts)


def _by_task(all_cards: list[Card], judged: str, others: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    rows = [
        (
            f"`{card['name']}`: {card['title']}",
            f"{60 * card['hours']:.0f} min",
            *(_figure(card, judged, task) for task in _TASKS),
        )
        for card in all_cards
    ]
    rows += [(name, "", *figures) for name, figures in others]
    return _table(("network", "trained", *_TASKS), rows)


def _lake(all_cards: list[Card]) -> str:
    rows = []
    for card in all_cards:
        found = {figure["judged"]: _percent(figure, _error) for figure in _of(card, "lake")}
        if found:
            rows.append((f"`{card['name']}`", found["each on its own"], found["one to one"]))
    return _table(("network", "each on its own", "one to one"), [*rows, *((name, "–", error) for name, error in _LAKE)])


def _drawn(all_cards: list[Card]) -> str:
    columns = ("Omniglot's images", "re-drawn, fitted", "re-drawn, as drawn")
    rows = []
    for card in all_cards:
        for task in _TASKS:
            found = {figure["judged"]: _percent(figure) for figure in _of(card, "drawn") if figure["task"] == task}
            if found:
                rows.append((f"`{card['name']}`", task, *(found[column] for column in columns)))
    return _table(("network", "task", *columns), rows)


def _unknown(all_cards: list[Card]) -> str:
    rows = [
        (
            f"`{card['name']}`", figure["task"], f"{figure['auroc']:.4f}", f"{figure['ece']:.3f}",
            f"{figure['ece_answers']:.3f}", f"{100 * figure['known_right']:.2f}", f"{100 * figure['unknown_told']:.2f}",
        )
        for card in all_cards
        for figure in card["unknown"]
    ]  # fmt: skip
    head = ("AUROC", "ECE, known", "ECE, answers", "of the classes, named right, %", "of none, said so, %")
    return _table(("network", "task", *head), rows)


def _of(card: Card, suite: str) -> list[Figure]:
    return [figure for figure in card["figures"] if figure["suite"] == suite]


def _figure(card: Card, judged: str, task: str) -> str:
    found = [one for one in _of(card, "omniglot") if (one["judged"], one["task"]) == (judged, task)]
    return _percent(found[0]) if found else "–"


def _accuracy(figure: Figure) -> float:
    return float(figure["accuracy"])


def _error(figure: Figure) -> float:
    return 1 - _accuracy(figure)


def _percent(figure: Figure, value: Callable[[Figure], float] = _accuracy) -> str:
    return f"{100 * value(figure):.2f} ± {100 * figure['ci95']:.2f}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines]) + "\n"


def with_page(readme: str) -> str:
    """The README with the page in its place."""
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + page(cards()) + END + after


if __name__ == "__main__":
    README.write_text(with_page(README.read_text(encoding="utf-8")), encoding="utf-8")
