"""The form of Lake's one-shot challenge (Lake, Salakhutdinov & Tenenbaum 2015): classification within an alphabet."""

import torch
from torch import Tensor

from metagui.data.characters import CharacterSet
from metagui.data.episodes import Episodes
from metagui.data.errors import InputError


class OneShotRuns:
    """Draws 20-way, 1-shot tasks within an alphabet: one drawer's characters to learn from, another's to name.

    A run has 20 characters of one alphabet; the support is one person's drawing of each, the queries are another's,
    each class once. The alphabets take turns. The challenge has 20 fixed runs on ten alphabets; more of them, over all
    the alphabets given, make the figure less a matter of luck.
    """

    def __init__(self, characters: CharacterSet, seed: int, way: int = 20) -> None:
        """InputError where no alphabet has `way` characters by the same two drawers or more.

        The images of a character are to be in the order of their drawers, as Omniglot's are.
        """
        self._characters, self._way = characters, way
        self._generator = torch.Generator().manual_seed(seed)
        alphabets: dict[str, list[int]] = {}
        for index, name in enumerate(characters.names):
            alphabets.setdefault(name.rpartition("/")[0], []).append(index)
        self._alphabets = [members for members in alphabets.values() if len(members) >= way]
        self._drawers = [int(characters.counts[members].min()) for members in self._alphabets]
        if not self._alphabets or min(self._drawers) < 2:
            raise InputError(
                f"The one-shot challenge needs alphabets of at least {way} characters by two people or more: "
                "use Omniglot with the split lake."
            )
        self._done = 0

    def sample(self, tasks: int) -> Episodes:
        """The next `tasks` runs. The queries stand in the order of the support, which no classifier is told."""
        chosen = [self._run() for _ in range(tasks)]
        classes = torch.stack([members for members, _ in chosen])
        starts = self._characters.starts[classes]
        drawers = torch.tensor([pair for _, pair in chosen])  # (tasks, 2)
        labels = torch.arange(self._way).expand(tasks, -1)
        return Episodes(
            self._pictures(starts + drawers[:, :1]), labels, self._pictures(starts + drawers[:, 1:]), labels, classes
        )

    def _run(self) -> tuple[Tensor, list[int]]:
        alphabet = self._done % len(self._alphabets)
        self._done += 1
        members = torch.tensor(self._alphabets[alphabet])
        order = torch.randperm(len(members), generator=self._generator)[: self._way]
        learned, named, *_ = torch.randperm(self._drawers[alphabet], generator=self._generator).tolist()
        return members[order], [learned, named]

    def _pictures(self, chosen: Tensor) -> Tensor:
        """(tasks, way) indices → (tasks, way, 1, 28, 28) float32."""
        return self._characters.images[chosen].float().div_(255)[:, :, None]
