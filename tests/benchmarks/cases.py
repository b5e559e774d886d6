"""What the engine is measured on, and the arithmetic that it takes at least."""

from dataclasses import dataclass

import torch

from metagui.data.episodes import Episodes, EpisodeSampler
from metagui.data.glyph import SIDE
from metagui.data.strokes import make_strokes
from metagui.learn.algorithms import make_learner
from metagui.learn.config import TrainingConfig
from metagui.learn.learner import Learner
from tests.benchmarks.peers import BLOCKS, CHANNELS

OURS = "metagui"
_CHARACTERS = 1028  # of Omniglot's training part, which the baseline's classifier grows with


@dataclass(frozen=True)
class Case:
    way: int
    shot: int
    query: int
    steps: int
    tasks: int
    # To reach, times as fast: the fastest of the peers that loop over tasks, and vmap.
    over_loops: float
    over_vmap: float
    share: float | None = None  # to reach, of the matrix-product rate

    def __str__(self) -> str:
        queries, steps = ("query", "queries")[self.query > 1], ("step", "steps")[self.steps > 1]
        return f"{self.way}w{self.shot}s, {self.query} {queries}, {self.steps} {steps}, {self.tasks} tasks"

    @property
    def config(self) -> TrainingConfig:
        return TrainingConfig(
            way=self.way, shot=self.shot, query=self.query, inner_steps=self.steps, head="fixed", norm="batch",
            # The paper's rates. Five steps of 0.4 in 20-way tasks magnify the rounding of float32 to percents.
            inner_lr=0.1 if self.way == 20 else 0.4, meta_batch=self.tasks,
        )  # fmt: skip


CASES = (
    Case(5, 1, 1, 1, 32, over_loops=2.5, over_vmap=1.5),
    Case(5, 1, 5, 5, 16, over_loops=2.5, over_vmap=1.5),
    Case(5, 5, 5, 1, 32, over_loops=2, over_vmap=2, share=0.4),
    Case(20, 1, 1, 5, 16, over_loops=2, over_vmap=2, share=0.4),
)


def flops(case: Case) -> int:
    """The floating-point operations of one meta-step, a multiplication with its addition counted as two.

    Counted are the products of convolutions (padding included) and head that an exact second-order meta-gradient cannot
    do without, each of the size of the layer's forward product. A layer y = W x on the support at each inner step takes
    nine: forward (1), its gradients by W and by x (2), and backward through these three products, each of which has two
    factors (6). On the query it takes three. The first layer's x are images, by which nothing is differentiated: four
    (y and ∂W; backward through them by W and by ∂y) and two. Norms, activations and figures count as nothing.
    """
    support, query = case.way * case.shot * case.steps, case.way * case.query
    side, channels, per_task = SIDE, 1, 0
    for block in range(BLOCKS):
        side = -(-side // 2)
        forward = 2 * side**2 * 9 * channels * CHANNELS
        per_task += forward * (support * 4 + query * 2 if block == 0 else support * 9 + query * 3)
        channels = CHANNELS
    per_task += 2 * side**2 * CHANNELS * case.way * (support * 9 + query * 3)
    return per_task * case.tasks


def sample(config: TrainingConfig) -> Episodes:
    """The configuration's meta-batch, of procedural characters."""
    way, shot = config.training_episodes
    characters = make_strokes(way + 3, drawers=shot + config.query)
    return EpisodeSampler(characters, way, shot, config.query, seed=0).sample(config.meta_batch)


def our_learner(config: TrainingConfig, device: torch.device) -> Learner:
    learner = make_learner(config, _CHARACTERS)
    learner.network.to(device)
    return learner
