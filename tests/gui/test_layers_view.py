import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from metagui.gui.layers_view import LayersView
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig
from tests.gui.answers import answer_to, drawn_task


def untrained(learner: str) -> Checkpoint:
    config = TrainingConfig(learner=learner)
    return Checkpoint(config, make_learner(config).network.state_dict(), iteration=0, characters=0, split_seed=0)


@pytest.fixture
def view(qtbot: QtBot) -> LayersView:
    view = LayersView()
    qtbot.addWidget(view)
    view.resize(420, 190)
    view.show()
    return view


def test_all_of_maml_moves_from_step_to_step(view: LayersView, checkpoint: Checkpoint) -> None:
    view.show_answer(answer_to(drawn_task(), checkpoint, 2))
    shares = []
    for number in range(3):
        view.show_step(number)
        shares.append([bar.share for bar in view.bars.bars])
    assert shares[0] == [0] * 5
    assert shares[2][4] > shares[1][4] > 0
    assert view.bars.bars[4].text.endswith("from 0")  # the shared head
    changed = view.filters.grab().toImage()
    QTest.mouseClick(view.change_box, Qt.MouseButton.LeftButton, pos=view.change_box.rect().center())
    view.change_box.setChecked(True)
    assert view.filters.grab().toImage() != changed


@pytest.mark.parametrize(("learner", "frozen"), [("anil", 4), ("protonet", 5)])
def test_what_a_learner_does_not_adapt_is_frozen(view: LayersView, learner: str, frozen: int) -> None:
    view.show_answer(answer_to(drawn_task(), untrained(learner), 1))
    view.show_step(0)
    assert [bar.is_frozen for bar in view.bars.bars] == [True] * frozen + [False] * (5 - frozen)
    assert "frozen" in view.heading.text()
    assert not view.change_box.isEnabled()


def test_a_network_of_two_blocks_has_as_many_bars(view: LayersView, checkpoint: Checkpoint) -> None:
    config = dataclasses.replace(checkpoint.config, network="conv2")
    small = dataclasses.replace(checkpoint, config=config, weights=make_learner(config).network.state_dict())
    view.show_answer(answer_to(drawn_task(), small, 0))
    view.show_step(0)
    assert [bar.layer for bar in view.bars.bars] == ["block 1", "block 2", "head"]
