"""What the window remembers between starts: geometry, the last folder. Nothing that a result depends on."""

from pathlib import Path

from PySide6.QtCore import QSettings

from metagui.data.files import exists, user_folder


def settings() -> QSettings:
    """The window's state, an ini file in the user's folder (so that METAGUI_HOME holds it too)."""
    return QSettings(str(user_folder() / "window.ini"), QSettings.Format.IniFormat)


def last_folder(purpose: str) -> str:
    """The folder that was last used for `purpose` ("checkpoints", "pictures"), or home where it is gone."""
    folder = settings().value(f"folders/{purpose}")
    return folder if isinstance(folder, str) and exists(Path(folder)) else str(Path.home())


def remember_folder(purpose: str, file: Path) -> None:
    """Open the next dialog for `purpose` in the folder of `file`."""
    settings().setValue(f"folders/{purpose}", str(file.absolute().parent))
