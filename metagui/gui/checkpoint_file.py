"""The question which checkpoint to open."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from metagui.gui.settings import last_folder, remember_folder


def ask_for_checkpoint(parent: QWidget) -> Path | None:
    """Let the user choose a checkpoint; None where they cancel."""
    file, _ = QFileDialog.getOpenFileName(
        parent, "Open checkpoint", last_folder("checkpoints"), "Checkpoints (*.safetensors);;All files (*)"
    )
    if not file:
        return None
    remember_folder("checkpoints", Path(file))
    return Path(file)
