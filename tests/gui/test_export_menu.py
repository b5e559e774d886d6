"""What each entry writes is tested where it is made; here: when it can be asked for, where it goes, what is said."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from metagui.data.task import DrawnClass, Query, Sketch, Task
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.export_menu import ExportMenu
from tests.gui.hands import BAR, RING

A_BAR, A_RING = (Sketch((np.array(points, np.float32),)) for points in (BAR, RING))
TASK = Task((DrawnClass("bar", (A_BAR,)), DrawnClass("ring", (A_RING,))), (Query(A_BAR, 0),))


class Told:
    """What the menu has said."""

    def __init__(self, menu: ExportMenu) -> None:
        self.exported: list[str] = []
        self.failed: list[str] = []
        menu.exported.connect(self.exported.append)
        menu.failed.connect(self.failed.append)


@pytest.fixture
def menu(panel: AdaptationPanel) -> ExportMenu:
    return ExportMenu(panel, panel)


@pytest.fixture
def show(panel: AdaptationPanel, qtbot: QtBot) -> Callable[[Task], None]:
    def shown(task: Task) -> None:
        panel._change(task, "a task")
        qtbot.waitUntil(lambda: panel.is_settled, timeout=30_000)

    return shown


def enabled(menu: ExportMenu) -> list[str]:
    """What can be asked for when the menu is opened, which the offscreen platform warns of."""
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions() if action.isEnabled() and not action.isSeparator()]


def entry(menu: ExportMenu, part: str):
    return next(action for action in menu.actions() if part in action.text())


def test_what_is_not_there_cannot_be_exported(menu: ExportMenu, show: Callable[[Task], None]) -> None:
    assert enabled(menu) == []
    show(Task((DrawnClass("bar", (A_BAR,)), DrawnClass("ring"))))
    assert enabled(menu) == ["Drawings as &pictures…", "Drawings as &arrays…"]
    show(TASK)
    assert len(enabled(menu)) == 6


def test_a_folder_goes_beside_what_is_there(
    menu: ExportMenu, show: Callable[[Task], None], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(TASK)
    told = Told(menu)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    for name in ("drawings", "drawings 2"):
        entry(menu, "pictures").trigger()
        qtbot.waitUntil(lambda: not menu.is_busy, timeout=10_000)
        assert (tmp_path / name / "support" / "ring" / "01.png").exists()
        assert told.exported[-1] == f"Exported to {tmp_path / name}"
    assert told.failed == []


def test_the_real_dialog_adds_the_suffix_and_asks_before_it_replaces(
    menu: ExportMenu, show: Callable[[Task], None], tmp_path: Path
) -> None:
    show(TASK)
    told = Told(menu)
    questions: list[str] = []
    (tmp_path / "mine.npz").write_bytes(b"of another day")

    def answer() -> None:
        """Type a name; not to replace that file; then give it up."""
        if not entered:
            return
        QTimer.singleShot(20, answer)  # before what opens a loop of its own
        match QApplication.activeModalWidget():
            case QMessageBox() as box:
                questions.append(box.text())
                QTest.mouseClick(box.button(QMessageBox.StandardButton.No), Qt.MouseButton.LeftButton)
            case QFileDialog() as dialog if questions:
                dialog.reject()
            case QFileDialog() as dialog:
                field = dialog.findChild(QLineEdit, "fileNameEdit")
                field.setText(str(tmp_path / "mine"))
                QTest.keyClick(field, Qt.Key.Key_Return)

    entered = True
    QTimer.singleShot(20, answer)
    entry(menu, "arrays").trigger()
    entered = False
    assert len(questions) == 1
    assert "mine.npz" in questions[0]
    assert not menu.is_busy
    assert (tmp_path / "mine.npz").read_bytes() == b"of another day"
    assert told.exported == told.failed == []


def test_a_disk_that_refuses_is_told_of(
    menu: ExportMenu, show: Callable[[Task], None], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(TASK)
    told = Told(menu)
    (tmp_path / "file").write_bytes(b"no folder")
    monkeypatch.setattr(QFileDialog, "exec", lambda _: 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(tmp_path / "file" / "steps.csv")])
    entry(menu, "table").trigger()
    qtbot.waitUntil(lambda: bool(told.failed), timeout=10_000)
    assert told.failed[0].startswith("Nothing was exported. Could not write")
    qtbot.waitUntil(lambda: not menu.is_busy, timeout=30_000)
    assert told.exported == []


def test_a_cancelled_dialog_writes_nothing(
    menu: ExportMenu, show: Callable[[Task], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    show(TASK)
    monkeypatch.setattr(QFileDialog, "exec", lambda _: 0)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    for action in menu.actions():
        action.trigger()
    assert not menu.is_busy


def test_what_is_being_written_is_finished_before_the_end(
    menu: ExportMenu, show: Callable[[Task], None], tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(TASK)
    monkeypatch.setattr(QFileDialog, "exec", lambda _: 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(tmp_path / "it.safetensors")])
    entry(menu, "safetensors").trigger()
    menu.shut_down()
    assert (tmp_path / "it.safetensors").stat().st_size > 100_000
    qtbot.waitUntil(lambda: not menu.is_busy, timeout=30_000)
