"""Few-shot tasks drawn from a set of characters."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError


@dataclass(frozen=True)
class Episodes:
    """A meta-batch of tasks of one way, shot and number of queries.

    Shapes: `support` (tasks, way·shot, 1, 28, 28) and `query` (tasks, way·queries, 1, 28, 28) float32 in [0, 1], ink 1;
    `support_labels` (tasks, way·shot) and `query_labels` (tasks, way·queries) int64 in [0, way); `classes` (tasks, way)
    int64, the characters of the set that these stand for.
    """

    support: Tensor
    support_labels: Tensor
    query: Tensor
    query_labels: Tensor
    classes: Tensor

    def __len__(self) -> int:
        return len(self.support)

    def __getitem__(self, tasks: slice) -> "Episodes":
        return Episodes(*(getattr(self, item.name)[tasks] for item in fields(self)))

    def to(self, device: torch.device) -> "Episodes":
        return Episodes(*(getattr(self, item.name).to(device) for item in fields(self)))


class EpisodeSampler:
    """Draws N-way, K-shot episodes with Q queries a class, all tasks of a meta-batch at once.

    It has its own generator (torch's default one is shared by all threads), whose state makes a run resumable.
    """

    def __init__(
        self,
        characters: CharacterSet,
        way: int,
        shot: int,
        query: int,
        seed: int,
        mixed_shots: bool = False,
        change: Callable[[Tensor, torch.Generator], Tensor] | None = None,
    ) -> None:
        """InputError where the characters cannot give such episodes.

        With `mixed_shots`, each meta-batch draws its shot evenly from 1 … `shot`; `change` is done to
        images (images, 1, 28, 28) each time that they are drawn, as by `jitter.moved`.
        """
        if min(way, shot, query) < 1:
            raise InputError(f"Way, shot and query are at least 1, not {way}, {shot} and {query}.")
        enough = characters.counts >= shot + query
        if way > int(enough.sum()):
            raise InputError(
                f"{way}-way episodes of {shot} support and {query} query images a class need {way} characters with at "
                f"least {shot + query} images each; there are {int(enough.sum())} such among {len(characters)}. "
                "Lower way, shot or query, or add images."
            )
        self._way, self._query, self._change = way, query, change
        self._shots = (1 if mixed_shots else shot, shot)
        self.generator = torch.Generator().manual_seed(seed)
        self._images = characters.images
        self._characters = enough.nonzero()[:, 0]
        self._counts = characters.counts[enough]
        self._starts = characters.starts[enough]
        self._places = torch.arange(int(self._counts.max()))

    def sample(self, tasks: int) -> Episodes:
        """The next `tasks` episodes; classes are in random order and no image is in support and query both."""
        least, most = self._shots
        shot = int(torch.randint(least, most + 1, (), generator=self.generator))
        characters = self._distinct(torch.ones(tasks, len(self._counts)), self._way)
        present = self._places < self._counts[characters, None]
        chosen = self._distinct(present.flatten(0, 1).float(), shot + self._query)
        chosen = chosen.view(tasks, self._way, -1) + self._starts[characters, None]
        support, query = torch.split(chosen, [shot, self._query], dim=2)
        return Episodes(
            self._pictures(support),
            self._labels(support),
            self._pictures(query),
            self._labels(query),
            self._characters[characters],
        )

    def _distinct(self, allowed: Tensor, number: int) -> Tensor:
        """For each row of `allowed` (1 or 0), `number` distinct allowed columns, equally likely, in random order."""
        keys = torch.rand(allowed.shape, generator=self.generator)
        # `1 - keys` lies in (0, 1], so that no allowed column ties with a forbidden one.
        return ((1 - keys) * allowed).topk(number, dim=1).indices

    def _pictures(self, chosen: Tensor) -> Tensor:
        """(tasks, way, images) indices → (tasks, way·images, 1, 28, 28) float32."""
        pictures = self._images[chosen.flatten()].float().div_(255)[:, None]
        if self._change:
            pictures = self._change(pictures, self.generator)
        return pictures.view(len(chosen), -1, *pictures.shape[1:])

    def _labels(self, chosen: Tensor) -> Tensor:
        """(tasks, way, images) indices → (tasks, way·images) int64."""
        return torch.arange(self._way)[None, :, None].expand(chosen.shape).flatten(1)
