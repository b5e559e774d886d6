"""A session is kept: by the menu, by the question at the end, and when the program is killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from metagui.__main__ import main
from metagui.data.omniglot_strokes import drawings_by_character
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.main_window import MainWindow
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.session_file import read_session
from metagui.learn.shipped import shipped
from tests.gui.hands import ZIGZAG, answering, draw

Button = QMessageBox.StandardButton
CONTROL = Qt.KeyboardModifier.ControlModifier
Probabilities = list[list[np.ndarray]]  # of each lane, at each step


@pytest.fixture
def start(qtbot: QtBot) -> Iterator[Callable[[], MainWindow]]:
    """Starts the program's window as `metagui` does."""
    windows: list[MainWindow] = []

    def start() -> MainWindow:
        window = MainWindow()
        qtbot.addWidget(window, before_close_func=lambda _: window.sessions.shut_down())  # else it may ask
        window.show()
        window.sessions.guard()
        windows.append(window)
        return window

    yield start
    for window in windows:
        window.close()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the user chooses in each dialog for a session."""
    path = tmp_path / "faces.metagui"
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), ""))
    return path


@pytest.fixture
def handed_over() -> Checkpoint:
    """A network that is nowhere but in memory, as training hands it over."""
    default, *_ = shipped()
    checkpoint = load_checkpoint(default.path)
    generator = torch.Generator().manual_seed(0)
    kernel = checkpoint.weights["encoder.kernel1"]
    moved = {"encoder.kernel1": kernel + 0.01 * torch.randn(kernel.shape, generator=generator)}
    return replace(checkpoint, weights=checkpoint.weights | moved, name="a run of today", path=None)


def choose(window: MainWindow, text: str) -> None:
    (action,) = (one for one in window.actions() if one.text().replace("&", "") == text)
    action.trigger()


def answer(panel: AdaptationPanel, qtbot: QtBot) -> Probabilities:
    """Of all queries, at all steps, of all lanes."""
    qtbot.waitUntil(lambda: panel.is_settled and bool(panel.timeline.steps), timeout=60_000)
    lanes = [panel.timeline.steps, *(lane.answer.steps for lane in panel._lanes.lanes if lane.answer)]
    return [[step.query_probabilities for step in steps] for steps in lanes]


def assert_same(mine: Probabilities, theirs: Probabilities) -> None:
    assert [len(lane) for lane in mine] == [len(lane) for lane in theirs]
    for lane, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(lane, other, rtol=0, atol=1e-6)


def make_a_session(
    window: MainWindow, checkpoint: Checkpoint, archives: Path, picture: Path, qtbot: QtBot, patch: pytest.MonkeyPatch
) -> None:
    """Of everything that there is: glyphs, strokes, a picture, labels, one drawing off, lanes, settings and a step."""
    panel = window.adaptation_panel
    window.training_panel.handed_over.emit(checkpoint)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=30_000)
    QTest.keyClick(panel, Qt.Key.Key_E, CONTROL)  # an episode of Omniglot: glyphs and labelled queries
    qtbot.waitUntil(lambda: len(panel.task.queries) == 3, timeout=60_000)
    people = drawings_by_character(archives / "strokes_background_small1.zip")
    for row, character in zip(panel.rows, ("Latin/character15", "Latin/character24", "Latin/character13"), strict=True):
        for drawing in people[character][:2]:
            draw(row.cells[-1].canvas, *drawing)
    Image.fromarray(np.pad(np.full((9, 60), 30, np.uint8), 40, constant_values=220)).save(picture)
    patch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(picture)], ""))
    panel.rows[0]._load.trigger()
    qtbot.waitUntil(lambda: len(panel.task.classes[0].sketches) == 4, timeout=30_000)
    QTest.mouseClick(panel.rows[1].cells[1].toggle_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.query_pad.new_button, Qt.MouseButton.LeftButton)
    draw(panel.query_pad.canvas, *people["Latin/character24"][5])
    panel.query_pad.label_box.setFocus()
    QTest.keyClick(panel.query_pad.label_box, Qt.Key.Key_Down)
    panel.bar.fitted_box.click()
    panel.bar.set_steps(4)
    panel.column.lanes.random_clicked.emit()
    panel._lane_choice.open(next(card.path for card in shipped() if card.name == "protonet-any"))
    answer(panel, qtbot)
    panel.timeline.slider.setFocus()
    QTest.keyClick(panel.timeline.slider, Qt.Key.Key_Left)


def test_a_session_is_saved_closed_and_opened_with_the_same_probabilities(
    start: Callable[[], MainWindow],
    file: Path,
    handed_over: Checkpoint,
    omniglot_archives: Path,
    omniglot_home: Path,
    metagui_home: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (metagui_home / "cache").symlink_to(omniglot_home / "cache")
    window = start()
    panel = window.adaptation_panel
    make_a_session(window, handed_over, omniglot_archives, tmp_path / "bar.png", qtbot, monkeypatch)
    before, task = answer(panel, qtbot), panel.task
    assert len(before) == 3
    assert [len(lane) for lane in before] == [5, 51, 1]
    assert window.isWindowModified()
    choose(window, "Save")
    assert not window.isWindowModified()
    assert window.windowTitle() == "faces.metagui[*] – metagui"

    draw(panel.query_pad.canvas, ZIGZAG)  # a stroke too many
    assert window.isWindowModified()
    with answering(Button.Cancel) as asked:
        assert not window.close()
    assert asked == ["Save what you changed in “faces.metagui”? What is not saved is lost."]
    assert window.isVisible()
    with answering(Button.Discard):
        assert window.close()

    window = start()
    panel = window.adaptation_panel
    assert window.sessions.recovery_bar.text == ""
    choose(window, "Open session…")
    assert_same(answer(panel, qtbot), before)
    assert [drawn.name for drawn in panel.task.classes] == [drawn.name for drawn in task.classes]
    assert [query.label for query in panel.task.queries] == [query.label for query in task.queries]
    assert len({query.label for query in task.queries}) == 3
    assert panel.task.place == task.place == 3
    assert [sketch.is_active for sketch in panel.task.classes[1].sketches] == [True, False, True]
    assert (panel.timeline.place, panel.timeline.chosen, panel.bar.steps) == (3, 3, 4)
    assert [lane.checkpoint.name for lane in panel._lanes.lanes] == ["random initialization", "protonet-any"]
    assert not window.isWindowModified()

    assert main(["classify", str(file), "--json"]) == 0
    predictions = json.loads(capsys.readouterr().out)["predictions"]
    told = [list(prediction["probabilities"].values()) for prediction in predictions]
    np.testing.assert_allclose(told, before[0][3], rtol=0, atol=1e-6)

    draw(panel.query_pad.canvas, ZIGZAG)
    with answering(Button.Save):
        assert window.close()
    assert len(read_session(file).task.query.sketch.strokes) == len(task.query.sketch.strokes) + 1


# Opens the file, draws a query, tells what it shows once that is autosaved, and waits for its end.
PROGRAM = """
import json, sys
from metagui.__main__ import main
from metagui.gui import application, autosave
from PySide6.QtCore import QTimer
from tests.gui.hands import RING, draw

class Window(application.MainWindow):
    def showEvent(self, event):
        super().showEvent(event)
        QTimer.singleShot(0, self.draw)

    def draw(self):
        self.adaptation_panel.query_pad.new_button.click()
        draw(self.adaptation_panel.query_pad.canvas, RING)
        self.timer = QTimer(interval=20)
        self.timer.timeout.connect(self.tell)
        self.timer.start()

    def tell(self):
        panel, kept = self.adaptation_panel, self.sessions._autosave
        if panel.is_settled and kept.is_idle and kept.path is not None:
            self.timer.stop()
            steps = [step.query_probabilities.tolist() for step in panel.timeline.steps]
            print(json.dumps({"title": self.windowTitle(), "steps": steps}), flush=True)

autosave._DELAY = 50
application.MainWindow = Window
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_what_a_killed_program_had_not_saved_is_recovered(
    start: Callable[[], MainWindow], file: Path, qtbot: QtBot
) -> None:
    window = start()
    for row, strokes in zip(window.adaptation_panel.rows, ([ZIGZAG], [ZIGZAG[:2]]), strict=False):
        draw(row.cells[-1].canvas, *strokes)
    choose(window, "Save")
    saved = file.read_bytes()
    with answering(Button.Discard) as asked:
        window.close()
    assert asked == []  # there was nothing to ask

    command = [sys.executable, "-c", PROGRAM, str(file)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        told = json.loads(program.stdout.readline())
        assert told["title"] == "faces.metagui[*] – metagui"  # it was opened from the command line
        beside = start()
        assert beside.sessions.recovery_bar.text == ""  # it is alive
        program.send_signal(signal.SIGKILL)
    assert file.read_bytes() == saved

    window = start()
    panel = window.adaptation_panel
    bar = window.sessions.recovery_bar
    assert "without saving “faces.metagui”" in bar.text
    assert "3 drawings" in bar.text
    QTest.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)  # not now
    assert window.close()

    window = start()
    panel, bar = window.adaptation_panel, window.sessions.recovery_bar
    QTest.mouseClick(bar.recover_button, Qt.MouseButton.LeftButton)
    steps = [np.array(step, np.float32) for step in told["steps"]]
    assert_same(answer(panel, qtbot), [steps])
    assert window.isWindowModified()
    choose(window, "Save")
    assert len(read_session(file).task.queries) == 1
    assert window.close()
    assert start().sessions.recovery_bar.text == ""
