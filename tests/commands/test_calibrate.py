"""`metagui calibrate`, as a person runs it on a network of their own."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from metagui.__main__ import main
from metagui.learn import calibration
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from metagui.learn.run_lock import only_writer
from metagui.learn.shipped import shipped
from tests.learn.test_suites import checkpoint


@pytest.fixture
def mine(tmp_path: Path, omniglot_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METAGUI_HOME", str(omniglot_home))
    monkeypatch.setattr(calibration, "_EPISODES", 3)
    (path,) = (card.path for card in shipped() if card.name == "protonet-any")
    own: Checkpoint = replace(load_checkpoint(path), calibration=None, state={"generator.episodes": torch.zeros(2)})
    save_checkpoint(tmp_path / "mine.safetensors", own)
    return tmp_path / "mine.safetensors"


def test_a_network_tells_unknown_drawings_from_then_on_and_can_still_be_resumed(mine, capsys):
    assert main(["calibrate", str(mine)]) == 0
    assert "from now on" in capsys.readouterr().out
    calibrated = load_checkpoint(mine)
    assert calibrated.calibration is not None
    assert calibrated.calibration.weights[0] < 0  # the farther, the less probably of one of the classes
    assert calibrated.state.keys() == {"generator.episodes"}
    again = mine.read_bytes()
    assert main(["calibrate", str(mine)]) == 0
    assert mine.read_bytes() == again


def test_what_cannot_be_calibrated_is_left_as_it_is(mine, capsys):
    save_checkpoint(mine, checkpoint(split="1200"))
    before = mine.read_bytes()
    assert main(["calibrate", str(mine)]) == 2
    assert "mine cannot be calibrated: the split 1200" in capsys.readouterr().err
    with only_writer(mine.parent):
        assert main(["calibrate", str(mine)]) == 2
    assert "A training run is writing" in capsys.readouterr().err
    assert mine.read_bytes() == before
