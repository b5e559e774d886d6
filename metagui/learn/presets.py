"""Known configurations by name: for a person who waits, for a first look, and the papers' own."""

from typing import Any

from metagui.learn.config import MOST_ITERATIONS, TrainingConfig

_20_WAY: dict[str, Any] = {
    "way": 20, "shot": 1, "query": 1, "inner_steps": 5, "inner_lr": 0.1, "meta_batch": 16
}  # fmt: skip
PRESETS = {
    # For a person who waits: the most accurate there is after a few minutes on two cores.
    "quick": TrainingConfig(
        learner="protonet", jitter=True, norm="running", train_way=60, query=2, meta_batch=2, meta_lr=0.008,
        schedule="cosine", iterations=MOST_ITERATIONS, minutes=15, validate_every=1000,
    ),
    # The same, with gradient steps to look at. Harder episodes than those of use teach more in the same time; the rate
    # that grows with the way is what lets them.
    "maml-quick": TrainingConfig(
        train_way=20, rate_by_way=True, meta_batch=2, meta_lr=0.004, schedule="cosine", iterations=MOST_ITERATIONS,
        minutes=5, validate_every=500,
    ),
    "default": TrainingConfig(),
    # The textbook run: what a first implementation of MAML is usually tried on.
    "basic": TrainingConfig(
        way=5, shot=5, query=15, inner_steps=1, inner_lr=0.1, meta_batch=1, meta_lr=0.001, iterations=10_000,
        report_every=100, validate_every=500,
    ),
    # The papers' own hyperparameters on Omniglot, 5-way 1-shot where there is a choice.
    # Finn et al. 2017, appendix A.1; 3 steps at test.
    "maml": TrainingConfig(
        head="fixed", norm="batch", query=1, inner_steps=1, test_steps=3, inner_lr=0.4, meta_batch=32,
        iterations=60_000, validate_every=1000,
    ),
    "fomaml": TrainingConfig(
        learner="fomaml", head="fixed", norm="batch", query=1, inner_steps=1, test_steps=3, inner_lr=0.4,
        meta_batch=32, iterations=60_000, validate_every=1000,
    ),
    # Raghu et al. 2020, appendix B: 20-way, as MAML's.
    "anil": TrainingConfig(
        learner="anil", head="fixed", norm="batch", iterations=60_000, validate_every=1000, **_20_WAY
    ),
    # Li et al. 2017, section 4.2: one step in training and at test, rates begin in [0.005, 0.1].
    "meta-sgd": TrainingConfig(
        learner="meta-sgd", head="fixed", norm="batch", query=15, inner_steps=1, inner_lr=0.1, meta_batch=16,
        iterations=60_000, validate_every=1000,
    ),
    # Antoniou et al. 2019, section 5: 100 epochs of 500 iterations, ten of them with all steps' losses.
    "maml++": TrainingConfig(
        learner="maml++", network="conv4-pool", head="fixed", norm="running", query=1, inner_steps=5, inner_lr=0.1,
        learned_rates=True, step_norms=True, multi_step=5_000, warm_up=25_000, meta_batch=8, schedule="cosine",
        iterations=50_000, validate_every=500,
    ),
    # Nichol et al. 2018, appendix A.
    "reptile": TrainingConfig(
        learner="reptile", head="fixed", norm="batch", query=1, train_shot=10, inner_steps=5, test_steps=50,
        inner_lr=0.001, inner_optimizer="adam", inner_batch=10, optimizer="sgd", meta_lr=1.0, schedule="linear",
        meta_batch=5, iterations=100_000, validate_every=1000,
    ),
    # Snell et al. 2017, section 3.1.
    "protonet": TrainingConfig(
        learner="protonet", network="conv4-pool", norm="running", train_way=60, query=5, meta_batch=1,
        schedule="halving", iterations=20_000, validate_every=1000,
    ),
    # Triantafillou et al. 2020, section 3.3, on MAML's 5-way tasks.
    "proto-maml": TrainingConfig(
        learner="proto-maml", inner_steps=1, inner_lr=0.1, meta_batch=16, iterations=60_000, validate_every=1000
    ),
    # Chen et al. 2019 (A closer look at few-shot classification, section 3.1): batches of 80 images, no episodes.
    "baseline": TrainingConfig(
        learner="baseline", norm="running", query=3, train_way=20, inner_steps=5, test_steps=50, inner_lr=0.1,
        meta_batch=1, iterations=20_000, validate_every=1000,
    ),
    "random": TrainingConfig(learner="random", inner_steps=5, test_steps=50, inner_lr=0.1, iterations=1),
}  # fmt: skip
