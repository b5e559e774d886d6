"""`metagui train --start-from`; the rest of the command is tried in tests/test_cli.py."""

from pathlib import Path

import pytest

from metagui.__main__ import main
from metagui.data.strokes import make_strokes
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.training import LAST
from tests.conftest import save_as_folder

SMALL = ["--way", "2", "--query", "1", "--meta-batch", "2", "--iterations", "2", "--validation-episodes", "2"]


@pytest.fixture
def images(tmp_path: Path) -> str:
    return str(save_as_folder(make_strokes(24, drawers=4), tmp_path / "images"))


def test_a_run_begins_with_the_encoder_of_another(images, tmp_path, capsys):
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["train", "--run", str(first), "--data", images, "--learner", "protonet", *SMALL]) == 0
    options = ["--run", str(second), "--data", images, "--meta-lr", "1e-6", *SMALL]
    assert main(["train", *options, "--start-from", str(first / LAST)]) == 0
    encoders = [load_checkpoint(run / LAST).weights["encoder.kernel1"] for run in (first, second)]
    assert (encoders[0] - encoders[1]).abs().max() < 1e-5


def test_a_resumed_run_has_begun_already(images, tmp_path, capsys):
    run = str(tmp_path / "run")
    assert main(["train", "--run", run, "--data", images, *SMALL]) == 0
    capsys.readouterr()
    assert main(["train", "--run", run, "--resume", "--iterations", "3", "--start-from", f"{run}/{LAST}"]) == 2
    assert capsys.readouterr().err == (
        "metagui: --start-from is for a new run: a resumed one goes on from its own weights.\n"
    )
