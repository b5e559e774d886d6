"""Colours, taken from the palette, so that light and dark follow the system."""

from PySide6.QtGui import QColor, QPalette

# (on light, on dark): neighbours differ in hue and in lightness, and the first ten are told apart without red or green.
_SERIES: tuple[tuple[str, str], ...] = (
    ("#1f6fb4", "#5aa9e6"), ("#c8560a", "#ff9a4d"), ("#2a8a3a", "#6ccf7a"), ("#c02a3c", "#ff7b86"),
    ("#7a4fb5", "#b794f0"), ("#8a5a2b", "#cfa074"), ("#c2418f", "#f78fc9"), ("#0a8790", "#4fd0d8"),
    ("#8c7a00", "#dcc93f"), ("#5d6670", "#a9b4bf"), ("#123f73", "#9ccdf5"), ("#7d3200", "#ffc89a"),
    ("#12561f", "#a9eab2"), ("#7a0f1f", "#ffb3ba"), ("#46217d", "#d9c6ff"), ("#53320f", "#e8cfb4"),
    ("#7d1557", "#ffc4e4"), ("#004f55", "#9debef"), ("#524700", "#f0e58c"), ("#2c3238", "#d8dee4"),
)  # fmt: skip


QUIET = -1  # in place of the index of a class or curve


def is_dark(palette: QPalette) -> bool:
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def on_light(index: int) -> QColor:
    """`series_colour` on what is white in every palette."""
    return QColor(_SERIES[index % len(_SERIES)][0])


def series_colour(index: int, palette: QPalette) -> QColor:
    """The colour of class or curve `index`, opaque; after 20 they begin again. That of QUIET is for none of them."""
    if index == QUIET:
        return blend(line(palette), palette.color(QPalette.ColorRole.WindowText), 0.3)
    on_light, on_dark = _SERIES[index % len(_SERIES)]
    return QColor(on_dark if is_dark(palette) else on_light)


def blend(first: QColor, second: QColor, share: float) -> QColor:
    """`share` of `second` in `first`, opaque."""
    return QColor(
        round(first.red() + (second.red() - first.red()) * share),
        round(first.green() + (second.green() - first.green()) * share),
        round(first.blue() + (second.blue() - first.blue()) * share),
    )


def ink(palette: QPalette) -> QColor:
    return palette.color(QPalette.ColorRole.Text)


def paper(palette: QPalette) -> QColor:
    """What is drawn on: a little apart from the window, also where the style's base is the window's own colour."""
    return blend(palette.color(QPalette.ColorRole.Base), ink(palette), 0.04) if is_dark(palette) else QColor("#ffffff")


def quiet(palette: QPalette) -> QColor:
    """Hints and secondary text: still 4.5:1 on window and paper."""
    return blend(palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window), 0.35)


def line(palette: QPalette) -> QColor:
    """Frames and grids."""
    return blend(palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText), 0.22)


def accent(palette: QPalette) -> QColor:
    """Focus and selection."""
    return palette.color(QPalette.ColorRole.Highlight)


def success(palette: QPalette) -> QColor:
    return QColor("#6ccf7a" if is_dark(palette) else "#2a8a3a")


def error(palette: QPalette) -> QColor:
    return QColor("#ff8a8a" if is_dark(palette) else "#b3261e")


def speaks_for(palette: QPalette) -> QColor:
    """What is in favour. Teal and brown, of ColorBrewer's BrBG, are told apart by those who confuse red and green."""
    return QColor("#35d0bd" if is_dark(palette) else "#00867a")


def speaks_against(palette: QPalette) -> QColor:
    return QColor("#e8a64e" if is_dark(palette) else "#a1610e")
