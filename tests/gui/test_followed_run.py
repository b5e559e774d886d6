import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from metagui.gui.followed_run import FollowedRun
from metagui.learn import following
from metagui.learn.checkpoint import Checkpoint, save_checkpoint
from metagui.learn.config import MOST_ITERATIONS, TrainingConfig
from metagui.learn.following import Looked, Newest
from metagui.learn.history import History, Rows
from metagui.learn.run_lock import only_writer
from metagui.learn.training import HISTORY, LAST

CONFIG = TrainingConfig(iterations=2000)


@pytest.fixture
def owner(qtbot: QtBot) -> Iterator[QObject]:
    owner = QObject()
    yield owner
    for run in owner.findChildren(FollowedRun):
        run.shut_down()


@pytest.fixture
def folder(tmp_path: Path, checkpoint: Checkpoint) -> Path:
    folder = tmp_path / "run"
    save_checkpoint(folder / LAST, replace(checkpoint, config=CONFIG, iteration=2))
    add(folder, 1, 2)
    return folder


def add(folder: Path, *iterations: int) -> None:
    history = History(folder / HISTORY)
    for iteration in iterations:
        history.add(iteration, 0.5 * iteration, query_loss=1.0)
    history.flush()


def noted(run: FollowedRun) -> list[str]:
    """The names of the run's signals, as they come."""
    names: list[str] = []
    for name in ("opened", "refused", "configured", "grew", "writer_left", "lost"):
        getattr(run, name).connect(lambda *_, name=name: names.append(name))
    return names


def test_it_is_opened_grows_and_is_left(owner: QObject, folder: Path, qtbot: QtBot) -> None:
    with only_writer(folder):
        run = FollowedRun(folder, owner)
        names = noted(run)
        run.start()
        qtbot.waitUntil(lambda: names == ["opened", "configured", "grew"], timeout=30_000)
        assert run.status == "Following run: iteration 2 of 2,000"
        assert run.is_written
        add(folder, 3, 4)
        qtbot.waitUntil(lambda: names == ["opened", "configured", "grew", "grew"], timeout=30_000)
        assert run.status == "Following run: iteration 4 of 2,000"
    qtbot.waitUntil(lambda: names[-1] == "writer_left", timeout=30_000)
    assert run.status == "run: 4 of 2,000 iterations, saved at 2"
    assert not run.is_written


def test_no_run_is_refused_and_one_that_vanishes_is_lost(
    owner: QObject, folder: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_PATIENCE", 0.0)
    none = FollowedRun(tmp_path, owner)
    names = noted(none)
    none.start()
    qtbot.waitUntil(lambda: names == ["refused"], timeout=30_000)
    run = FollowedRun(folder, owner)
    names = noted(run)
    run.start()
    qtbot.waitUntil(lambda: names == ["opened", "configured", "grew"], timeout=30_000)
    shutil.rmtree(folder)
    qtbot.waitUntil(lambda: names[3:] == ["lost"], timeout=30_000)
    qtbot.waitUntil(lambda: not owner.findChildren(FollowedRun), timeout=30_000)


def test_stopping_is_prompt_and_nothing_comes_after_it(
    owner: QObject, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_BETWEEN_LOOKS", 60.0)
    run = FollowedRun(folder, owner)
    names = noted(run)
    run.start()
    qtbot.waitUntil(lambda: run.status == "run: 2 of 2,000 iterations", timeout=30_000)
    before = list(names)
    begun = monotonic()
    run.shut_down()
    assert monotonic() - begun < 20  # where a pause takes 60
    run._on_produced(Rows([{"iteration": 3}]))  # as it was on its way
    run._on_failed(OSError())
    assert names == before
    qtbot.waitUntil(lambda: not owner.findChildren(FollowedRun), timeout=30_000)


@pytest.mark.parametrize(
    ("iteration", "last", "looked", "text"),
    [
        (None, None, Looked(True, None), "Following run: waiting for the first figures"),
        (None, 3, Looked(True, 1.0), "Following run: iteration 3"),
        (2, None, Looked(True, None), "Following run: iteration 2 of 2,000"),
        (2, 1234, Looked(True, 61.0), "Following run: iteration 1,234 of 2,000  ·  last grew 61 s ago"),
        (None, None, Looked(False, None), "run: nothing was learned yet, and nobody writes it"),
        (None, 3, Looked(False, None), "run: 3 iterations, none of them saved"),
        (2, 3, Looked(False, None), "run: 3 of 2,000 iterations, saved at 2"),
        (3, 3, Looked(False, 9.0), "run: 3 of 2,000 iterations"),
    ],
)
def test_the_status_says_how_far_it_is_and_who_writes_it(
    owner: QObject, checkpoint: Checkpoint, iteration: int | None, last: int | None, looked: Looked, text: str
) -> None:
    run = FollowedRun(Path("run"), owner)
    if iteration is not None:
        run._on_produced(Newest(replace(checkpoint, config=CONFIG, iteration=iteration)))
    if last is not None:
        run._on_produced(Rows([{"iteration": last, "seconds": 1.0}]))
    run._on_produced(looked)
    assert run.status == text


def test_a_run_that_begins_anew_is_as_far_as_its_new_rows(owner: QObject) -> None:
    run = FollowedRun(Path("run"), owner)
    for event in (Rows([{"iteration": 3}]), Rows([], anew=True), Looked(True, 0.0)):
        run._on_produced(event)
    assert run.status == "Following run: waiting for the first figures"


def test_a_long_name_leaves_room_for_the_figures(owner: QObject) -> None:
    run = FollowedRun(Path("a" * 100 + "z" * 100), owner)
    assert run.status == f"Following {'a' * 20}…{'z' * 20}: waiting for the first figures"


def test_the_share_is_of_the_iterations_or_of_the_time(owner: QObject, checkpoint: Checkpoint) -> None:
    run = FollowedRun(Path("run"), owner)
    assert run.share == 0
    run._on_produced(Newest(replace(checkpoint, config=CONFIG, iteration=500)))
    assert run.share == 0.25
    run._on_produced(Rows([{"iteration": 1000, "seconds": 30.0}]))
    assert run.share == 0.5
    timed = replace(CONFIG, iterations=MOST_ITERATIONS, minutes=2)
    run._on_produced(Newest(replace(checkpoint, config=timed, iteration=1000)))
    assert run.share == 0.25
    assert run.status.endswith("iteration 1,000")
    run._on_produced(Rows([], anew=True))
    run._on_produced(Rows([{"iteration": 1, "seconds": 300.0}]))
    assert run.share == 1
