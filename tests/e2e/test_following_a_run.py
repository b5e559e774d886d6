"""A run of another process on the real window: its curves grow, it is used, and resumed when that process has ended."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from metagui.data.strokes import make_strokes
from metagui.gui.main_window import MainWindow
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.history import read_history
from metagui.learn.run_lock import LOCK
from metagui.learn.training import HISTORY, LAST
from tests.conftest import save_as_folder

TINY = ("--network", "conv2", "--way", "2", "--query", "1", "--meta-batch", "1", "--iterations", "1000000",
        "--validate-every", "20", "--validation-episodes", "2")  # fmt: skip


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Procedural characters as an image folder."""
    return save_as_folder(make_strokes(24, drawers=4), tmp_path / "images")


@pytest.fixture
def trainer(images: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that trains in the folder `run`."""
    command = [sys.executable, "-m", "metagui", "train", "--run", tmp_path / "run", "--data", images, *TINY]
    one_core = os.environ | {"OMP_NUM_THREADS": "1"}  # the window needs some as well
    process = subprocess.Popen(command, env=one_core, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


def test_a_run_of_another_process_is_followed_used_and_resumed(
    trainer: subprocess.Popen[bytes], window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, folder = window.training_panel, tmp_path / "run"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))

    def iterations() -> list[float]:
        return panel.loss_plot.points["query after"].columns[0].tolist()

    qtbot.waitUntil((folder / LOCK).exists, timeout=120_000)
    window.tabs.setCurrentWidget(panel)
    panel.open_action.trigger()
    for count in (1, 20):
        qtbot.waitUntil(lambda count=count: len(iterations()) >= count, timeout=120_000)
        assert panel.status.text().startswith("Following run: ")
        assert not panel.resume_action.isEnabled()
    qtbot.waitUntil(panel.use_action.isEnabled, timeout=120_000)
    panel.use_action.trigger()
    assert window.tabs.currentWidget() is window.adaptation_panel
    window.tabs.setCurrentWidget(panel)

    trainer.terminate()  # it saves
    assert trainer.wait(60) == 143
    qtbot.waitUntil(panel.resume_action.isEnabled, timeout=10_000)
    saved = load_checkpoint(folder / LAST).iteration
    assert panel.status.text() == f"run: {saved:,} of 1,000,000 iterations"
    trained = [row["iteration"] for row in read_history(folder / HISTORY) if "query_loss" in row]
    assert iterations() == trained == list(range(1, saved + 1))

    panel.resume_action.trigger()
    qtbot.waitUntil(lambda: len(iterations()) > saved, timeout=120_000)
    panel.stop_action.trigger()
    qtbot.waitUntil(lambda: not panel.is_running, timeout=120_000)
    assert iterations() == list(range(1, load_checkpoint(folder / LAST).iteration + 1))
