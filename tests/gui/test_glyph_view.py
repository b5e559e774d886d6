import numpy as np
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from metagui.gui import theme
from metagui.gui.glyph_view import GlyphView, glyph_image


def test_ink_and_paper_are_those_of_the_palette(qtbot: QtBot) -> None:
    glyph = np.zeros((1, 28, 28), np.float32)
    glyph[0, 3, 5] = 1
    for palette in (QPalette(QColor("#efefef")), QPalette(QColor("#323236"))):
        image = glyph_image(glyph, palette)
        assert image.pixelColor(5, 3) == theme.ink(palette)
        assert image.pixelColor(3, 5) == theme.paper(palette)


def test_a_pixel_of_the_glyph_is_a_pixel_of_the_screen(qtbot: QtBot) -> None:
    view = GlyphView(28)
    qtbot.addWidget(view)
    glyph = np.zeros((1, 28, 28), np.float32)
    glyph[0, 3, 5] = 1
    view.set_glyph(glyph)
    view.show()
    image = view.grab().toImage()
    ratio = round(image.devicePixelRatio())
    assert image.pixelColor(6 * ratio, 4 * ratio) == theme.ink(view.palette())  # inside a frame of one pixel
    assert image.pixelColor(7 * ratio, 4 * ratio) == theme.paper(view.palette())
