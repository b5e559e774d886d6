"""What is asked of the user about a session's file."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from metagui.data.files import exists
from metagui.gui.settings import last_folder, remember_folder
from metagui.learn.session_file import SUFFIX

_FILTER = f"Sessions (*{SUFFIX});;All files (*)"
_Button = QMessageBox.StandardButton


def ask_whether_to_save(parent: QWidget, name: str) -> QMessageBox.StandardButton:
    """Save, Discard or Cancel."""
    box = QMessageBox(
        QMessageBox.Icon.Question,
        "Unsaved changes",
        f"Save what you changed in {name}?",
        _Button.Save | _Button.Discard | _Button.Cancel,
        parent,
    )
    box.setInformativeText("What is not saved is lost.")
    box.setDefaultButton(_Button.Save)
    box.setEscapeButton(_Button.Cancel)
    return _answer(box)


def ask_whether_to_discard(parent: QWidget, what: str) -> bool:
    """Whether something that was offered for recovery may go."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Discard", f"Discard {what}?", _Button.NoButton, parent)
    box.setInformativeText("It cannot be brought back.")
    box.setStandardButtons(_Button.Discard | _Button.Cancel)
    box.setDefaultButton(_Button.Cancel)
    return _answer(box) == _Button.Discard


def _ask_whether_to_replace(parent: QWidget, path: Path) -> bool:
    box = QMessageBox(QMessageBox.Icon.Warning, "Replace", f"Replace {path.name}?", _Button.NoButton, parent)
    box.setInformativeText("There is a file of this name already.")
    replace = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(_Button.Cancel)
    box.setDefaultButton(_Button.Cancel)
    _answer(box)
    return box.clickedButton() is replace


def _answer(box: QMessageBox) -> QMessageBox.StandardButton:
    box.exec()
    button = box.standardButton(box.clickedButton()) if box.clickedButton() else _Button.Cancel
    box.deleteLater()
    return button


def ask_for_session(parent: QWidget) -> Path | None:
    """The session to open."""
    file, _ = QFileDialog.getOpenFileName(parent, "Open session", last_folder("sessions"), _FILTER)
    return _remembered(file)


def ask_where_to_save(parent: QWidget, name: str) -> Path | None:
    """Where to save a session, `name` being proposed. What is there already is replaced only if the user says so."""
    proposed = Path(last_folder("sessions")) / name
    file, _ = QFileDialog.getSaveFileName(parent, "Save session as", str(proposed), _FILTER)
    path = _remembered(file)
    if path is None or path.suffix.lower() == SUFFIX:
        return path
    path = path.with_name(path.name + SUFFIX)  # which the dialog has not asked about
    return path if not exists(path) or _ask_whether_to_replace(parent, path) else None


def _remembered(file: str) -> Path | None:
    if not file:
        return None
    remember_folder("sessions", Path(file))
    return Path(file)
