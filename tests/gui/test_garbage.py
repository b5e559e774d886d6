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
    gc.unfreeze()
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


def test_what_has_lived_for_a_while_is_not_looked_through_again(owner: QObject) -> None:
    collector = GarbageCollector(owner)
    before, window = gc.get_freeze_count(), [[] for _ in range(10_000)]  # type: ignore[var-annotated]
    for _ in range(10):
        collector._on_tick()
    frozen = gc.get_freeze_count()
    assert frozen >= before + len(window)
    dialog = [[] for _ in range(10_000)]  # type: ignore[var-annotated]
    for _ in range(20):
        collector._on_tick()
    assert gc.get_freeze_count() <= frozen
    assert len(dialog) == 10_000
