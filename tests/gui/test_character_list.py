from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.placing import with_examples
from metagui.data.reference import Reference
from metagui.data.task import Task
from metagui.gui.character_list import CharacterList
from metagui.gui.reference_model import ReferenceFilter, ReferenceModel
from metagui.gui.sketch_mime import Carried
from tests.data.test_one_shot import alphabets

CTRL = Qt.KeyboardModifier.ControlModifier
REFERENCE = Reference("omniglot", alphabets({"Korean": 12, "Greek": 4}, drawers=3))


class Shown(CharacterList):
    """The list with its model, and what it has told."""

    def __init__(self) -> None:
        self.home = window = QWidget()
        window.resize(240, 500)
        self.model_of_all = ReferenceModel(window)
        super().__init__(self.model_of_all, ReferenceFilter(self.model_of_all, window), window)
        self.model_of_all.show_reference(REFERENCE)
        self.classes: list[Carried] = []
        self.queries: list[Carried] = []
        self.examples: list[tuple[int, Carried]] = []
        self.problems: list[str] = []
        self.class_chosen.connect(self.classes.append)
        self.query_chosen.connect(self.queries.append)
        self.example_chosen.connect(lambda row, carried: self.examples.append((row, carried)))
        self.problem_met.connect(self.problems.append)

    def place(self, title: str) -> QPoint:
        """Of a character in the viewport."""
        index = self.model().index([entry.title for entry in REFERENCE.entries].index(title), 0)
        self.scrollTo(index)
        return self.visualRect(index).center()

    def click(self, title: str) -> None:
        QTest.mouseClick(self.viewport(), Qt.MouseButton.LeftButton, pos=self.place(title))


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    shown = Shown()
    qtbot.addWidget(shown.home)
    shown.resize(shown.home.size())
    with qtbot.waitActive(shown.home):
        shown.home.show()
        shown.home.activateWindow()
    shown.setFocus()
    return shown


def names(carried: list[Carried]) -> list[str]:
    return [one.name for one in carried]


def test_enter_and_a_double_click_make_a_class_and_ctrl_enter_a_query(shown: Shown) -> None:
    shown.click("Korean 1")
    QTest.keyClick(shown, Qt.Key.Key_Return)
    QTest.keyClick(shown, Qt.Key.Key_Return, CTRL)
    shown.click("Korean 4")
    QTest.mouseDClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.place("Korean 4"))
    assert names(shown.classes) == ["Korean 1", "Korean 4"]
    assert names(shown.queries) == ["Korean 1"]


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform says so of every menu
def test_the_menu_offers_the_classes(shown: Shown) -> None:
    shown.click("Greek 2")
    shown.customContextMenuRequested.emit(shown.place("Greek 2"))
    (menu,) = (one for one in shown.findChildren(QMenu) if one.isVisible() and not one.title())
    first, query, examples = menu.actions()
    first.trigger()
    query.trigger()
    assert names(shown.classes) == names(shown.queries) == ["Greek 2"]
    submenu = examples.menu()
    assert [action.text() for action in submenu.actions()] == ["A", "B", "C"]
    submenu.actions()[1].trigger()
    assert [(row, carried.name) for row, carried in shown.examples] == [(1, "Greek 2")]
    menu.close()


@pytest.mark.parametrize(
    "carry",
    [
        lambda shown: QTest.keyClick(shown, Qt.Key.Key_Return),
        lambda shown: QTest.keyClick(shown, Qt.Key.Key_Return, CTRL),
        lambda shown: shown.startDrag(Qt.DropAction.CopyAction),
    ],
    ids=["class", "query", "drag"],
)
def test_a_character_whose_drawings_are_all_there_is_refused(shown: Shown, carry: Callable[[Shown], None]) -> None:
    greek = REFERENCE.alphabets["Greek"][0]
    shown.model_of_all.task = with_examples(Task(), 0, REFERENCE.sketches(greek, 3, Task()))
    shown.click("Greek 0")
    carry(shown)
    assert shown.classes == shown.queries == []
    assert len(shown.problems) == 1
    assert "All drawings of Greek 0" in shown.problems[0]
