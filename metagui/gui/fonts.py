"""The one door to the font in the box.

Qt's offscreen platform on a machine without fonts draws no text, and asking such a font for its metrics has ended in a
segmentation fault: there, and only there, the program brings its own.
"""

from importlib.resources import files

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

_ALIASES = {"Monospace", "Sans Serif", "Serif"}  # fontconfig lists these even where there is no font behind them


def ensure_font() -> None:
    """Give the application a font where the system has none. Call it once, after the application is made."""
    if set(QFontDatabase.families()) <= _ALIASES:
        content = (files("metagui.resources") / "fonts" / "DejaVuSans.ttf").read_bytes()
        number = QFontDatabase.addApplicationFontFromData(content)
        QGuiApplication.setFont(QFont(QFontDatabase.applicationFontFamilies(number)[0], 9))
