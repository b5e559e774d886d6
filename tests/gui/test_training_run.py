from collections.abc import Generator
from pathlib import Path

import pytest

from metagui.data.characters import CharacterSet
from metagui.data.errors import InputError
from metagui.data.preparation import Preparation
from metagui.data.strokes import make_strokes
from metagui.gui.training_run import new_run_folder, training_run
from metagui.learn.checkpoint import load_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.events import Progress, Saved
from metagui.learn.training import LAST

# Without a validation part: few characters are enough.
CONFIG = TrainingConfig(data="strokes", split="1200", way=2, query=1, meta_batch=2, iterations=4)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A small data set in two reports, in place of the procedural one; it is noted when its making ends."""
    ends = []

    def load() -> Generator[Preparation, None, CharacterSet]:
        try:
            for done in (1, 2):
                yield Preparation(done, 2, "Drawing characters")
            return make_strokes(12, drawers=3)
        finally:
            ends.append(True)

    monkeypatch.setattr("metagui.data.sources.load_strokes", load)
    return ends


def test_the_data_is_made_first_and_then_the_run_goes_to_its_end(tmp_path: Path, ends: list[bool]) -> None:
    events = list(training_run(CONFIG, tmp_path / "run", resume=False))
    assert [event.done for event in events[:2] if isinstance(event, Preparation)] == [1, 2]
    assert [event.iteration for event in events[2:] if isinstance(event, Progress)] == [1, 2, 3, 4]
    assert isinstance(events[-1], Saved)
    checkpoint = load_checkpoint(tmp_path / "run" / LAST)
    assert checkpoint.iteration == 4
    assert checkpoint.characters == 9  # the training part alone: 1200 of 1623


def test_closing_saves_and_the_run_goes_on_where_it_ended(tmp_path: Path, ends: list[bool]) -> None:
    run = training_run(CONFIG, tmp_path, resume=False)
    for event in run:
        if isinstance(event, Progress) and event.iteration == 2:
            break
    run.close()
    assert load_checkpoint(tmp_path / LAST).iteration == 2
    rest = list(training_run(CONFIG, tmp_path, resume=True))
    assert [event.iteration for event in rest if isinstance(event, Progress)] == [3, 4]


def test_closing_while_the_data_is_made_leaves_no_run(tmp_path: Path, ends: list[bool]) -> None:
    run = training_run(CONFIG, tmp_path / "run", resume=False)
    next(run)
    run.close()
    assert ends
    assert not (tmp_path / "run").exists()


def test_data_that_is_not_there_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not been imported"):
        list(training_run(TrainingConfig(), tmp_path / "run", resume=False))
    assert not (tmp_path / "run").exists()


def test_runs_begun_in_the_same_second_have_folders_of_their_own(metagui_home: Path) -> None:
    folders = set()
    for _ in range(3):
        folder = new_run_folder(CONFIG)
        folder.mkdir(parents=True)
        folders.add(folder)
    assert len(folders) == 3
    assert {folder.parent for folder in folders} == {metagui_home / "runs"}
    assert all("maml-2w1s" in folder.name for folder in folders)
