"""The window, for what a user does with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from metagui.gui.main_window import MainWindow
from tests.gui.conftest import no_leaked_window, pytest_collection_modifyitems, qapp_cls

__all__ = ["no_leaked_window", "pytest_collection_modifyitems", "qapp_cls"]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow()
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()


@pytest.fixture
def omniglot_window(omniglot_home: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """The smallest window that all is to fit in, active, where Omniglot has been imported."""
    monkeypatch.setenv("METAGUI_HOME", str(omniglot_home))
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=lambda one: one.close())
    window.resize(1024, 700)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window
