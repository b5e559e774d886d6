"""The window, for what a user does with it."""

from collections.abc import Iterator

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
