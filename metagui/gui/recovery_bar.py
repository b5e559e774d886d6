"""A line across the window that offers what a crash left behind."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from metagui.gui.message_bar import MessageBar


class RecoveryBar(MessageBar):
    """Hidden until there is something to offer; to close it decides nothing."""

    recover_clicked = Signal()
    discard_clicked = Signal()
    put_off = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recover_button = QPushButton("&Recover", self)
        self.recover_button.clicked.connect(self.recover_clicked)
        self.discard_button = QPushButton("Discard…", self)
        self.discard_button.clicked.connect(self.discard_clicked)
        self.close_button.clicked.connect(self.put_off)
        self.close_button.setToolTip("Not now: it is offered again at the next start")
        self.close_button.setAccessibleName("Not now")
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        for place, button in enumerate((self.recover_button, self.discard_button), 1):
            layout.insertWidget(place, button)

    def offer(self, text: str) -> None:
        self.show_news(text)
