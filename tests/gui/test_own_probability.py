import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from metagui.gui.own_probability import OwnProbability, SupportVerdict, support_verdicts
from metagui.learn.adaptation import AdaptationStep, Inside
from tests.gui.answers import drawn_task


def test_each_drawing_that_takes_part_has_a_verdict() -> None:
    task = drawn_task()
    table = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [np.nan, np.nan]], np.float32)
    step = AdaptationStep(1, 0.5, 0.75, None, np.empty((0, 2), np.float32), Inside(support_probabilities=table))
    rings, nothing, bars = support_verdicts(task, step)
    assert [rings[sketch].own for sketch in task.classes[0].sketches] == pytest.approx([0.9, 0.4])
    assert [rings[sketch].is_right for sketch in task.classes[0].sketches] == [True, False]
    assert rings[task.classes[0].sketches[1]].text == "Named bar (60 %), wrong: its own class has 40 %"
    assert not nothing
    first, off, last = task.classes[2].sketches
    assert bars[first].text == "Named bar (80 %), right"
    assert off not in bars
    assert bars[last].own == 0


def test_right_and_wrong_are_told_apart_without_a_colour(qtbot: QtBot) -> None:
    bar = OwnProbability()
    qtbot.addWidget(bar)
    bar.resize(92, 6)
    pictures = []
    for verdict in (
        None,
        SupportVerdict(0, 0.9, "A", 0.9, is_right=True),
        SupportVerdict(0, 0.4, "A", 0.4, is_right=True),
        SupportVerdict(0, 0.4, "B", 0.6, is_right=False),
    ):
        bar.show_verdict(verdict)
        assert bar.toolTip() == ("" if verdict is None else verdict.text)
        pictures.append(bar.grab().toImage().convertToFormat(bar.grab().toImage().Format.Format_Grayscale8))
    assert all(one != other for index, one in enumerate(pictures) for other in pictures[:index])
