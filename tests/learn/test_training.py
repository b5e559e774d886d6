import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from metagui.data.characters import Split, split
from metagui.data.errors import InputError
from metagui.data.files import previous
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.events import NotSaved, Progress, Saved, Stepped, Validated, Validating
from metagui.learn.history import read_history
from metagui.learn.training import BEST, HISTORY, LAST, DivergedError, train

SMALL = TrainingConfig(
    data="strokes", way=2, shot=1, query=1, meta_batch=2, iterations=6, validate_every=4, validation_episodes=3
)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    checkpoint = load_checkpoint(folder / LAST)
    return checkpoint.weights | checkpoint.state


def run_until(config: TrainingConfig, parts: Split, folder: Path, iteration: int) -> None:
    events = train(config, parts, folder)
    for event in events:
        if isinstance(event, Progress) and event.iteration == iteration:
            events.close()
            return


@pytest.mark.parametrize("stop_after", [3, 4])  # between validations, and just before one
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mixed_shots": True},
        {"learner": "reptile", "inner_optimizer": "adam", "inner_batch": 4, "optimizer": "sgd", "schedule": "linear"},
        {"learner": "protonet", "norm": "running", "train_way": 4, "jitter": True, "schedule": "cosine"},
        {
            "learner": "maml++",
            "norm": "running",
            "learned_rates": True,
            "step_norms": True,
            "multi_step": 4,
            "warm_up": 2,
        },
        {"learner": "baseline", "norm": "running", "redraw": True},
    ],
    ids=lambda options: " ".join(map(str, options.values())),
)
def test_stopping_and_resuming_gives_the_same_run_to_the_bit(parts, tmp_path, stop_after, options):
    config = replace(SMALL, way=3, shot=2, **options)
    for _ in train(config, parts, tmp_path / "whole"):
        pass
    run_until(config, parts, tmp_path / "halves", stop_after)
    assert load_checkpoint(tmp_path / "halves" / LAST).iteration == stop_after
    iterations = [event.iteration for event in train(config, parts, tmp_path / "halves", resume=True)
                  if isinstance(event, Progress)]  # fmt: skip
    assert iterations == list(range(stop_after + 1, 7))
    whole, halves = weights(tmp_path / "whole"), weights(tmp_path / "halves")
    assert whole.keys() == halves.keys()
    assert all(torch.equal(whole[name], halves[name]) for name in whole)


def second_step(config: TrainingConfig, parts: Split, folder: Path) -> float:
    """How far a kernel moves in the second of two outer steps, the first of which is as good as none."""
    run_until(replace(config, meta_lr=1e-6), parts, folder, 1)
    before = load_checkpoint(folder / LAST).weights["encoder.kernel1"]
    list(train(replace(config, meta_lr=1e-3), parts, folder, resume=True))
    return float((load_checkpoint(folder / LAST).weights["encoder.kernel1"] - before).norm())


def test_the_outer_rate_follows_its_schedule(parts, tmp_path):
    config = replace(SMALL, learner="fomaml", optimizer="sgd", iterations=2, validate_every=100)
    constant = second_step(config, parts, tmp_path / "constant")
    linear = second_step(replace(config, schedule="linear"), parts, tmp_path / "linear")
    assert linear / constant == pytest.approx(0.5, rel=1e-3)  # half of the run was done before that step


def test_events_come_in_order(parts, tmp_path):
    events = list(train(SMALL, parts, tmp_path))
    kinds = [type(event) for event in events if not isinstance(event, Validating)]
    assert kinds == [Progress] * 4 + [Validated, Saved] + [Progress] * 2 + [Validated, Saved]
    assert [event.iteration for event in events if isinstance(event, Progress)] == [1, 2, 3, 4, 5, 6]
    validated = [event for event in events if isinstance(event, Validated)]
    assert validated[0].best
    assert validated[0].evaluation.episodes == 3


def test_reports_are_means_over_the_iterations_between(parts, tmp_path):
    single = [event.figures for event in train(SMALL, parts, tmp_path / "a") if isinstance(event, Progress)]
    grouped = [
        event for event in train(replace(SMALL, report_every=3), parts, tmp_path / "b") if isinstance(event, Progress)
    ]
    assert [event.iteration for event in grouped] == [3, 6]
    assert grouped[1].figures.query_loss == pytest.approx(sum(figures.query_loss for figures in single[3:]) / 3)


def test_between_two_events_lies_one_step_at_most(parts, tmp_path):
    events = train(replace(SMALL, report_every=1000), parts, tmp_path)
    steps = [event.iteration for event in events if isinstance(event, Stepped | Progress)]
    assert steps == [1, 2, 3, 4, 5, 6]  # the last of them a report of what the others were


def test_a_validation_cut_short_is_made_up_for(parts, tmp_path):
    whole = [event for event in train(SMALL, parts, tmp_path / "whole") if isinstance(event, Validated)]
    events = train(SMALL, parts, tmp_path / "cut")
    for event in events:
        if isinstance(event, Validating):
            events.close()
    rest = [event for event in train(SMALL, parts, tmp_path / "cut", resume=True) if isinstance(event, Validated)]
    assert rest == whole
    best = [load_checkpoint(tmp_path / name / BEST) for name in ("whole", "cut")]
    assert best[0].figures == best[1].figures


def test_a_run_that_is_over_says_so(parts, tmp_path):
    list(train(SMALL, parts, tmp_path))
    with pytest.raises(InputError, match="give it more"):
        next(train(SMALL, parts, tmp_path, resume=True))


def test_other_data_is_noticed(parts, characters, tmp_path):
    run_until(SMALL, parts, tmp_path, 1)
    with pytest.raises(InputError, match="the data has changed"):
        next(train(SMALL, split(characters.select(range(30)), "1028"), tmp_path, resume=True))


def test_training_learns(characters, tmp_path):
    config = replace(SMALL, way=5, query=3, meta_batch=4, iterations=40, inner_steps=1, rotations=False)
    losses = [
        event.figures.query_loss
        for event in train(config, split(characters, "1200"), tmp_path)
        if isinstance(event, Progress)
    ]
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_last_good_checkpoint(parts, tmp_path):
    config = replace(SMALL, iterations=100, validate_every=1, inner_steps=3)
    run_until(config, parts, tmp_path, 3)
    good = load_checkpoint(tmp_path / LAST).weights
    # NaN in the data is NaN in the loss.
    ruined = replace(parts, train=replace(parts.train, images=parts.train.images.double() * float("nan")))
    with pytest.raises(DivergedError, match="iteration 4"):
        list(train(config, ruined, tmp_path, resume=True))
    left = load_checkpoint(tmp_path / LAST)
    assert left.iteration == 3
    assert all(torch.equal(left.weights[name], value) for name, value in good.items())


def test_a_save_that_fails_is_told_and_tried_again(parts, tmp_path, monkeypatch):
    config = replace(SMALL, validate_every=2)
    events = train(config, parts, tmp_path)
    told = []
    for event in events:
        if isinstance(event, Progress) and event.iteration == 1:
            (tmp_path / LAST).mkdir()  # what cannot be replaced by a file stands for a disk that refuses
        if isinstance(event, NotSaved):
            told.append(event)
            (tmp_path / LAST).rmdir()
    assert [event.iteration for event in told] == [2]
    assert str(tmp_path / LAST) in told[0].message
    assert load_checkpoint(tmp_path / LAST).iteration == 6


def test_a_last_save_that_fails_is_no_success(parts, tmp_path):
    events = train(replace(SMALL, iterations=1), parts, tmp_path)
    next(events)
    (tmp_path / LAST).mkdir()  # what cannot be replaced by a file stands for a disk that refuses
    with pytest.raises(InputError, match="Could not write"):
        list(events)


def test_the_checkpoint_before_is_kept(parts, tmp_path):
    list(train(SMALL, parts, tmp_path))
    assert load_checkpoint(previous(tmp_path / LAST)).iteration == 4
    assert load_checkpoint(tmp_path / BEST).state == {}


def test_a_run_is_not_overwritten(parts, tmp_path):
    run_until(SMALL, parts, tmp_path, 1)
    with pytest.raises(InputError, match="holds a run already"):
        next(train(SMALL, parts, tmp_path))


def test_a_folder_has_one_writer(parts, tmp_path):
    first = train(SMALL, parts, tmp_path)
    next(first)
    with pytest.raises(InputError, match="Another training run"):
        next(train(SMALL, parts, tmp_path, resume=True))
    first.close()
    next(train(SMALL, parts, tmp_path, resume=True))


def test_what_is_learned_does_not_change_on_resuming(parts, tmp_path):
    run_until(SMALL, parts, tmp_path, 1)
    with pytest.raises(InputError, match="inner_lr"):
        next(train(replace(SMALL, inner_lr=0.1), parts, tmp_path, resume=True))
    longer = replace(SMALL, iterations=7, meta_lr=0.0001)
    assert list(train(longer, parts, tmp_path, resume=True))[-1].iteration == 7


def test_minutes_end_a_run(parts, tmp_path):
    config = replace(SMALL, minutes=1e-4, iterations=10**6)
    *_, validated, saved = train(config, parts, tmp_path)
    assert isinstance(validated, Validated)
    assert validated.iteration == saved.iteration < 100


def test_a_split_without_validation_trains_without(parts, tmp_path, characters):
    events = list(train(SMALL, split(characters, "1200"), tmp_path))
    assert not any(isinstance(event, Validated) for event in events)
    assert isinstance(events[-1], Saved)


def test_the_history_agrees_with_the_checkpoint(parts, tmp_path):
    run_until(SMALL, parts, tmp_path, 5)
    list(train(SMALL, parts, tmp_path, resume=True))
    with (tmp_path / HISTORY).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["iteration"] for row in rows if row["query_loss"]] == ["1", "2", "3", "4", "5", "6"]
    assert [row["iteration"] for row in rows if row["validation_accuracy"]] == ["4", "6"]


def test_the_history_grows_between_checkpoints_and_is_right_after_a_kill(parts, tmp_path, monkeypatch):
    monkeypatch.setattr("metagui.learn.training._SECONDS_BETWEEN_FLUSHES", 0.0)
    events = train(replace(SMALL, validate_every=100), parts, tmp_path / "run")
    for event in events:
        if event.iteration == 3:
            break
    assert not (tmp_path / "run" / LAST).exists()
    assert [row["iteration"] for row in read_history(tmp_path / "run" / HISTORY)] == [1, 2, 3]
    shutil.copytree(tmp_path / "run", tmp_path / "killed")  # all that a kill leaves
    events.close()
    list(train(SMALL, parts, tmp_path / "killed"))
    assert [row["iteration"] for row in read_history(tmp_path / "killed" / HISTORY)] == [1, 2, 3, 4, 4, 5, 6, 6]


def test_a_history_that_cannot_be_flushed_waits_for_the_next_save(parts, tmp_path, monkeypatch):
    monkeypatch.setattr("metagui.learn.training._SECONDS_BETWEEN_FLUSHES", 0.0)
    (tmp_path / HISTORY).mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("metagui.learn.history.History.rewind", lambda *_: None)
        events = train(SMALL, parts, tmp_path)
        for event in events:
            if isinstance(event, NotSaved):
                break
    assert event.iteration == 4  # at the save, and not at each flush before it
    (tmp_path / HISTORY).rmdir()
    list(events)
    assert len(read_history(tmp_path / HISTORY)) == 8


def test_what_the_data_cannot_give_is_refused_at_once(parts, tmp_path):
    with pytest.raises(InputError, match="Lower way, shot or query"):
        next(train(replace(SMALL, query=100), parts, tmp_path))
    for device in ("nonsense", "meta", "hpu"):
        with pytest.raises(InputError, match="device"):
            next(train(replace(SMALL, device=device), parts, tmp_path))


def test_a_folder_that_cannot_be_made_is_a_message(parts, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Could not use the folder"):
        next(train(SMALL, parts, tmp_path / "file" / "run"))
