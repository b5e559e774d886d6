"""The checkpoint in the box: it is what its card says."""

import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from metagui.data.characters import CharacterSet, split
from metagui.data.episodes import EpisodeSampler
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.evaluation import episode_accuracies, summarise

FOLDER = Path(str(files("metagui.resources") / "checkpoints"))
CARDS = sorted(FOLDER.glob("*.json"))


def test_every_checkpoint_has_a_card():
    assert CARDS
    assert {card.stem for card in CARDS} == {file.stem for file in FOLDER.glob("*.safetensors")}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_the_card_is_that_of_the_file(card):
    told = json.loads(card.read_text(encoding="utf-8"))
    file = card.with_suffix(".safetensors")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == told["sha256"]
    checkpoint = load_checkpoint(file)
    assert checkpoint.iteration == told["iterations"]
    assert checkpoint.config.seed == told["seed"]
    assert all(command.startswith("metagui train") for command in told["commands"])
    for figure in told["figures"]:
        assert {"command", "way", "shot", "batch_norm", "accuracy", "ci95", "episodes"} <= figure.keys()
    shown = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for figure in told["figures"]:
        assert re.search(rf"{100 * figure['accuracy']:.2f}", shown), "the README tells other figures"


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_the_figures_can_be_measured_again(card, omniglot: CharacterSet):
    told = json.loads(card.read_text(encoding="utf-8"))
    checkpoint = load_checkpoint(card.with_suffix(".safetensors"))
    test = split(omniglot, checkpoint.config.split, checkpoint.split_seed).test
    for figure in told["figures"]:
        if (figure["way"], figure["batch_norm"]) != (5, "inductive"):
            continue
        sampler = EpisodeSampler(test, figure["way"], figure["shot"], figure["query"], seed=0)
        groups = episode_accuracies(checkpoint.learner(), sampler, 200, figure["steps"])
        measured = summarise([accuracy for group in groups for accuracy in group])
        assert abs(measured.accuracy - figure["accuracy"]) <= 1.5 * (measured.ci95 + figure["ci95"])
