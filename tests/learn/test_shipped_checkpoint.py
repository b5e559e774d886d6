"""The checkpoint in the box: it is what its card says."""

import hashlib
import json
import runpy
from importlib.resources import files
from pathlib import Path

import pytest

from metagui.data.characters import CharacterSet
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.evaluation import episode_accuracies, summarise
from metagui.learn.suites import cells

ROOT = Path(__file__).parents[2]
FOLDER = Path(str(files("metagui.resources") / "checkpoints"))
CARDS = sorted(FOLDER.glob("*.json"))
CARD = {
    "name", "title", "commands", "seed", "iterations", "hours", "hardware", "data", "data_licence", "date", "sha256",
    "figures", "unknown",
}  # fmt: skip
FIGURE = {
    "suite", "command", "episodes", "seed", "task", "judged", "way", "shot", "query", "steps", "accuracy", "ci95"
}  # fmt: skip
UNKNOWN = {
    "suite", "command", "episodes", "seed", "task", "way", "shot", "query", "steps", "auroc", "ece", "ece_answers",
    "known_right", "unknown_told", "queries",
}  # fmt: skip


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
    assert told.keys() == CARD
    assert told["title"]
    assert told["hours"] > 0
    assert file.stat().st_size < 4e6
    assert all(command.startswith("metagui train") for command in told["commands"])
    for figure in told["figures"]:
        assert figure.keys() == FIGURE
    for figure in told["unknown"]:
        assert figure.keys() == UNKNOWN
        if figure["task"] == "5-way 5-shot":
            assert figure["auroc"] >= 0.95


def test_the_readme_tells_what_the_cards_say():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = runpy.run_path(str(ROOT / "packaging" / "results_page.py"))
    assert page["with_page"](readme) == readme, "run packaging/results_page.py"
    told = json.loads(CARDS[0].read_text(encoding="utf-8"))["figures"][0]
    assert f"{100 * told['accuracy']:.2f} ± {100 * told['ci95']:.2f}" in readme


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.stem)
def test_the_figures_can_be_measured_again(card, omniglot: CharacterSet):
    told = json.loads(card.read_text(encoding="utf-8"))
    checkpoint = load_checkpoint(card.with_suffix(".safetensors"))
    figures = {(figure["task"], figure["judged"]): figure for figure in told["figures"]}
    for cell in cells("omniglot", checkpoint, omniglot, seed=0):
        if (cell.task, cell.judged) != ("5-way 1-shot", "inductive"):
            continue
        figure = figures[cell.task, cell.judged]
        episodes = 200 if figure["steps"] <= 5 else 40  # Reptile takes fifty
        groups = episode_accuracies(checkpoint.learner(), cell.source, episodes, figure["steps"])
        measured = summarise([accuracy for (group,) in groups for accuracy in group])
        assert abs(measured.accuracy - figure["accuracy"]) <= 1.5 * (measured.ci95 + figure["ci95"])
