"""The installed program as a process of its own, on a display of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="Xvfb and xdotool are not installed"
)
PROGRAM = Path(sys.executable).with_name("metagui")


@pytest.fixture
def display() -> Iterator[str]:
    """An X server that picks a free number itself."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as numbers:
        number = numbers.readline().strip()
    yield f":{number}"
    server.kill()
    server.wait()


def test_it_opens_on_a_display_and_closes_cleanly(display: str, metagui_home: Path) -> None:
    environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    program = subprocess.Popen([PROGRAM], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        find = ["xdotool", "search", "--sync", "--onlyvisible", "--name", " metagui$"]
        # Its exit code says nothing: the window may be gone before the key is up again.
        subprocess.run([*find, "windowfocus", "--sync", "key", "ctrl+q"], env=environment, timeout=60)
        _, error = program.communicate(timeout=30)
    finally:
        program.kill()
        program.communicate()
    assert program.returncode == 0, error
    assert "Traceback" not in error
    assert (metagui_home / "window.ini").is_file()
