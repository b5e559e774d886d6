from pytestqt.qtbot import QtBot

from metagui.gui.drop_hint import DropHint


def test_it_says_what_may_be_dropped_and_leaves_it_to_what_it_lies_on(qtbot: QtBot) -> None:
    hint = DropHint("Drop a character here")
    qtbot.addWidget(hint)
    hint.resize(300, 44)
    other = DropHint("")
    qtbot.addWidget(other)
    other.resize(300, 44)
    assert hint.grab().toImage() != other.grab().toImage()
    assert hint.accessibleName() == "Drop a character here"
    assert not hint.acceptDrops()
