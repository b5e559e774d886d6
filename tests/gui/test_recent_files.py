from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from metagui.gui.recent_files import RecentFiles
from metagui.gui.settings import settings


@pytest.fixture
def menu(qtbot: QtBot) -> RecentFiles:
    menu = RecentFiles("Recent")
    qtbot.addWidget(menu)
    return menu


def texts(menu: RecentFiles) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_the_newest_come_first_and_once(menu: RecentFiles, tmp_path: Path) -> None:
    assert texts(menu) == ["Nothing yet"]
    for name in ("a", "b & c", "a"):
        menu.add(tmp_path / name)
    assert texts(menu) == ["&1 a", "&2 b && c", "Clear this list"]
    other = RecentFiles("Another window's")
    assert other.paths == [tmp_path / "a", tmp_path / "b & c"]
    other.deleteLater()


def test_there_are_few(menu: RecentFiles, tmp_path: Path) -> None:
    for number in range(20):
        menu.add(tmp_path / str(number))
    assert [path.name for path in menu.paths] == ["19", "18", "17", "16", "15", "14", "13", "12"]


def test_one_is_chosen_and_taken_off(menu: RecentFiles, tmp_path: Path, qtbot: QtBot) -> None:
    menu.add(tmp_path / "a")
    menu.add(tmp_path / "b")
    with qtbot.waitSignal(menu.chosen) as chosen:
        menu.actions()[1].trigger()
    assert chosen.args == [tmp_path / "a"]
    menu.remove(tmp_path / "a")
    assert menu.paths == [tmp_path / "b"]
    menu.actions()[-1].trigger()
    assert menu.paths == []


@pytest.mark.parametrize(("damaged", "count"), [(3, 0), ("one", 1), ({"a": 1}, 0)])
def test_damaged_settings_are_no_files(menu: RecentFiles, damaged: Any, count: int) -> None:
    settings().setValue("sessions/recent", damaged)
    assert len(menu.paths) == count
