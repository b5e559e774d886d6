"""What stands above a run: all that can be done with it, each as a button with a shortcut."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QWidget

from metagui.gui.actions import add_action


class TrainingBar(QWidget):
    """The actions belong to `panel`, so that their shortcuts work wherever the focus is in it."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.start_action = self._action("&Start", "Ctrl+Return", "Train a new network with these values")
        self.pause_action = self._action("&Pause", "Ctrl+P", "Pause, or go on")
        self.stop_action = self._action("S&top", "Ctrl+.", "Save and stop; the run can be resumed")
        self.resume_action = self._action("&Resume", "Ctrl+R", "Go on with the run on show")
        self.open_action = self._action(
            "&Open run…", "", "Show an earlier run, or follow one that another process writes"
        )
        self._layout.addStretch()
        self.smooth = QCheckBox("S&mooth", self)
        self.smooth.setChecked(True)
        self.smooth.setToolTip("Show running means in place of every point")
        self._layout.addWidget(self.smooth)
        self.folder_action = self._action("Show &files", "", "Open the run's folder")
        self.use_action = self._action(
            "&Use in adaptation", "Ctrl+U", "Hand a snapshot of the network to the adaptation panel"
        )

    def show_state(self, running: bool, paused: bool, stopping: bool, saved: bool, written: bool) -> None:
        """Offer what can be done: with a run of this program, at work, held or ending; and with one that is on disk.

        What is written by another process can be looked at and used, but not resumed.
        """
        self.start_action.setEnabled(not running)
        self.open_action.setEnabled(not running)
        self.pause_action.setEnabled(running and not stopping)
        self.pause_action.setText("Go &on" if paused else "&Pause")
        self.stop_action.setEnabled(running and not stopping)
        self.resume_action.setEnabled(saved and not running and not written)
        self.use_action.setEnabled(saved)
        self.folder_action.setEnabled(saved)

    def _action(self, text: str, shortcut: str, tip: str) -> QAction:
        """An action of the panel, with its button at the bar's end."""
        action = add_action(self._panel, text, shortcut, tip, Qt.ShortcutContext.WidgetWithChildrenShortcut)
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setMinimumHeight(28)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._layout.addWidget(button)
        return action
