"""What tests of the window share: a platform without a screen, a font, and no window left behind."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import torch  # before Qt, which Windows needs
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.fonts import ensure_font
from metagui.learn.algorithms import make_learner
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.config import TrainingConfig


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))  # the offscreen platform says so each time


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    class Application(QApplication):
        def __init__(self, arguments: list[str]) -> None:
            super().__init__(arguments)
            self.setStyle("Fusion")
            ensure_font()

    return Application


@pytest.fixture(autouse=True)
def no_leaked_window(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a top-level widget behind.

    Garbage is collected here, on the main thread: a worker must not happen to collect QObjects.
    """
    before = set(QApplication.topLevelWidgets())
    gc.disable()
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.enable()
    # pyqtgraph's menus have no parent: they go with the test's last reference to their plot.
    leaked = [one for one in QApplication.topLevelWidgets() if one not in before and not isinstance(one, QMenu)]
    assert not leaked, f"left behind: {leaked}"


@pytest.fixture(scope="session")
def checkpoint() -> Checkpoint:
    """A network as it is before any training."""
    torch.manual_seed(0)
    config = TrainingConfig()
    weights = make_learner(config).network.state_dict()
    return Checkpoint(config, weights, iteration=0, characters=0, split_seed=0, name="untrained")


@pytest.fixture
def make_panel(qtbot: QtBot) -> Callable[..., AdaptationPanel]:
    """Makes panels of the least size that they are made for, and holds them until they have shut down."""
    panels = []

    def make(**arguments: Any) -> AdaptationPanel:
        panel = AdaptationPanel(**arguments)
        panels.append(panel)
        qtbot.addWidget(panel)
        panel.resize(1024, 640)
        panel.show()
        return panel

    return make


@pytest.fixture
def panel(make_panel: Callable[..., AdaptationPanel], checkpoint: Checkpoint) -> AdaptationPanel:
    """A panel with a network."""
    panel = make_panel()
    panel.set_checkpoint(checkpoint)
    return panel
