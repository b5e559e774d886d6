from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from metagui.gui.lane_choice import LaneChoice
from metagui.gui.lanes import Lanes
from metagui.gui.lanes_view import LanesView
from metagui.learn.checkpoint import Checkpoint, save_checkpoint
from metagui.learn.shipped import shipped


@pytest.fixture
def lanes(qtbot: QtBot) -> Iterator[Lanes]:
    lanes = Lanes()
    yield lanes
    lanes.shut_down()


@pytest.fixture
def view(qtbot: QtBot) -> LanesView:
    view = LanesView()
    qtbot.addWidget(view)
    return view


@pytest.fixture
def choice(lanes: Lanes, view: LanesView) -> LaneChoice:
    return LaneChoice(lanes, view, view)


def names(lanes: Lanes) -> list[str]:
    return [lane.checkpoint.name for lane in lanes.lanes]


def test_what_meta_learning_is_worth_is_asked_once(choice: LaneChoice, lanes: Lanes, view: LanesView) -> None:
    view.worth_button.click()
    expected = ["random initialization", "baseline"]
    assert {card.name for card in shipped()} >= {"baseline"}
    assert names(lanes) == expected
    view.worth_button.click()
    assert names(lanes) == expected


def test_where_there_is_room_for_one_more_one_comes(
    choice: LaneChoice, lanes: Lanes, view: LanesView, checkpoint: Checkpoint
) -> None:
    for _ in range(2):
        lanes.add(checkpoint)
    view.worth_button.click()
    assert names(lanes)[2:] == ["random initialization"]
    lanes.remove(2)
    lanes.add(checkpoint)
    view.worth_button.click()
    assert len(lanes.lanes) == 3  # and where there is none, none
    view.remove_clicked.emit(0)
    assert len(lanes.lanes) == 2


def test_a_file_that_is_no_checkpoint_is_told(
    choice: LaneChoice,
    lanes: Lanes,
    view: LanesView,
    checkpoint: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    choice.failed.connect(told.append)
    files = [tmp_path / "good.safetensors", tmp_path / "bad.safetensors", ""]
    save_checkpoint(tmp_path / "good.safetensors", checkpoint)
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(files.pop(0)), ""))
    for _ in range(3):  # the third time it is cancelled
        view.open_clicked.emit()
    assert names(lanes) == ["good"]
    assert len(told) == 1
    assert "bad.safetensors" in told[0]
