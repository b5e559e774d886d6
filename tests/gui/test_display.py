import ctypes
import os
import sys

import pytest

from metagui.gui import display

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")


@pytest.fixture(autouse=True)
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_screen_the_headless_commands_are_named() -> None:
    assert "metagui train" in (display.problem() or "")


def test_the_offscreen_platform_needs_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "placeholder")  # so that what follows is undone
    monkeypatch.delenv("QT_QPA_PLATFORM")
    display.use_offscreen_without_screen()
    assert display.problem() is None


def test_a_screen_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr(display, "_x_server_answers", lambda: True)
    display.use_offscreen_without_screen()
    assert "QT_QPA_PLATFORM" not in os.environ


def test_a_screen_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4999")
    monkeypatch.setenv("QT_QPA_PLATFORM", "placeholder")  # so that what follows is undone
    monkeypatch.delenv("QT_QPA_PLATFORM")
    display.use_offscreen_without_screen()
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


def test_a_missing_library_is_named_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    load = ctypes.CDLL

    def without_cursor(name: str) -> ctypes.CDLL:
        if "libqxcb" in name:
            raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")
        return load(name)

    monkeypatch.setattr(ctypes, "CDLL", without_cursor)
    problem = display.problem() or ""
    assert "libxcb-cursor.so.0" in problem
    assert "apt install" in problem
    assert "libxcb-cursor0" in problem


def test_a_server_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4999")
    assert display.problem() is not None
