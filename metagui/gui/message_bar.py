"""A line of text that appears where it belongs, in place of a dialog that has to be answered."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from metagui.gui import theme


class MessageBar(QWidget):
    """Hidden until there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_problem = False
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)  # a file's name may look like markup
        self._label.setAccessibleName("Message")
        self.close_button = QToolButton(self)
        self.close_button.setText("×")
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip("Hide this message")
        self.close_button.setAccessibleName("Hide this message")
        self.close_button.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 6, 4)
        layout.addWidget(self._label, 1)
        layout.addWidget(self.close_button)
        self.hide()

    @property
    def text(self) -> str:
        """What is being said; nothing where the bar is hidden."""
        return "" if self.isHidden() else self._label.text()

    def show_problem(self, text: str) -> None:
        self._show(text, is_problem=True)

    def show_news(self, text: str) -> None:
        self._show(text, is_problem=False)

    def _show(self, text: str, is_problem: bool) -> None:
        self._is_problem = is_problem
        self._label.setText(text)
        self.show()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        colour = theme.error(palette) if self._is_problem else theme.accent(palette)
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.blend(palette.color(QPalette.ColorRole.Window), colour, 0.14))
        painter.fillRect(0, 0, 4, self.height(), colour)
