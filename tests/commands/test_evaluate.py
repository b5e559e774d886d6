"""`metagui evaluate --suite`, as a person runs it; the command without a suite is tried in tests/test_cli.py."""

import json
from pathlib import Path

import pytest

from metagui.__main__ import main
from metagui.learn.checkpoint import save_checkpoint
from tests.learn.test_suites import checkpoint


@pytest.fixture
def saved(omniglot_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Checkpoints of a network for every suite, and of one with a head for five classes, with Omniglot at hand."""
    monkeypatch.setenv("METAGUI_HOME", str(omniglot_home))
    paths = [tmp_path / "any.safetensors", tmp_path / "five.safetensors"]
    save_checkpoint(paths[0], checkpoint(data="strokes", learner="protonet"))
    save_checkpoint(paths[1], checkpoint(head="fixed"))
    return [str(path) for path in paths]


def test_a_suite_is_a_table_of_all_checkpoints(saved, capsys):
    assert main(["evaluate", "--suite", "omniglot", *saved, "--episodes", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| checkpoint | task | inductive | transductive |"
    assert [line.split(" | ")[:2] for line in lines[2:]] == [
        ["| any", "5-way 1-shot"], ["| any", "5-way 5-shot"], ["| any", "20-way 1-shot"], ["| any", "20-way 5-shot"],
        ["| five", "5-way 1-shot"], ["| five", "5-way 5-shot"],
    ]  # fmt: skip
    assert all(line.count("±") == 2 for line in lines[2:])


def test_a_suite_as_json_is_all_there_is_on_standard_output(saved, omniglot_archives, capsys):
    assert main(["evaluate", "--suite", "lake", saved[0], "--episodes", "20", "--seed", "4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["suite"], told["episodes"], told["seed"]) == ("lake", 20, 4)
    assert [figure["judged"] for figure in told["figures"]] == ["each on its own", "one to one"]
    for figure in told["figures"]:
        assert (figure["checkpoint"], figure["way"], figure["shot"], figure["query"]) == ("any", 20, 1, 1)
        assert 0.05 < figure["accuracy"] <= 1  # an untrained network's prototypes are no worse than chance
    strokes = str(omniglot_archives / "strokes_background_small1.zip")
    assert main(["evaluate", "--suite", "drawn", "--strokes", strokes, saved[0], "--episodes", "2", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["figures"]) == 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--suite", "omniglot", "--way", "5"], "A suite has tasks of its own: leave out --way."),
        (["--suite", "drawn"], "give its archive with --strokes PATH"),
        (["--suite", "drawn", "--strokes", "nowhere"], "nowhere"),
        (["--strokes", "some.zip"], "--strokes is for --suite drawn"),
        (["--suite", "lake"], "five was trained on characters of the evaluation alphabets"),
    ],
)
def test_what_a_suite_cannot_do_is_told_before_anything_is_measured(arguments, message, saved, capsys):
    assert main(["evaluate", *arguments, *saved]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_without_omniglot_the_message_says_how_to_get_it(tmp_path, capsys):
    save_checkpoint(tmp_path / "any.safetensors", checkpoint())
    assert main(["evaluate", "--suite", "omniglot", str(tmp_path / "any.safetensors")]) == 2
    assert "metagui data omniglot" in capsys.readouterr().err
