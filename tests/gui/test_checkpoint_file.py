from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.checkpoint_file import ask_for_checkpoint


def test_the_next_question_begins_where_the_last_file_was(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, begun, file = QWidget(), [], tmp_path / "a.safetensors"
    qtbot.addWidget(window)

    def answer(parent: QWidget, title: str, folder: str, kinds: str) -> tuple[str, str]:
        begun.append(folder)
        return ("", "") if len(begun) > 2 else (str(file), "")

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    assert ask_for_checkpoint(window) == file
    assert ask_for_checkpoint(window) == file
    assert begun[0] != begun[1] == str(tmp_path)
    assert ask_for_checkpoint(window) is None  # cancelled
