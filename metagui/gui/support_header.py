"""What stands above the support: the eraser, and what fills many classes at once."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from metagui.gui.actions import add_action


class SupportHeader(QWidget):
    erasing_toggled = Signal(bool)
    folder_clicked = Signal()
    sheet_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        eraser = add_action(self, "Eraser", "E", "Rub out in place of drawing; the right button always does")
        eraser.setCheckable(True)
        eraser.toggled.connect(self.erasing_toggled)
        self.eraser_button = QToolButton(self)
        self.eraser_button.setDefaultAction(eraser)
        self.folder_action = add_action(
            self, "Folder of classes…", "Ctrl+D", "A class of each sub-folder's name, with the images in it"
        )
        self.folder_action.triggered.connect(self.folder_clicked)
        self.sheet_action = add_action(
            self, "Sheet of characters…", "Ctrl+Shift+D", "Cut a photograph or scan into drawings"
        )
        self.sheet_action.triggered.connect(self.sheet_clicked)
        menu = QMenu(self)
        menu.addActions([self.folder_action, self.sheet_action])
        load = QToolButton(self)
        load.setText("Load")
        load.setToolTip("Fill several classes at once from files")
        load.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        load.setMenu(menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.addWidget(QLabel("<b>Support</b> &nbsp;the examples to learn from", self), 1)
        layout.addWidget(self.eraser_button)
        layout.addWidget(load)
