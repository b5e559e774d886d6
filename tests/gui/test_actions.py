from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.actions import add_action


def test_the_tooltip_tells_the_shortcut(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    action = add_action(owner, "Do it", "Ctrl+D", "Does it", Qt.ShortcutContext.WidgetWithChildrenShortcut)
    assert action in owner.actions()
    assert action.shortcut() == QKeySequence("Ctrl+D")
    assert action.shortcutContext() == Qt.ShortcutContext.WidgetWithChildrenShortcut
    assert action.toolTip().startswith("Does it (")
    assert add_action(owner, "Other", "", "Does another thing").toolTip() == "Does another thing"
