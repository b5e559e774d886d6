from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.still_label import StillLabel


class Layouts(QObject):
    """Counts how often a widget is asked to lay out what it holds."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def settle(window: QWidget, qtbot: QtBot) -> None:
    """Some rounds of the event loop: a request for layout goes up by one widget in each."""
    rounds: list[bool] = []
    timer = QTimer(window, interval=0)
    timer.timeout.connect(lambda: rounds.append(True))
    timer.start()
    qtbot.waitUntil(lambda: len(rounds) > 5, timeout=30_000)
    timer.stop()


def test_another_text_is_seen_and_lays_nothing_out(qtbot: QtBot) -> None:
    window, layouts = QWidget(), Layouts()
    qtbot.addWidget(window)
    label = StillLabel(window)
    QVBoxLayout(window).addWidget(label)
    window.resize(300, 60)
    window.show()
    label.setText("short")
    settle(window, qtbot)
    before = label.grab().toImage()
    window.installEventFilter(layouts)
    label.setText("a text that is a good deal longer, <b>and rich</b>")
    settle(window, qtbot)
    assert label.grab().toImage() != before
    assert label.text().startswith("a text")
    assert label.accessibleDescription() == label.text()
    assert layouts.count == 0


def test_where_it_wraps_it_is_as_high_as_its_lines_and_another_text_of_as_many_lays_nothing_out(qtbot: QtBot) -> None:
    window, layouts = QWidget(), Layouts()
    qtbot.addWidget(window)
    label, layout = StillLabel(window, wraps=True, is_plain=True), QVBoxLayout(window)
    layout.addWidget(label)
    layout.addStretch()
    window.resize(300, 200)
    window.show()
    label.setText("one line")
    settle(window, qtbot)
    line = label.height()
    label.setText("<b>a text of several lines</b> " * 8)
    qtbot.waitUntil(lambda: label.height() >= 3 * line)
    settle(window, qtbot)
    window.installEventFilter(layouts)
    label.setText("<b>a text of several linez</b> " * 8)
    settle(window, qtbot)
    assert layouts.count == 0
    label.setText("one line")
    qtbot.waitUntil(lambda: label.height() == line)
