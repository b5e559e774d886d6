import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from metagui.gui.garbage import GarbageCollector


@pytest.fixture
def owner() -> Iterator[QObject]:
    yield QObject()
    gc.enable()


def test_cycles_go_on_the_gui_thread_and_python_does_not_collect(owner: QObject, qtbot: QtBot) -> None:
    GarbageCollector(owner)
    assert not gc.isenabled()

    class Node:
        pass

    node = Node()
    node.self = node  # type: ignore[attr-defined]
    gone = weakref.ref(node)
    del node
    assert gone() is not None
    qtbot.waitUntil(lambda: gone() is None, timeout=30_000)
