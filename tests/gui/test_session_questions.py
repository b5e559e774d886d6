from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.session_questions import (
    ask_for_session,
    ask_where_to_save,
    ask_whether_to_discard,
    ask_whether_to_save,
)
from tests.gui.hands import answering

Button = QMessageBox.StandardButton


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.mark.parametrize("answer", [Button.Save, Button.Discard, Button.Cancel])
def test_the_answer_is_the_button(window: QWidget, answer: Button) -> None:
    with answering(answer) as asked:
        assert ask_whether_to_save(window, "“a.metagui”") == answer
    assert asked[0].startswith("Save what you changed in “a.metagui”?")


def test_to_discard_is_to_say_so(window: QWidget) -> None:
    with answering(Button.Discard):
        assert ask_whether_to_discard(window, "it")
    with answering(Button.Cancel):
        assert not ask_whether_to_discard(window, "it")


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | str) -> None:
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), ""))


def test_a_file_is_chosen_or_none(window: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, "")
    assert ask_for_session(window) is None
    assert ask_where_to_save(window, "a.metagui") is None
    choose(monkeypatch, tmp_path / "x.metagui")
    assert ask_for_session(window) == tmp_path / "x.metagui"
    assert ask_where_to_save(window, "a.metagui") == tmp_path / "x.metagui"


def test_a_name_without_ending_gets_it_and_replaces_nothing_unasked(
    window: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "x.old")
    assert ask_where_to_save(window, "a.metagui") == tmp_path / "x.old.metagui"
    (tmp_path / "x.old.metagui").write_bytes(b"")
    with answering("Cancel") as asked:
        assert ask_where_to_save(window, "a.metagui") is None
    with answering("Replace"):
        assert ask_where_to_save(window, "a.metagui") == tmp_path / "x.old.metagui"
    assert "x.old.metagui" in asked[0]
