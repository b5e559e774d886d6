import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# The window tells what it finds once it is open, and then waits for the signal.
PROGRAM = """
import gc, json, sys
from metagui.gui import application
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

class Window(application.MainWindow):
    def showEvent(self, event):
        super().showEvent(event)
        QTimer.singleShot(0, self.tell)

    def tell(self):
        loaded = list(sys.modules)
        found = {
            "style": QApplication.style().objectName(),
            "name": QApplication.applicationName(),
            "python collects": gc.isenabled(),
            "frozen": gc.get_freeze_count(),
            "switch interval": sys.getswitchinterval(),
            "torch first": loaded.index("torch") < loaded.index("PySide6"),
        }
        print(json.dumps(found), flush=True)

application.MainWindow = Window
sys.exit(application.show_window())
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no sending of Ctrl-C to one process")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def outcome(home: Path) -> dict[str, Any]:
    """One start of the window for all tests here: what it told, and how it ended after Ctrl-C."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "METAGUI_HOME": str(home)}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert program.stdout is not None
        line = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=60)
    finally:
        program.kill()
        program.communicate()
    return {**json.loads(line or "{}"), "exit code": program.returncode, "errors": errors}


def test_it_looks_the_same_on_every_system(outcome: dict[str, Any]) -> None:
    assert outcome["style"] == "fusion"
    assert outcome["name"] == "metagui"


def test_garbage_is_collected_by_the_window_alone(outcome: dict[str, Any]) -> None:
    assert outcome["python collects"] is False
    assert outcome["frozen"] > 1000


def test_a_thread_in_training_gives_way_soon(outcome: dict[str, Any]) -> None:
    assert outcome["switch interval"] == pytest.approx(0.001)


def test_torch_is_loaded_before_qt(outcome: dict[str, Any]) -> None:
    assert outcome["torch first"]  # else Windows fails


def test_ctrl_c_closes_the_window_as_its_button_does(outcome: dict[str, Any], home: Path) -> None:
    assert outcome["exit code"] == 0, outcome["errors"]
    assert "Traceback" not in outcome["errors"]
    assert (home / "window.ini").is_file()  # it has remembered its geometry


def test_a_demo_that_can_leave_no_pictures_says_so_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from metagui.gui.application import show_demo

    (tmp_path / "file").write_bytes(b"")
    assert show_demo(tmp_path / "file" / "pictures") == 2
    assert "Could not make the folder" in capsys.readouterr().err
