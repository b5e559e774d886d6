"""The one-shot challenge: a person and a network name the same 20 drawings.

The form is that of Lake, Salakhutdinov & Tenenbaum (2015): 20 characters of one alphabet by one drawer to learn from,
and the same 20 by another drawer to name.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metagui.data.errors import InputError
from metagui.data.one_shot import OneShotRuns
from metagui.data.reference import SOURCES, Entry, Reference
from metagui.data.task import DrawnClass, Query, Sketch, Task

WAY = 20
PEOPLE = 0.955  # share that people name right: they err in 4.5 % (Lake et al. 2015, in Science)


@dataclass(frozen=True)
class Choice:
    """An alphabet that is large enough."""

    alphabet: str
    characters: int
    unseen: int  # of them, by the network


@dataclass(frozen=True, eq=False)
class Challenge:
    """A task of 20 classes with one example each, and 20 labelled queries, one of each class, in random order."""

    alphabet: str
    task: Task
    seen: frozenset[int]  # the rows of the classes that the network was trained on
    has_seen_alphabet: bool  # it was trained on some of its characters, be they in this task or not

    @property
    def labels(self) -> tuple[int, ...]:
        return tuple(query.label for query in self.task.queries if query.label is not None)

    @property
    def fairness(self) -> str:
        """What the network knew before, in a sentence."""
        if not self.has_seen_alphabet:
            return "The network has seen no character of this alphabet in training."
        if not self.seen:
            return "The network has seen others of this alphabet in training, and none of these 20 characters."
        return f"The network has seen this alphabet in training, and {len(self.seen)} of these 20 characters."


@dataclass(frozen=True, eq=False)
class Attempt:
    """A person's answers so far: rows of classes, query by query."""

    challenge: Challenge
    answers: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        return len(self.answers) == len(self.challenge.labels)

    def with_answer(self, row: int) -> "Attempt":
        return self if self.is_complete else replace(self, answers=(*self.answers, row))

    def without_last(self) -> "Attempt":
        return replace(self, answers=self.answers[:-1])


def right(challenge: Challenge, answers: Sequence[int], without: Collection[int] = ()) -> tuple[int, int]:
    """How many answers are right, of how many; queries of the classes `without` do not count."""
    counted = [answer == label for answer, label in zip(answers, challenge.labels, strict=True) if label not in without]
    return sum(counted), len(counted)


def choices(reference: Reference, seen: Collection[int]) -> list[Choice]:
    """The alphabets of 20 characters or more, in the order of their names."""
    return [
        Choice(alphabet, len(entries), sum(entry.index not in seen for entry in entries))
        for alphabet, entries in reference.alphabets.items()
        if len(entries) >= WAY
    ]


def draw_challenge(
    reference: Reference, alphabet: str | None, seen: Collection[int], rng: np.random.Generator
) -> Challenge:
    """A challenge within this alphabet or, with None, within one of which the network has seen as little as can be.

    Characters that the network was trained on are taken where there are too few others. InputError where no alphabet
    is large enough.
    """
    if alphabet is None:
        alphabet = _fairest(choices(reference, seen), SOURCES[reference.source], rng)
    entries = [reference.alphabets[alphabet][place] for place in rng.permutation(len(reference.alphabets[alphabet]))]
    unseen = [entry for entry in entries if entry.index not in seen]
    taken = unseen + [entry for entry in entries if entry.index in seen]
    taken = taken[: max(WAY, len(unseen))]  # of more than enough, the run itself takes twenty
    return _run(reference, taken, len(unseen) < len(entries), seen, rng)


def _fairest(offered: Sequence[Choice], source: str, rng: np.random.Generator) -> str:
    if not offered:
        raise InputError(f"{source} has no alphabet of {WAY} characters or more: choose another source.")
    most = min(WAY, max(choice.unseen for choice in offered))
    fair = [choice.alphabet for choice in offered if choice.unseen >= most]
    return fair[int(rng.integers(len(fair)))]


def _run(
    reference: Reference, taken: Sequence[Entry], has_seen: bool, seen: Collection[int], rng: np.random.Generator
) -> Challenge:
    characters = reference.characters.select([entry.index for entry in taken])
    run = OneShotRuns(characters, int(rng.integers(2**31)), WAY).sample(1)
    entries = [taken[place] for place in run.classes[0].tolist()]
    support, query = run.support[0].numpy(), run.query[0].numpy()
    classes = tuple(
        DrawnClass(entry.title, (Sketch(given=glyph, origin=entry.title),))
        for entry, glyph in zip(entries, support, strict=True)
    )
    queries = tuple(
        Query(Sketch(given=query[row], origin=entries[row].title), row) for row in rng.permutation(WAY).tolist()
    )
    known = frozenset(row for row, entry in enumerate(entries) if entry.index in seen)
    return Challenge(entries[0].alphabet, Task(classes, queries), known, has_seen)
