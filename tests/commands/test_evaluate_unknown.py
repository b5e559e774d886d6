"""`metagui evaluate --suite unknown`, as a person runs it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from metagui.__main__ import main
from metagui.learn import calibration
from metagui.learn.checkpoint import load_checkpoint, save_checkpoint
from metagui.learn.shipped import shipped
from tests.learn.test_suites import checkpoint

OPTIONS = ["evaluate", "--suite", "unknown", "--episodes", "3"]


@pytest.fixture(autouse=True)
def omniglot_at_hand(omniglot_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METAGUI_HOME", str(omniglot_home))


def path_of(name: str) -> str:
    return str(next(card.path for card in shipped() if card.name == name))


def test_it_is_a_table_of_what_is_told_apart_and_how_well_the_probabilities_hold(capsys):
    assert main([*OPTIONS, path_of("protonet-any")]) == 0
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert head == "| checkpoint | task | AUROC | ECE, known | ECE, answers | known named right | unknown told |"
    assert [line.split(" | ")[1] for line in lines] == [
        "5-way 1-shot",
        "5-way 5-shot",
        "20-way 1-shot",
        "20-way 5-shot",
    ]
    assert all(0.9 < float(line.split(" | ")[2]) <= 1 for line in lines)


def test_as_json_it_is_all_there_is_on_standard_output(capsys):
    assert main([*OPTIONS, path_of("protonet-any"), "--seed", "4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["suite"], told["episodes"], told["seed"]) == ("unknown", 3, 4)
    assert [(figure["way"], figure["shot"]) for figure in told["figures"]] == [(5, 1), (5, 5), (20, 1), (20, 5)]
    assert {"checkpoint", "task", "query", "steps", "auroc", "ece", "ece_answers", "known_right", "unknown_told"} < set(
        told["figures"][0]
    )


def test_a_checkpoint_without_a_calibration_is_given_one_for_this(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(calibration, "_EPISODES", 2)
    trained = load_checkpoint(Path(path_of("protonet-any")))
    save_checkpoint(tmp_path / "mine.safetensors", replace(trained, calibration=None))
    assert main([*OPTIONS, str(tmp_path / "mine.safetensors"), "--json"]) == 0
    captured = capsys.readouterr()
    assert "mine is not calibrated: that is done here, and not kept." in captured.err
    assert json.loads(captured.out)["figures"][1]["auroc"] > 0.9
    assert load_checkpoint(tmp_path / "mine.safetensors").calibration is None


def test_without_characters_to_calibrate_on_it_is_refused(tmp_path, capsys):
    save_checkpoint(tmp_path / "mine.safetensors", checkpoint(split="1200"))
    assert main([*OPTIONS, str(tmp_path / "mine.safetensors")]) == 2
    assert "leaves no characters for that" in capsys.readouterr().err
