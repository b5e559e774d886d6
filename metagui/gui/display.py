"""Can a window be opened here? Asked before Qt is, which ends the process without a word of help where it cannot."""

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

_INSTALL = "sudo apt install libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 \
libxcb-image0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-randr0 libdbus-1-3 libfontconfig1 libglib2.0-0"
_HEADLESS = "`metagui train`, `evaluate`, `classify` and `demo` need no display (see metagui --help)"


def has_screen() -> bool:
    """Whether a display server is named; always so on Windows and macOS."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def use_offscreen_without_screen() -> None:
    """Let Qt draw into memory where there is no screen, or none that answers."""
    if not has_screen() or (_platform() == "xcb" and not _x_server_answers()):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def problem() -> str | None:
    """What keeps Qt from opening a window, with what to do about it; None where nothing does."""
    if not sys.platform.startswith("linux"):
        return None
    if not has_screen() and not os.environ.get("QT_QPA_PLATFORM"):
        return f"there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set; {_HEADLESS}."
    if library := _missing_library(_platform()):
        return f"a system library that Qt needs is missing: {library}. On Debian and Ubuntu: {_INSTALL}"
    if _platform() == "xcb" and not _x_server_answers():
        return f"the display {os.environ.get('DISPLAY')!r} does not answer; {_HEADLESS}."
    return None


def _platform() -> str:
    return os.environ.get("QT_QPA_PLATFORM") or ("wayland" if os.environ.get("WAYLAND_DISPLAY") else "xcb")


def _missing_library(platform: str) -> str | None:
    """The loader's message on the first of Qt's own libraries that does not load."""
    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        return "PySide6 itself (pip install PySide6-Essentials)"
    qt = Path(spec.origin).parent / "Qt"
    plugin = qt / "plugins" / "platforms" / f"libq{platform.split(':')[0]}.so"
    for library in (qt / "lib" / "libQt6Gui.so.6", qt / "lib" / "libQt6Widgets.so.6", plugin):
        try:
            if library.exists():
                ctypes.CDLL(str(library))
        except OSError as error:
            return str(error)
    return None


def _x_server_answers() -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:  # Qt's plugin has loaded without: it is not for us to say
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed
