import dataclasses
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from metagui.data.samples import load_samples
from metagui.gui.demo import _TRAINING, Demo
from metagui.gui.main_window import MainWindow
from metagui.gui.naming import judged


@pytest.mark.usefixtures("strokes_at_hand")
def test_the_demo_trains_draws_and_counts_what_was_right(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    demo = Demo(window, tmp_path, dataclasses.replace(_TRAINING, iterations=8, minutes=0.0, validation_episodes=10))
    with qtbot.waitSignal(demo.finished, timeout=120_000) as finished:
        demo.start()
    assert finished.args == [0]
    stages = ["training", "support", "adaptation"]
    stages += ["steps", "confusion", "lanes", "layers", "features", "why", "reference"]
    assert {picture.stem for picture in tmp_path.iterdir()} == set(stages)
    panel = window.adaptation_panel
    assert (
        len(judged(panel.task, panel.timeline.steps[-1])) == len(panel.task.queries) == 50
    )  # of the episode that is dealt last
    (said,) = (line for line in capsys.readouterr().out.splitlines() if line.endswith("got the right name."))
    right, _, total, *_ = said.split()
    assert int(total) == sum(len(sample.query) for sample in load_samples())
    assert int(right) > 2 * int(total) / len(load_samples())  # chance is one in as many as there are


@pytest.mark.usefixtures("strokes_at_hand")
def test_a_training_that_fails_ends_the_demo_with_its_message(qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    demo = Demo(window, None, dataclasses.replace(_TRAINING, shot=100))
    with qtbot.waitSignal(demo.finished, timeout=60_000) as finished:
        demo.start()
    assert finished.args == [1]
    assert "Lower way, shot or query" in capsys.readouterr().out
