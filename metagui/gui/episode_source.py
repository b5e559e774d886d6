"""Random episodes of a data set's characters, to fill the adaptation panel with."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metagui.data.errors import InputError
from metagui.data.preparation import Preparation
from metagui.data.reference import SOURCES, Reference, References
from metagui.data.task import DrawnClass, Query, Sketch, Task
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.seen import trained_on

MOST_QUERIES = 100  # of an episode: more are of little use, and slow to look through

Glyph = NDArray[np.float32]  # (1, 28, 28)


@dataclass(frozen=True, eq=False)
class Deal:
    """The episode that is asked for."""

    source: str  # data set
    way: int
    shot: int
    queries: int = 1  # of each class, as far as there are no more than MOST_QUERIES in all
    alphabet: str | None = None  # that all characters are of; None: of any
    unseen_by: Checkpoint | None = None  # a network that was trained on none of them; None: on any

    @property
    def queries_a_class(self) -> int:
        return max(1, min(self.queries, MOST_QUERIES // self.way))


@dataclass(frozen=True, eq=False)
class FilledEpisode:
    """A data set's glyphs: for each class a name and its support; queries with their class's index."""

    names: tuple[str, ...]
    support: tuple[tuple[Glyph, ...], ...]
    queries: tuple[tuple[Glyph, int], ...]

    @property
    def task(self) -> Task:
        classes = tuple(
            DrawnClass(name, tuple(Sketch(given=glyph, origin=name) for glyph in glyphs))
            for name, glyphs in zip(self.names, self.support, strict=True)
        )
        return Task(classes, tuple(Query(Sketch(given=glyph), label) for glyph, label in self.queries))


class EpisodeSource:
    """Deals episodes. To be called in one thread at a time."""

    def __init__(self, references: References, seed: int | None = None) -> None:
        self._references = references
        self._rng = np.random.default_rng(seed)

    def __call__(self, deal: Deal) -> Iterator[Preparation | FilledEpisode]:
        """Reports on preparing the data set, where there is anything to prepare, and last the episode.

        InputError where the data set has not been imported, or is too small.
        """
        reference = yield from self._references.load(deal.source)
        yield sample_episode(reference, deal, self._rng)


def sample_episode(reference: Reference, deal: Deal, rng: np.random.Generator) -> FilledEpisode:
    """`way` random characters with `shot` support images each, and their queries. InputError where there are too few.

    No drawing is in it twice.
    """
    least = deal.shot + deal.queries_a_class
    seen = trained_on(deal.unseen_by, deal.source, reference.characters) if deal.unseen_by else frozenset()
    entries = [
        entry
        for entry in (reference.alphabets[deal.alphabet] if deal.alphabet else reference.entries)
        if entry.index not in seen and int(reference.characters.counts[entry.index]) >= least
    ]
    if len(entries) < deal.way:
        unseen = " that this network was not trained on" * bool(seen)
        raise InputError(
            f"{deal.alphabet or SOURCES[deal.source]} has {len(entries)} characters{unseen} with {least} drawings or "
            f"more, and {deal.way} are needed: choose fewer classes or another alphabet."
        )
    chosen = [entries[place] for place in rng.permutation(len(entries))[: deal.way]]
    drawn = [reference.glyphs(entry) for entry in chosen]
    drawn = [glyphs[rng.permutation(len(glyphs))[:least]] for glyphs in drawn]
    queries = [(glyph, label) for label, glyphs in enumerate(drawn) for glyph in glyphs[deal.shot :]]
    return FilledEpisode(
        names=tuple(entry.title for entry in chosen),
        support=tuple(tuple(glyphs[: deal.shot]) for glyphs in drawn),
        queries=tuple(queries[place] for place in rng.permutation(len(queries))),
    )
