"""A text that may change many times a second."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class StillLabel(QWidget):
    """As wide as there is room, whatever it says, and as high as one line; where it wraps, as the lines that it needs.

    A label in a layout has all of its window laid out and painted anew for each text: this one holds it in none, and
    asks for another height alone.
    """

    def __init__(self, parent: QWidget | None = None, wraps: bool = False, is_plain: bool = False) -> None:
        super().__init__(parent)
        self._label = QLabel(self)
        self._label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._label.setWordWrap(wraps)
        if is_plain:  # else a name may look like markup
            self._label.setTextFormat(Qt.TextFormat.PlainText)
        height = QSizePolicy.Policy.Preferred if wraps else QSizePolicy.Policy.Fixed
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, height)
        policy.setHeightForWidth(wraps)
        self.setSizePolicy(policy)
        self._needed = 0  # pixels of height, of its text at its width

    def text(self) -> str:
        return self._label.text()

    def setText(self, text: str) -> None:
        """Plain or rich, as a QLabel takes it."""
        self._label.setText(text)
        self.setAccessibleDescription(text)
        if self._label.wordWrap() and self.heightForWidth(self.width()) != self._needed:
            self._needed = self.heightForWidth(self.width())
            self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        lines = self._label.heightForWidth(width - margins.left() - margins.right())
        return max(lines, self.sizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._label.setGeometry(self.contentsRect())
        self._needed = self.heightForWidth(self.width())
