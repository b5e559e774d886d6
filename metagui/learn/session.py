"""A session of the adaptation studio: what was drawn, and the networks that adapt to it."""

from dataclasses import dataclass, replace
from pathlib import Path

from metagui.data.glyph import GlyphSettings
from metagui.data.task import Task
from metagui.learn.checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class Session:
    """A snapshot, since all its parts are frozen."""

    task: Task
    checkpoint: Checkpoint | None = None
    lanes: tuple[Checkpoint, ...] = ()  # the further networks that adapt beside it
    fitted: bool = True
    steps: int = 5  # inner steps to take
    step_on_show: int | None = None  # the inner step that the user went to; None: the last one
    document: Path | None = None  # the user's file that this is a later state of; None for one in a file of its own

    @property
    def settings(self) -> GlyphSettings:
        """How its drawings become what its network sees."""
        return replace(self.checkpoint.settings if self.checkpoint else GlyphSettings(), fitted=self.fitted)

    @property
    def drawings(self) -> int:
        """How many there are, queries among them."""
        return len(self.task.queries) + sum(len(drawn.sketches) for drawn in self.task.classes)

    def is_as(self, other: "Session") -> bool:
        """Whether nothing lies between the two that a user would save: to look at another query or step is no change.

        By identity: what is undone is as it was before.
        """
        return (
            self.task.classes is other.task.classes
            and self.task.queries is other.task.queries
            and self.checkpoint is other.checkpoint
            and len(self.lanes) == len(other.lanes)
            and all(mine is theirs for mine, theirs in zip(self.lanes, other.lanes, strict=True))
            and (self.fitted, self.steps) == (other.fitted, other.steps)
        )
