"""The features of a task's queries at each step of an adaptation, each worked out once."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metagui.learn.learner import Classifier, QueryPass

_TOGETHER = 200  # images: more at once save no time, but take memory, and hold up what waits for an end


class QueryFeatures:
    """By the classifiers that an adaptation has come to, of the queries that were asked about last.

    One drawing takes little work and many operations: it is passed through several steps' networks as one batch. And
    none is passed twice, since of several queries one is being drawn.
    """

    def __init__(self) -> None:
        self._classifiers: list[Classifier] = []
        self._known: dict[bytes, Tensor] = {}  # of a drawing, (classifiers, features), by the first so many
        self._joined: tuple[range, QueryPass] | None = None  # the newest, of these classifiers

    def add(self, classifier: Classifier) -> None:
        """The next step's."""
        self._classifiers.append(classifier)

    def is_much(self, query: NDArray[np.float32]) -> bool:
        """Enough is to be done for several pieces of work."""
        passes = sum(len(self._classifiers) - self._done(glyph.tobytes()) for glyph in query)
        return passes > self._together

    def work(self, query: NDArray[np.float32]) -> Iterator[None]:
        """Pass queries (queries, 1, 28, 28) through what they have not gone through yet; None after each piece."""
        glyphs = {glyph.tobytes(): glyph for glyph in query}
        self._known = {drawing: features for drawing, features in self._known.items() if drawing in glyphs}
        end = len(self._classifiers)
        for begin in range(end):
            steps = range(begin, min(end, begin + self._together))
            together = self._together // len(steps)
            # Looked for after each piece: `of` may have done the rest meanwhile.
            while some := [drawing for drawing in glyphs if self._done(drawing) == begin][:together]:
                self._pass(steps, {drawing: glyphs[drawing] for drawing in some})
                yield

    def of(self, query: NDArray[np.float32]) -> Tensor:
        """(classifiers, queries, features), once what is left of the work is done."""
        for _ in self.work(query):
            pass
        if not len(query):
            return torch.stack([classifier.support_features()[0, :0] for classifier in self._classifiers])
        return torch.stack([self._known[glyph.tobytes()] for glyph in query], dim=1)

    @property
    def _together(self) -> int:
        """How many passes of a drawing through a step's network are one piece of work."""
        return max(1, _TOGETHER // self._classifiers[0].images_a_query)

    def _done(self, drawing: bytes) -> int:
        return len(self._known[drawing]) if drawing in self._known else 0

    @torch.no_grad()
    def _pass(self, places: range, glyphs: dict[bytes, NDArray[np.float32]]) -> None:
        if self._joined is None or self._joined[0] != places:
            first, *others = (self._classifiers[place] for place in places)
            self._joined = places, first.joined(others)
        images = torch.from_numpy(np.stack(list(glyphs.values())))
        features = self._joined[1].query_features(images.expand(len(places), *images.shape))
        for drawing, one in zip(glyphs, features.unbind(1), strict=True):
            before = [self._known[drawing]] if drawing in self._known else []
            self._known[drawing] = torch.cat([*before, one])
