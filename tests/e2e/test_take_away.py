"""What a user takes away through the menu: it agrees with the window, and is of use without it."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import safetensors.numpy
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from metagui.__main__ import main
from metagui.data.glyph import Drawing
from metagui.data.omniglot_strokes import read_strokes
from metagui.gui.main_window import MainWindow
from metagui.learn.shipped import shipped
from tests.gui.hands import draw

CHARACTERS = ("Latin/character15", "Latin/character24", "Latin/character13")  # o, x and m

Export = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def people(omniglot_archives: Path) -> dict[str, list[Drawing]]:
    """The characters by several people each."""
    found: dict[str, list[Drawing]] = {character: [] for character in CHARACTERS}
    for name, drawing in read_strokes(omniglot_archives / "strokes_background_small1.zip"):
        character = name.rpartition("/")[0]
        if character in found:
            found[character].append(drawing)
    return found


@pytest.fixture
def drawn(window: MainWindow, people: dict[str, list[Drawing]], qtbot: QtBot) -> MainWindow:
    """Two examples of each character and a query, drawn by hand; the timeline is at its third step."""
    panel = window.adaptation_panel
    panel.open_checkpoint(next(card.path for card in shipped() if card.name == "maml"))
    for row, character in zip(panel.rows, CHARACTERS, strict=True):
        for drawing in people[character][:2]:
            draw(row.cells[-1].canvas, *drawing)
    draw(panel.query_pad.canvas, *people[CHARACTERS[1]][5])
    qtbot.waitUntil(lambda: panel.is_settled, timeout=60_000)
    panel.timeline.slider.setValue(3)
    return window


@pytest.fixture
def export(drawn: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """Choose an entry of the menu, and in its dialog a name or the test's folder; what came of it."""

    def chosen(entry: str, name: str) -> Path:
        file = next(action.menu() for action in drawn.menuBar().actions() if action.text() == "&File")
        assert isinstance(file, QMenu)
        menu = next(action.menu() for action in file.actions() if action.text() == "&Export")
        assert isinstance(menu, QMenu)
        menu.aboutToShow.emit()
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
        monkeypatch.setattr(QFileDialog, "exec", lambda _: 1)
        monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(tmp_path / name)])
        next(action for action in menu.actions() if action.text() == entry).trigger()
        said = f"Exported to {tmp_path / name}"
        qtbot.waitUntil(lambda: drawn.statusBar().currentMessage() == said, timeout=60_000)
        return tmp_path / name

    return chosen


def on_show(window: MainWindow) -> np.ndarray:
    """The probabilities of the query at the step on show."""
    step = window.adaptation_panel.timeline.step
    assert step is not None
    assert step.step == 3
    return step.query_probabilities[0]


def test_the_classifier_with_its_example(drawn: MainWindow, export: Export) -> None:
    truth = on_show(drawn)
    folder = export("Classifier with an &example…", "classifier")
    command = [sys.executable, "-I", "-S", str(folder / "example.py"), "--json", str(folder / "sample.pgm")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(answer.stdout)
    told = said["probabilities"]
    assert list(told) == ["A", "B", "C"]
    assert np.abs(np.array(list(told.values())) - truth).max() < 1e-4

    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    glyph = drawn.adaptation_panel.query_pad.glyph_view.glyph
    assert glyph is not None
    probabilities, known = session.run(["probabilities", "known"], {"glyphs": np.stack([glyph, glyph * 0])})
    assert np.abs(probabilities[0] - truth).max() < 1e-4
    step = drawn.adaptation_panel.timeline.step
    assert np.abs(known[0] - step.known[0]) < 1e-4
    assert abs(said["none_of_these"] - (1 - step.known[0])) < 1e-4
    metadata = session.get_modelmeta().custom_metadata_map
    assert json.loads(metadata["class_names"]) == ["A", "B", "C"]
    assert metadata["inner_step"] == "3"
    assert len(metadata["checkpoint_sha256"]) == 64

    tensors = safetensors.numpy.load_file(export("Classifier as &safetensors…", "mine.safetensors"))
    assert tensors["head.weight"].shape == (3, 256)
    others = safetensors.numpy.load_file(folder / "model.safetensors")
    assert all(np.array_equal(others[name], value) for name, value in tensors.items())


def test_the_drawings_are_named_again_from_their_files(
    drawn: MainWindow, export: Export, capsys: pytest.CaptureFixture[str]
) -> None:
    panel = drawn.adaptation_panel
    folder = export("Drawings as &pictures…", "drawings")
    card, *_ = shipped()
    assert main(["classify", str(card.path), "--support", str(folder / "support"), "--query",
                 str(folder / "queries" / "01.png"), "--steps", "3", "--json"]) == 0  # fmt: skip
    (prediction,) = json.loads(capsys.readouterr().out)["predictions"]
    assert prediction["label"] == panel.winner
    assert np.abs(np.array(list(prediction["probabilities"].values())) - on_show(drawn)).max() < 0.2

    with np.load(export("Drawings as &arrays…", "mine.npz"), allow_pickle=False) as arrays:
        assert arrays["names"].tolist() == ["A", "B", "C"]
        assert arrays["labels"].tolist() == [0, 0, 1, 1, 2, 2]
        assert np.array_equal(arrays["query"][0], panel.query_pad.glyph_view.glyph)


def test_the_steps_as_a_table_and_as_a_film(drawn: MainWindow, export: Export) -> None:
    steps = drawn.adaptation_panel.timeline.steps
    table = list(csv.DictReader(io.StringIO(export("Inner steps as a &table…", "steps.csv").read_text())))
    assert len(table) == len(steps) > 3
    answers = {name: float(table[3][f"query 1: {name}"]) for name in ("A", "B", "C", "None of these")}
    assert list(answers.values()) == pytest.approx(steps[3].answers[0].tolist(), abs=1e-5)
    assert float(table[3]["block 1 moved"]) > 0
    assert float(table[3]["block 1 moved relative"]) > 0

    with Image.open(export("Inner steps as an &animation…", "steps.gif")) as film:
        assert film.n_frames == len(steps)
        film.seek(film.n_frames - 1)
        assert film.info["duration"] == 3000
        assert film.size[0] == 560
