import shutil
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from torch import Tensor

from metagui.data.errors import InputError
from metagui.learn import following
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint, save_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.following import Looked, Newest, follow
from metagui.learn.history import History, Rows
from metagui.learn.run_lock import LOCK, only_writer
from metagui.learn.training import HISTORY, LAST, train

CONFIG = TrainingConfig(data="strokes", way=2, query=1, meta_batch=2, iterations=100, validate_every=100)

Following = Generator[Newest | Rows | Looked, None, None]


@pytest.fixture
def ended() -> Event:
    return Event()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in its one item, in place of the monotonic clock; looks follow each other at once."""
    now = [100.0]
    monkeypatch.setattr(following, "_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(following, "monotonic", lambda: now[0])
    return now


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return make_learner(CONFIG).network.state_dict()


@pytest.fixture
def folder(weights: dict[str, Tensor], tmp_path: Path) -> Path:
    """Of a run with six iterations done and five saved."""
    folder = tmp_path / "run"
    save(folder, weights, 5)
    add(folder, *range(1, 7))
    return folder


def save(folder: Path, weights: dict[str, Tensor], iteration: int, config: TrainingConfig = CONFIG) -> None:
    save_checkpoint(folder / LAST, Checkpoint(config, weights, iteration, characters=0, split_seed=0))


def add(folder: Path, *iterations: int) -> None:
    history = History(folder / HISTORY)
    for iteration in iterations:
        history.add(iteration, 0.5, query_loss=1.0)
    history.flush()


def look(following: Following) -> tuple[list[object], Looked]:
    """What one look gives, and its end."""
    events = []
    for event in following:
        if isinstance(event, Looked):
            return events, event
        events.append(event)
    raise AssertionError("it has ended")


def iterations(events: list[object]) -> list[float]:
    return [row["iteration"] for event in events if isinstance(event, Rows) for row in event.rows]


def test_a_run_at_work_is_shown_with_its_checkpoint_and_its_rows(folder, ended, clock):
    with only_writer(folder):
        looks = follow(folder, ended)
        events, looked = look(looks)
        (newest,) = (event for event in events if isinstance(event, Newest))
        assert newest.checkpoint.iteration == 5
        assert newest.checkpoint.config == CONFIG
        assert iterations(events) == [1, 2, 3, 4, 5, 6]
        assert looked == Looked(is_written=True, quiet=None)
        assert look(looks) == ([], looked)


def test_growth_is_shown_and_so_is_the_end(folder, weights, ended, clock):
    looks = follow(folder, ended)
    with only_writer(folder):
        look(looks)
        save(folder, weights, 7, replace(CONFIG, iterations=200))
        add(folder, 7)
    clock[0] += 7
    events, looked = look(looks)
    assert iterations(events) == [7]
    (newest,) = (event.checkpoint for event in events if isinstance(event, Newest))
    assert (newest.iteration, newest.config.iterations) == (7, 200)
    assert looked == Looked(is_written=False, quiet=0)
    clock[0] += 3
    assert look(looks) == ([], Looked(is_written=False, quiet=3))


def test_a_run_that_has_just_begun_is_waited_for(parts, tmp_path, ended, clock):
    with only_writer(tmp_path):
        looks = follow(tmp_path, ended)
        assert look(looks) == ([], Looked(is_written=True, quiet=None))
        add(tmp_path, 1)
        events, looked = look(looks)
        assert iterations(events) == [1]
        assert looked == Looked(is_written=True, quiet=0)
    assert look(looks) == ([], Looked(is_written=False, quiet=0))


def test_without_a_lock_growth_tells_that_it_is_written_and_silence_that_it_is_no_more(tmp_path, ended, clock):
    add(tmp_path, 1, 2)
    looks = follow(tmp_path, ended)
    assert not look(looks)[1].is_written  # what was there before is no growth
    add(tmp_path, 3)
    assert look(looks)[1] == Looked(is_written=True, quiet=0)
    clock[0] += following._QUIET - 1
    assert look(looks)[1].is_written  # as a validation takes its time
    clock[0] += 2
    assert look(looks)[1] == Looked(is_written=False, quiet=following._QUIET + 1)


def test_a_run_that_was_resumed_and_rewound_is_read_anew(parts, tmp_path, ended, clock, monkeypatch):
    monkeypatch.setattr("metagui.learn.training._SECONDS_BETWEEN_FLUSHES", 0.0)

    def advance(count: int, resume: bool) -> None:
        run = train(CONFIG, parts, tmp_path, resume)
        for _ in range(count):
            next(run)
        run.close()

    advance(3, resume=False)
    add(tmp_path, 4, 5)  # as a run that was killed leaves it
    looks = follow(tmp_path, ended)
    assert iterations(look(looks)[0]) == [1, 2, 3, 4, 5]
    advance(1, resume=True)
    events, _ = look(looks)
    assert [event.anew for event in events if isinstance(event, Rows)] == [True, False]
    assert iterations(events) == [1, 2, 3, 4]


def test_no_run_is_a_message_at_once(tmp_path, ended):
    with pytest.raises(InputError, match="There is no checkpoint"):
        next(follow(tmp_path, ended))
    with pytest.raises(InputError, match="There is no checkpoint"):
        next(follow(tmp_path / "missing", ended))
    (tmp_path / LAST).write_bytes(b"nonsense")
    with pytest.raises(InputError, match="cut short"):
        next(follow(tmp_path, ended))


@pytest.mark.parametrize("gone", ["", LAST])
def test_what_is_gone_for_good_is_a_message_and_for_a_moment_is_none(folder, tmp_path, ended, clock, gone, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    looks = follow(folder, ended)
    look(looks)
    (folder / gone).rename(elsewhere)
    timer = threading.Timer(0.1, lambda: elsewhere.rename(folder / gone))
    timer.start()
    look(looks)  # does not come to its end before the folder is back
    timer.join()
    (folder / gone).rename(elsewhere)
    monkeypatch.setattr(following, "_PATIENCE", 0.0)
    with pytest.raises(InputError, match="can no longer be followed") as error:
        look(looks)
    assert str(folder / gone) in str(error.value)


def test_a_run_without_a_checkpoint_that_vanishes_is_a_message(tmp_path, ended, clock, monkeypatch):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / LOCK).touch()
    looks = follow(folder, ended)
    look(looks)
    shutil.rmtree(folder)
    monkeypatch.setattr(following, "_PATIENCE", 0.0)
    with pytest.raises(InputError, match="can no longer be followed"):
        look(looks)


def test_setting_the_event_ends_the_reading_of_a_long_history(tmp_path, ended):
    add(tmp_path, *range(1, 5000))
    looks = follow(tmp_path, ended)
    assert isinstance(next(looks), Rows)
    ended.set()
    assert list(looks) == []


def test_setting_the_event_ends_it_at_once(folder, ended, monkeypatch):
    monkeypatch.setattr(following, "_BETWEEN_LOOKS", 60.0)
    looks = follow(folder, ended)
    look(looks)
    threading.Timer(0.05, ended.set).start()
    begun = monotonic()
    assert list(looks) == []
    assert monotonic() - begun < 20  # where a pause takes 60
