"""A newcomer's first session, on the real window: train, hand over, draw, be understood."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from metagui.gui.main_window import MainWindow
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.training import LAST
from tests.e2e.people import CHARACTERS, drawings
from tests.gui.hands import draw

# Twenty iterations are too few for a head that starts from nothing: the prototype head classifies from the first step.
TRAINING = TrainingConfig(
    data="strokes",
    head="prototype",
    way=5,
    shot=2,
    query=5,
    meta_batch=4,
    inner_lr=0.05,
    iterations=20,
    validate_every=10,
    validation_episodes=10,
)


@pytest.mark.usefixtures("strokes_at_hand")
def test_train_hand_over_draw_and_be_understood(window: MainWindow, qtbot: QtBot, omniglot_archives: Path) -> None:
    people = drawings(omniglot_archives)
    training, adaptation = window.training_panel, window.adaptation_panel

    window.tabs.setCurrentWidget(training)
    training.form.set_config(TRAINING)
    buttons = {button.text(): button for button in training.findChildren(QToolButton)}
    qtbot.mouseClick(buttons["Start"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: training.is_running, timeout=30_000)
    qtbot.waitUntil(lambda: not training.is_running, timeout=120_000)
    assert training.loss_plot.points["query after"].columns.shape[1] == 20
    assert training.accuracy_plot.points["validation"].columns.shape[1] == 2
    assert training.folder is not None
    assert load_checkpoint(training.folder / LAST).iteration == 20

    qtbot.mouseClick(buttons["Use in adaptation"], Qt.MouseButton.LeftButton)
    assert window.tabs.currentWidget() is adaptation
    for row, character in zip(adaptation.rows, CHARACTERS, strict=True):
        for drawing in people[character][:3]:
            canvas = row.cells[-1].canvas
            draw(canvas, *drawing)

    right = 0
    for index, character in enumerate(CHARACTERS):
        for drawing in people[character][5:8]:
            qtbot.keyClick(adaptation.query_pad.canvas, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
            draw(adaptation.query_pad.canvas, *drawing)
            qtbot.waitUntil(lambda: adaptation.is_settled, timeout=60_000)
            right += adaptation.winner == adaptation.task.classes[index].name
    assert adaptation.timeline.step is not None
    assert np.isfinite(adaptation.timeline.step.support_loss)
    assert right >= 7  # of nine, after twenty iterations on characters that are not Omniglot's
