"""What is measured on the window: all rows come, each with its figures. No time is asserted."""

import re

import pytest

from metagui.gui.main_window import MainWindow
from metagui.learn.presets import PRESETS
from tests.benchmarks import scrubbing, strokes, studio, while_training


def rows(lines: list[str]) -> dict[str, str]:
    """What was measured, by what it is."""
    return {what: measured for what, measured, _ in (re.split(r" *\| *", line.strip("| ")) for line in lines)}


def test_each_stroke_is_answered_and_taken_back(window: MainWindow) -> None:
    panel = window.adaptation_panel
    measured = rows(list(strokes.beside_training(panel, "quick", repeats=1)))
    assert len(measured) == 4
    assert all(re.match(r"median \d+ ms, p90 \d+ ms, max \d+ ms$", figures) for figures in measured.values())
    left, before = (
        [len(one.strokes) for drawn in task.classes for one in drawn.sketches] + [len(task.query.sketch.strokes)]
        for task in (panel.task, studio.sample_task(5))
    )
    assert left == before


def test_twenty_ways_are_twenty_classes() -> None:
    task = studio.sample_task(20, queries=2)
    assert len({drawn.name for drawn in task.classes}) == 20
    turned, upright = (task.classes[row].sketches[0].strokes[0] for row in (5, 0))
    assert turned[0, 0] == pytest.approx(104 - upright[0, 1])
    assert [query.label for query in task.queries] == [row for row in range(20) for _ in range(2)]


def test_the_slider_is_moved_over_all_views(window: MainWindow) -> None:
    measured = rows(list(scrubbing.views(window.adaptation_panel, rounds=1, steps=3)))
    names = ("Steps", "Confusion", "Lanes", "Layers", "Features", "Why")
    assert list(measured) == [f"a move of the slider, {name}" for name in names]
    assert all("frames a second" in figures for figures in measured.values())
    assert len(scrubbing.move_seconds(window.adaptation_panel, 2)) == 2 * 2 * 3


@pytest.mark.usefixtures("strokes_at_hand")
def test_the_window_is_measured_while_it_trains(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(while_training, "TRIED", {"maml-quick": PRESETS["maml-quick"]})
    measured = rows(list(while_training.answers(window, repeats=1, seconds=0.3)))
    assert len(measured) == 6
    assert all("maml-quick trains" in what for what in measured)
    assert not window.training_panel.is_running
