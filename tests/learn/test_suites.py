"""What a suite measures; `evaluate --suite` is tried in tests/commands."""

from pathlib import Path

import pytest
import torch

from metagui.data.characters import CharacterSet, split
from metagui.data.errors import InputError
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.suites import cells, table


def checkpoint(**options: object) -> Checkpoint:
    config = TrainingConfig(**options)
    learner = make_learner(config)
    return Checkpoint(config, learner.network.state_dict(), 0, 1028, 1623, name="mine")


@pytest.fixture
def strokes(omniglot_archives: Path) -> Path:
    return omniglot_archives / "strokes_background_small1.zip"


def names_of(characters: CharacterSet, classes: torch.Tensor) -> set[str]:
    return {characters.names[index] for index in classes.flatten().tolist()}


def test_the_suite_omniglot_is_the_four_tasks_inductive_and_transductive(omniglot):
    made = list(cells("omniglot", checkpoint(), omniglot, seed=0))
    assert [(cell.way, cell.shot, cell.judged) for cell in made] == [
        (way, shot, judged)
        for way, shot in ((5, 1), (5, 5), (20, 1), (20, 5))
        for judged in ("inductive", "transductive")
    ]
    assert made[0].source is made[1].source is not made[2].source  # adapted once, judged twice
    assert [cell.judgement.transductive for cell in made] == [False, True] * 4
    episodes = made[-1].source.sample(2)
    assert episodes.support.shape[1:] == (100, 1, 28, 28)
    assert episodes.query.shape[1:] == (300, 1, 28, 28)


def test_a_head_for_five_classes_is_measured_with_five(omniglot):
    assert {cell.way for cell in cells("omniglot", checkpoint(head="fixed"), omniglot, seed=0)} == {5}


@pytest.mark.parametrize(
    ("options", "part"), [({"split": "1028"}, "1028"), ({"split": "lake"}, "lake"), ({"data": "strokes"}, "1028")]
)
def test_nothing_is_measured_on_what_was_seen(options, part, omniglot):
    (first, *_) = cells("omniglot", checkpoint(**options), omniglot, seed=0)
    test = split(omniglot, part, background=964).test
    images = {image.numpy().tobytes() for image in test.images}
    drawn = first.source.sample(20).support.mul(255).round().to(torch.uint8)
    assert all(image.numpy().tobytes() in images for image in drawn.flatten(0, 2))


def test_the_suite_lake_is_refused_to_whoever_has_seen_its_alphabets(omniglot):
    with pytest.raises(InputError, match="mine was trained on characters of the evaluation alphabets"):
        list(cells("lake", checkpoint(split="1200"), omniglot, seed=0))
    for fair in (checkpoint(split="lake"), checkpoint(data="strokes")):
        alone, paired = cells("lake", fair, omniglot, seed=0)
        assert alone.source is paired.source
        assert alone.judgement != paired.judgement


def test_the_suite_drawn_compares_the_same_characters_drawn_three_ways(omniglot, strokes):
    made = list(cells("drawn", checkpoint(), omniglot, seed=0, strokes=strokes))
    assert [cell.judged for cell in made[:3]] == ["Omniglot's images", "re-drawn, fitted", "re-drawn, as drawn"]
    plain, fitted, drawn = (cell.source.sample(4) for cell in made[:3])
    assert plain.classes.equal(fitted.classes)
    assert plain.classes.equal(drawn.classes)
    # The same hands: a fitted drawing is nearer to the image than another character's is.
    nearest = torch.cdist(fitted.query.flatten(2), plain.query.flatten(2)).argmin(-1)
    same = plain.query_labels.gather(1, nearest) == fitted.query_labels
    assert same.double().mean() > 0.5


def test_the_suite_drawn_needs_strokes_that_were_not_trained_on(omniglot, strokes):
    with pytest.raises(InputError, match="--strokes"):
        list(cells("drawn", checkpoint(), omniglot, seed=0))
    with pytest.raises(InputError, match="0 of the characters that mine has not seen"):
        list(cells("drawn", checkpoint(split="lake"), omniglot, seed=0, strokes=strokes))


def test_a_table_has_a_line_for_each_checkpoint_and_task(omniglot):
    made = list(cells("omniglot", checkpoint(), omniglot, seed=0))[:4]
    figures = [(name, cell, f"{index} %") for name in ("a", "b") for index, cell in enumerate(made)]
    assert table(figures).splitlines() == [
        "| checkpoint | task | inductive | transductive |",
        "|---|---|---|---|",
        "| a | 5-way 1-shot | 0 % | 1 % |",
        "| a | 5-way 5-shot | 2 % | 3 % |",
        "| b | 5-way 1-shot | 0 % | 1 % |",
        "| b | 5-way 5-shot | 2 % | 3 % |",
    ]
