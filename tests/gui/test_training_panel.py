import dataclasses
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from metagui.data.strokes import make_strokes
from metagui.gui.followed_run import FollowedRun
from metagui.gui.training_panel import TrainingPanel
from metagui.learn import following
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.history import History
from metagui.learn.presets import PRESETS
from metagui.learn.run_lock import only_writer
from metagui.learn.training import HISTORY, LAST
from tests.conftest import save_as_folder


@pytest.fixture(scope="session")
def folder_of_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Procedural characters as an image folder."""
    return save_as_folder(make_strokes(24, drawers=4), tmp_path_factory.mktemp("images"))


@pytest.fixture
def config(folder_of_images: Path) -> TrainingConfig:
    return TrainingConfig(
        data=str(folder_of_images), way=2, query=1, meta_batch=2, iterations=8, validate_every=5, validation_episodes=3
    )


@pytest.fixture
def panel(qtbot: QtBot, config: TrainingConfig) -> Iterator[TrainingPanel]:
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.resize(1000, 640)
    panel.show()
    panel.form.set_config(config)
    yield panel
    panel.shut_down()


@pytest.fixture
def other(qtbot: QtBot) -> Iterator[TrainingPanel]:
    """A panel that has seen nothing yet."""
    other = TrainingPanel()
    qtbot.addWidget(other)
    yield other
    other.shut_down()


def click(qtbot: QtBot, panel: TrainingPanel, text: str) -> None:
    (button,) = (button for button in panel.findChildren(QToolButton) if button.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def train_to_the_end(qtbot: QtBot, panel: TrainingPanel) -> Path:
    click(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: not panel.is_running, timeout=60_000)
    assert panel.folder is not None
    return panel.folder


def count(panel: TrainingPanel, name: str = "query after") -> int:
    return panel.loss_plot.points[name].columns.shape[1]


@pytest.mark.skipif(sys.platform != "linux", reason="the priorities of threads are found in /proc")
def test_training_gives_way_to_the_window(qtbot: QtBot, panel: TrainingPanel, config: TrainingConfig) -> None:
    def nicer() -> bool:
        found = []
        for thread in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):  # it has ended since
                found.append(os.getpriority(os.PRIO_PROCESS, int(thread.name)))
        return max(found) > os.getpriority(os.PRIO_PROCESS, 0)  # the window's own

    qtbot.waitUntil(lambda: not nicer(), timeout=60_000)  # what a test before has started may be about to end
    panel.form.set_config(dataclasses.replace(config, iterations=10**6))
    click(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: count(panel) > 0, timeout=60_000)
    assert nicer()


def add_rows(folder: Path, *iterations: int) -> None:
    """What another process adds to a run's history."""
    folder.mkdir(exist_ok=True)
    history = History(folder / HISTORY)
    for iteration in iterations:
        history.add(iteration, float(iteration), query_loss=1.0)
    history.flush()


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The folder of a run of another process."""
    folder = tmp_path / "written"
    folder.mkdir()
    return folder


def test_a_run_fills_the_plots_and_leaves_a_checkpoint(panel: TrainingPanel, qtbot: QtBot, metagui_home: Path) -> None:
    folder = train_to_the_end(qtbot, panel)
    assert folder.parent == metagui_home / "runs"
    assert load_checkpoint(folder / LAST).iteration == 8
    assert count(panel) == 8
    validation = panel.accuracy_plot.points["validation"].columns
    assert validation[0].tolist() == [5, 8]
    assert "validation" in panel.log.toPlainText()
    assert panel.progress.value() == panel.progress.maximum()
    assert "8 of 8" in panel.status.text()


def test_pausing_holds_the_run_and_going_on_ends_it(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.form.set_config(dataclasses.replace(panel.form.config(), iterations=10_000, validate_every=10_000))
    click(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: count(panel) >= 2, timeout=30_000)
    click(qtbot, panel, "Pause")
    qtbot.wait(300)  # the step at work may still end
    held = count(panel)
    qtbot.wait(300)
    assert count(panel) == held
    assert panel.status.text() == "Paused."
    click(qtbot, panel, "Go on")
    qtbot.waitUntil(lambda: count(panel) > held, timeout=30_000)
    click(qtbot, panel, "Stop")
    qtbot.waitUntil(lambda: not panel.is_running, timeout=10_000)


def test_a_stopped_run_is_resumed_where_it_was(panel: TrainingPanel, qtbot: QtBot) -> None:
    panel.form.set_config(dataclasses.replace(panel.form.config(), iterations=10_000, validate_every=10_000))
    click(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: count(panel) >= 3, timeout=30_000)
    click(qtbot, panel, "Stop")
    qtbot.waitUntil(lambda: not panel.is_running, timeout=10_000)
    assert panel.folder is not None
    stopped = load_checkpoint(panel.folder / LAST).iteration
    panel.form.set_config(dataclasses.replace(panel.form.config(), iterations=stopped + 2))
    click(qtbot, panel, "Resume")
    qtbot.waitUntil(lambda: not panel.is_running, timeout=30_000)
    assert load_checkpoint(panel.folder / LAST).iteration == stopped + 2
    assert panel.loss_plot.points["query after"].columns[0].tolist() == list(range(1, stopped + 3))


def test_an_earlier_run_is_opened_with_its_curves(
    panel: TrainingPanel, other: TrainingPanel, qtbot: QtBot, config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = train_to_the_end(qtbot, panel)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    other.open_action.trigger()
    qtbot.waitUntil(other.resume_action.isEnabled, timeout=30_000)
    assert other.form.config() == config
    assert count(other) == 8
    assert other.status.text() == f"{folder.name}: 8 of 8 iterations"
    assert other.progress.value() == other.progress.maximum()


def test_a_folder_without_a_run_is_refused_with_a_message(panel: TrainingPanel, qtbot: QtBot, tmp_path: Path) -> None:
    panel.open_run(tmp_path)
    qtbot.waitUntil(lambda: "not a run's folder" in panel.message_bar.text, timeout=30_000)
    (tmp_path / LAST).write_bytes(b"nonsense")
    panel.open_run(tmp_path)
    qtbot.waitUntil(lambda: "cut short" in panel.message_bar.text, timeout=30_000)
    assert "could not be opened" in panel.status.text()
    assert panel.folder is None
    assert not panel.resume_action.isEnabled()


def test_a_run_with_damaged_files_is_opened_or_a_message_says_what_to_do(panel: TrainingPanel, qtbot: QtBot) -> None:
    folder = train_to_the_end(qtbot, panel)
    with (folder / HISTORY).open("ab") as file:
        file.write(b"9,0.5,\xff")  # as the power failed
    panel.open_run(folder)
    qtbot.waitUntil(lambda: "8 of 8 iterations" in panel.status.text(), timeout=30_000)
    assert count(panel) == 8
    (folder / HISTORY).unlink()
    (folder / HISTORY).mkdir()
    panel.open_run(folder)
    qtbot.waitUntil(lambda: "take it away" in panel.message_bar.text, timeout=30_000)
    (folder / LAST).write_bytes(b"cut short")
    panel.open_run(folder)
    qtbot.waitUntil(lambda: "kept as last.previous.safetensors" in panel.message_bar.text, timeout=30_000)


def test_a_snapshot_is_handed_over(panel: TrainingPanel, qtbot: QtBot) -> None:
    folder = train_to_the_end(qtbot, panel)
    with qtbot.waitSignal(panel.handed_over) as handed:
        click(qtbot, panel, "Use in adaptation")
    (checkpoint,) = handed.args
    assert isinstance(checkpoint, Checkpoint)
    assert checkpoint.iteration == 8
    assert checkpoint.name == folder.name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "omniglot"}, "Omniglot has not been imported"),
        ({"data": "no/such/folder"}, "no/such/folder"),
        ({"shot": 50}, "Lower way, shot or query"),
        ({"device": "cuda:99"}, "cuda:99"),
    ],
)
def test_what_cannot_be_trained_is_told(
    panel: TrainingPanel, qtbot: QtBot, config: TrainingConfig, change: dict[str, object], message: str
) -> None:
    for name, value in change.items():
        field = panel.form.fields[name]
        for setter in ("setCurrentText", "setValue", "setChecked"):
            if hasattr(field, setter):
                getattr(field, setter)(value)
    click(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: message in panel.message_bar.text, timeout=10_000)
    qtbot.waitUntil(lambda: not panel.is_running, timeout=10_000)
    assert panel.start_action.isEnabled()


def test_a_disk_that_refuses_is_told_and_training_goes_on(
    panel: TrainingPanel, qtbot: QtBot, config: TrainingConfig
) -> None:
    panel.form.set_config(dataclasses.replace(config, iterations=10_000, validate_every=2))
    click(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: panel.use_action.isEnabled(), timeout=30_000)
    assert panel.folder is not None
    checkpoint = panel.folder / LAST
    panel.pause_action.trigger()
    qtbot.wait(300)
    checkpoint.unlink()
    checkpoint.mkdir()  # what cannot be replaced by a file stands for a disk that refuses
    panel.pause_action.trigger()
    qtbot.waitUntil(lambda: "Training goes on" in panel.message_bar.text, timeout=30_000)
    assert panel.is_running
    checkpoint.rmdir()
    qtbot.waitUntil(checkpoint.is_file, timeout=30_000)


def test_without_omniglot_it_opens_with_what_needs_no_download(qtbot: QtBot) -> None:
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    assert panel.form.config() == dataclasses.replace(PRESETS["maml-quick"], data="strokes")
    assert panel.form.preset.currentText() == "maml-quick"


def test_buttons_offer_what_can_be_done(panel: TrainingPanel, qtbot: QtBot) -> None:
    assert panel.start_action.isEnabled()
    for action in (panel.pause_action, panel.stop_action, panel.resume_action, panel.use_action):
        assert not action.isEnabled()
    train_to_the_end(qtbot, panel)
    for action in (panel.start_action, panel.resume_action, panel.use_action):
        assert action.isEnabled()
    assert not panel.stop_action.isEnabled()


def test_a_run_that_another_writes_can_be_used_but_not_resumed_until_it_is_left(
    panel: TrainingPanel, qtbot: QtBot, written: Path, checkpoint: Checkpoint
) -> None:
    with only_writer(written):
        panel.open_run(written)
        qtbot.waitUntil(lambda: "waiting for the first figures" in panel.status.text(), timeout=30_000)
        assert "no checkpoint yet" in panel.log.toPlainText()
        assert not panel.use_action.isEnabled()
        add_rows(written, 1, 2)
        save_checkpoint(written / LAST, dataclasses.replace(checkpoint, iteration=2))
        qtbot.waitUntil(panel.use_action.isEnabled, timeout=30_000)
        qtbot.waitUntil(
            lambda: panel.status.text() == f"Following {written.name}: iteration 2 of 2,000", timeout=30_000
        )
        assert panel.form.config() == checkpoint.config
        assert not panel.resume_action.isEnabled()
        assert panel.start_action.isEnabled()
        add_rows(written, 3)
        qtbot.waitUntil(lambda: count(panel) == 3, timeout=30_000)
        with qtbot.waitSignal(panel.handed_over) as handed:
            click(qtbot, panel, "Use in adaptation")
        assert handed.args[0].iteration == 2
        panel.form.fields["iterations"].setValue(77)
        save_checkpoint(written / LAST, dataclasses.replace(checkpoint, iteration=3))
    qtbot.waitUntil(panel.resume_action.isEnabled, timeout=30_000)
    assert panel.status.text() == f"{written.name}: 3 of 2,000 iterations"
    assert panel.form.config().iterations == 77  # what the user wrote meanwhile stays
    assert panel.log.toPlainText().endswith("Nobody writes the run any more.")


def test_a_run_that_was_killed_is_resumed_from_its_checkpoint(panel: TrainingPanel, qtbot: QtBot) -> None:
    folder = train_to_the_end(qtbot, panel)
    add_rows(folder, 9, 10)
    panel.open_run(folder)
    qtbot.waitUntil(lambda: "10 of 8 iterations, saved at 8" in panel.status.text(), timeout=30_000)
    assert panel.resume_action.isEnabled()
    assert count(panel) == 10
    panel.form.set_config(dataclasses.replace(panel.form.config(), iterations=9))
    click(qtbot, panel, "Resume")
    qtbot.waitUntil(lambda: not panel.is_running, timeout=60_000)
    assert panel.loss_plot.points["query after"].columns[0].tolist() == list(range(1, 10))
    assert not panel.findChildren(FollowedRun)


def test_opening_another_run_and_starting_one_end_the_following(
    panel: TrainingPanel, qtbot: QtBot, written: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for folder, rows in ((written, (1, 2)), (other, (1,))):
        add_rows(folder, *rows)
        panel.open_run(folder)
        qtbot.waitUntil(
            lambda rows=rows, name=folder.name: name in panel.status.text() and count(panel) == len(rows),
            timeout=30_000,
        )
    qtbot.waitUntil(lambda: len(panel.findChildren(FollowedRun)) == 1, timeout=30_000)
    panel.open_run(tmp_path / "missing")  # which changes nothing but the message
    qtbot.waitUntil(lambda: "not a run's folder" in panel.message_bar.text, timeout=30_000)
    add_rows(written, 3)
    add_rows(other, 2)
    qtbot.waitUntil(lambda: count(panel) == 2, timeout=30_000)
    assert panel.folder == other
    click(qtbot, panel, "Start")
    qtbot.waitUntil(lambda: not panel.findChildren(FollowedRun), timeout=30_000)
    qtbot.waitUntil(lambda: not panel.is_running, timeout=60_000)
    assert count(panel) == 8


def test_a_run_that_vanishes_is_a_message(
    panel: TrainingPanel, qtbot: QtBot, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_PATIENCE", 0.0)
    add_rows(written, 1, 2)
    panel.open_run(written)
    qtbot.waitUntil(lambda: panel.status.text().startswith("written: 2 iterations"), timeout=30_000)
    shutil.rmtree(written)
    qtbot.waitUntil(lambda: "can no longer be followed" in panel.message_bar.text, timeout=30_000)
    assert str(written) in panel.message_bar.text
    assert panel.status.text() == "The run is no longer followed."
    assert not panel.resume_action.isEnabled()
    assert count(panel) == 2  # its curves stay in sight


def test_a_history_made_anew_is_drawn_anew(panel: TrainingPanel, qtbot: QtBot, written: Path) -> None:
    add_rows(written, 1, 2, 3)
    panel.open_run(written)
    qtbot.waitUntil(lambda: count(panel) == 3, timeout=30_000)
    History(written / HISTORY).rewind(1)
    qtbot.waitUntil(lambda: count(panel) == 1, timeout=30_000)
