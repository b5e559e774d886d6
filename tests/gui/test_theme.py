from itertools import pairwise

import pytest
from PySide6.QtGui import QColor, QPalette

from metagui.gui import theme

LIGHT, DARK = QPalette(QColor("#efefef")), QPalette(QColor("#323236"))


def contrast(first: QColor, second: QColor) -> float:
    """As the Web Content Accessibility Guidelines define it."""

    def luminance(colour: QColor) -> float:
        parts = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_stand_out(palette: QPalette) -> None:
    window = palette.color(QPalette.ColorRole.Window)
    assert contrast(theme.quiet(palette), window) >= 4.5
    assert contrast(theme.error(palette), window) >= 4.5
    for index in range(20):
        assert contrast(theme.series_colour(index, palette), window) >= 3


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_series_colours_differ_and_come_round(palette: QPalette) -> None:
    names = [theme.series_colour(index, palette).name() for index in range(21)]
    assert len(set(names)) == 20
    assert names[20] == names[0]
    assert all(first != second for first, second in pairwise(names))


def test_light_is_told_from_dark() -> None:
    assert theme.is_dark(DARK)
    assert not theme.is_dark(LIGHT)
