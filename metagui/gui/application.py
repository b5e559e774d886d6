"""The Qt application around the window."""

import signal
import sys
from pathlib import Path

import torch  # noqa: F401  before Qt: since torch 2.9 Windows fails otherwise
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from metagui.gui.fonts import ensure_font
from metagui.gui.garbage import GarbageCollector
from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.main_window import MainWindow
from metagui.learn.readiness import get_ready

_SWITCH_INTERVAL = 0.001  # s: how long a thread in training may keep the interpreter from the window's


def make_application() -> QApplication:
    application = QApplication(sys.argv[:1])
    application.setApplicationName("metagui")
    application.setStyle("Fusion")  # the same on every system, and it follows light and dark
    ensure_font()
    GarbageCollector(application)
    sys.setswitchinterval(_SWITCH_INTERVAL)
    return application


def show_window(session: Path | None = None) -> int:
    """Open the window, with this session's file if one is given, and run until it is closed; the exit code."""
    application = make_application()
    window = MainWindow()
    window.show()
    window.sessions.guard()
    if session is not None:
        window.sessions.open_file(session)
    # Ctrl-C in the terminal closes the window as its own button does; the timer lets Python see the signal.
    signal.signal(signal.SIGINT, lambda *_: window.close())
    heartbeat = QTimer(interval=200)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    # Once the window is painted. What fails there is told by the first adaptation, which fails alike.
    readiness = IteratorThread(get_ready())
    QTimer.singleShot(0, readiness.start)
    code = application.exec()
    readiness.stop()
    readiness.wait()
    return code


def show_demo(pictures: Path | None) -> int:
    """Drive the window through the main job; the exit code."""
    from metagui.gui.demo import Demo

    try:
        if pictures is not None:
            pictures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"metagui: Could not make the folder {pictures}: {error.strerror or error}.", file=sys.stderr)
        return 2
    application = make_application()
    window = MainWindow()
    window.show()
    demo = Demo(window, pictures)
    demo.finished.connect(application.exit)
    demo.start()
    return application.exec()
