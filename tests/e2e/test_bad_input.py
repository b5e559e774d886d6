"""Whatever a user gives that cannot be used: a message, in the window and on the command line, and nothing is lost."""

import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from metagui.__main__ import main
from metagui.data import archives
from metagui.data.omniglot import import_omniglot
from metagui.data.strokes import make_strokes
from metagui.gui.main_window import MainWindow
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from metagui.learn.config import TrainingConfig
from metagui.learn.training import LAST
from tests.conftest import save_as_folder
from tests.gui.hands import BAR, RING, draw, drop

if sys.platform != "win32":
    import resource

CONFIG = TrainingConfig(data="strokes", way=2, query=1, meta_batch=2, iterations=2, validation_episodes=2)


# What cannot be used. Each maker writes to the path that it is given.


def _archive(name: str, content: bytes = b"-", link: bool = False) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o120777 if link else 0o100644) << 16
            archive.writestr(member, content)

    return write


def _cut(path: Path) -> None:
    _archive("images_background/Greek/character01/0001_01.png", bytes(range(256)))(path)
    path.write_bytes(path.read_bytes()[:100])


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(archives.MOST_BYTES + 1)  # all of it a hole


ARCHIVES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "holds neither images_background.zip"),
    "truncated": (_cut, "not a zip archive, or not all of one"),
    "empty": (lambda path: path.write_bytes(b""), "not a zip archive, or not all of one"),
    "foreign": (_archive("letter.txt"), "is missing"),
    "huge": (_huge, "is larger than"),
    "bomb": (_archive("x", bytes(10**6)), "zip bomb"),
    "absolute name": (_archive("/etc/passwd"), "has an absolute name"),
    "name that leads upwards": (_archive("../x"), "leads out of the archive"),
    "link": (_archive("x", b"/etc/passwd", link=True), "is a link"),
}


def _png(width: int, height: int) -> bytes:
    """A PNG of which nothing but the size is true."""
    chunks = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), b"IDAT" + zlib.compress(b"nothing")
    framed = [struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


PICTURES = {
    "corrupt": (_png(60, 60), "damaged"),
    "zero-pixel": (_png(0, 60), "damaged"),
    "enormous": (_png(100_000, 100_000), "million pixels"),
    "blank": (b"P5 2 2 255\n\xff\xff\xff\xff", "not a picture of a known kind"),
}


def _cross() -> Image.Image:
    gray = np.full((60, 60), 255, np.uint8)
    gray[10:50, 28:32] = gray[28:32, 10:50] = 0
    return Image.fromarray(gray)


def _odd_pictures(folder: Path) -> list[Path]:
    """Pictures of kinds that are unusual and can be used."""
    cross = _cross()
    transparent = cross.convert("RGBA")
    transparent.putalpha(Image.fromarray(255 - np.asarray(cross)))
    cross.save(folder / "animated.gif", save_all=True, append_images=[cross.rotate(30)])
    Image.fromarray(np.asarray(cross).astype(np.uint16) * 257).save(folder / "16-bit.png")
    cross.convert("CMYK").save(folder / "cmyk.jpg")
    transparent.save(folder / "transparent.png")
    return sorted(folder.iterdir())


def _checkpoint(**changes: object) -> Checkpoint:
    config = CONFIG.to_json() | changes
    made = TrainingConfig.from_json(config)
    return Checkpoint(made, make_learner(made).network.state_dict(), 0, 0, 0)


def _cut_checkpoint(path: Path) -> None:
    save_checkpoint(path, _checkpoint())
    path.write_bytes(path.read_bytes()[:5000])


def _later_checkpoint(path: Path) -> None:
    path.write_bytes(safetensors.torch.save({"network.x": torch.zeros(1)}, {"metagui": '{"format": 2}'}))


def _diverged_checkpoint(path: Path) -> None:
    checkpoint = _checkpoint()
    checkpoint.weights["encoder.kernel0"][0] = float("nan")
    save_checkpoint(path, checkpoint)


CHECKPOINTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "There is no checkpoint"),
    "cut short": (_cut_checkpoint, "is cut short"),
    "of another version": (_later_checkpoint, "format 2"),
    "not one of ours": (
        lambda path: path.write_bytes(safetensors.torch.save({"x": torch.zeros(1)})),
        "another program",
    ),
    "NaN": (_diverged_checkpoint, "not finite"),
}


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file can grow beyond 100 kB, which is less than a checkpoint."""
    if sys.platform == "win32":
        pytest.skip("this system sets no such limit")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Procedural characters as an image folder."""
    return save_as_folder(make_strokes(6, drawers=2), tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good") / "good.safetensors"
    save_checkpoint(path, _checkpoint())
    return path


class TestCommandLine:
    @pytest.fixture
    def refusal(self, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
        """Runs a command that is to be refused, and gives the one line that says why."""

        def refused(*arguments: object) -> str:
            assert main([str(argument) for argument in arguments]) == 2
            out, error = capsys.readouterr()
            *progress, line = error.splitlines()
            assert out == ""
            assert all(said.endswith("…") for said in progress)
            assert line.startswith("metagui: ")
            return line

        return refused

    @pytest.mark.parametrize("kind", ARCHIVES)
    def test_an_archive(self, refusal: Callable[..., str], tmp_path: Path, metagui_home: Path, kind: str) -> None:
        make, message = ARCHIVES[kind]
        make(tmp_path / "images_background.zip")
        _archive("x")(tmp_path / "images_evaluation.zip")
        assert message in refusal("data", "omniglot", "--from", tmp_path)
        assert not (metagui_home / "cache").exists()

    @pytest.mark.parametrize("kind", PICTURES)
    def test_a_picture(
        self, refusal: Callable[..., str], checkpoint: Path, images: Path, tmp_path: Path, kind: str
    ) -> None:
        content, message = PICTURES[kind]
        (tmp_path / "bad.png").write_bytes(content)
        line = refusal("classify", checkpoint, "--support", images, "--query", tmp_path / "bad.png")
        assert message in line
        assert "bad.png" in line

    def test_a_picture_of_an_unusual_kind_is_none_of_these(
        self, checkpoint: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        odd = _odd_pictures(tmp_path)
        assert main(["classify", str(checkpoint), "--support", str(images), "--query", *map(str, odd)]) == 0
        assert len(capsys.readouterr().out.splitlines()) == len(odd)

    @pytest.mark.parametrize("kind", CHECKPOINTS)
    def test_a_checkpoint(self, refusal: Callable[..., str], tmp_path: Path, kind: str) -> None:
        make, message = CHECKPOINTS[kind]
        make(tmp_path / LAST)
        for command in ("evaluate", tmp_path / LAST), ("train", "--resume", "--run", tmp_path):
            assert message in refusal(*command)

    def test_classes(self, refusal: Callable[..., str], checkpoint: Path, images: Path, tmp_path: Path) -> None:
        query = next(images.glob("*/*.png"))
        (tmp_path / "empty").mkdir()
        command = "classify", checkpoint, "--support", tmp_path, "--query", query
        assert "'empty'" in refusal(*command)
        (tmp_path / "empty" / "0.png").write_bytes(query.read_bytes())
        assert "two classes" in refusal(*command)  # at least
        (tmp_path / " empty").mkdir()
        assert "two classes of one name" in refusal(*command)
        assert "Lower way, shot or query" in refusal(
            "evaluate", checkpoint, "--data", images, "--shot", 9, "--way", 2
        )  # more than there are images

    @pytest.mark.usefixtures("full_disk")
    def test_a_full_disk(self, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        command = ["train", "--run", str(tmp_path), "--data", str(images), "--split", "1200", "--way", "2"]
        assert main([*command, "--query", "1", "--meta-batch", "2", "--iterations", "1"]) == 2
        assert f"metagui: Could not write {tmp_path / LAST}: " in capsys.readouterr().err
        assert not (tmp_path / LAST).exists()


class TestWindow:
    @pytest.fixture
    def window(self, qtbot: QtBot) -> Iterator[MainWindow]:
        """With two classes and a query drawn, which every message is to leave as they are."""
        window = MainWindow()
        qtbot.addWidget(window)
        window.show()
        panel = window.adaptation_panel
        draw(panel.rows[0].cells[0].canvas, RING)
        draw(panel.rows[1].cells[0].canvas, BAR)
        draw(panel.query_pad.canvas, RING)
        qtbot.waitUntil(lambda: panel.is_settled, timeout=60_000)
        task = panel.task
        yield window
        assert panel.task is task

    @pytest.mark.parametrize("kind", ARCHIVES)
    def test_an_archive(self, window: MainWindow, qtbot: QtBot, tmp_path: Path, metagui_home: Path, kind: str) -> None:
        make, message = ARCHIVES[kind]
        make(tmp_path / "images_background.zip")
        _archive("x")(tmp_path / "images_evaluation.zip")
        window.import_omniglot(import_omniglot(tmp_path))
        qtbot.waitUntil(lambda: window._import is None, timeout=30_000)
        assert message in window.adaptation_panel.message_bar.text
        assert not (metagui_home / "cache").exists()

    def test_pictures(self, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
        panel = window.adaptation_panel
        for kind, (content, message) in PICTURES.items():
            bad = tmp_path / f"{kind}.png"
            bad.write_bytes(content)
            drop(panel.rows[2], bad)
            qtbot.waitUntil(lambda message=message, bad=bad: message in panel.message_bar.text
                            and bad.name in panel.message_bar.text, timeout=30_000)  # fmt: skip
        qtbot.waitUntil(lambda: not panel._loader.is_busy, timeout=30_000)

    def test_pictures_of_unusual_kinds_are_none_of_these(
        self, window: MainWindow, qtbot: QtBot, tmp_path: Path
    ) -> None:
        panel, odd = window.adaptation_panel, _odd_pictures(tmp_path)
        drop(panel.rows[2], *odd)
        qtbot.waitUntil(lambda: len(panel.task.classes[2].sketches) == len(odd), timeout=30_000)
        assert panel.message_bar.text == ""
        panel.undo_stack.undo()

    def test_checkpoints(
        self, window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        panel, training = window.adaptation_panel, window.training_panel
        network = panel._adaptation.checkpoint
        for kind, (make, message) in CHECKPOINTS.items():
            path = tmp_path / kind / LAST
            path.parent.mkdir()
            make(path)
            monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, path=path: (str(path), ""))
            panel.ask_for_checkpoint()
            assert message in panel.message_bar.text
            assert panel._adaptation.checkpoint is network
            training.open_run(path.parent)
            qtbot.waitUntil(lambda message=message: message in training.message_bar.text, timeout=30_000)
            assert training.folder is None

    @pytest.mark.usefixtures("full_disk")
    def test_a_full_disk(self, window: MainWindow, qtbot: QtBot, images: Path) -> None:
        panel = window.training_panel
        panel.form.set_config(TrainingConfig.from_json(CONFIG.to_json() | {"data": str(images), "split": "1200"}))
        panel.start()
        qtbot.waitUntil(lambda: not panel.is_running, timeout=60_000)
        assert "Could not write" in panel.message_bar.text
        assert panel.start_action.isEnabled()

    @pytest.mark.usefixtures("full_disk")
    def test_a_full_disk_keeps_the_last_good_checkpoint(self, window: MainWindow, checkpoint: Path) -> None:
        window.adaptation_panel.open_checkpoint(checkpoint)  # reading needs no room
        assert window.adaptation_panel.message_bar.text == ""
        assert load_checkpoint(checkpoint).config == CONFIG
