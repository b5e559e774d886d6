import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from metagui.data.glyph import FRAME, rasterise
from metagui.data.task import EMPTY, Sketch
from metagui.gui.sketch_painting import sketch_image
from tests.gui.hands import BAR, RING

STROKES = tuple(np.array(points, np.float32) for points in (BAR, RING, [(10, 10)]))


@pytest.fixture(autouse=True)
def application(qapp: object) -> None:
    """Images are painted in an application."""


def gray(sketch: Sketch, side: int = FRAME) -> NDArray[np.uint8]:
    image = sketch_image(sketch, side).convertToFormat(QImage.Format.Format_Grayscale8)
    return np.frombuffer(image.constBits(), np.uint8).reshape(side, image.bytesPerLine())[:, :side].copy()


def test_a_full_press_is_the_ink_that_the_network_sees() -> None:
    seen, ink = gray(Sketch(STROKES)) < 128, rasterise(STROKES)
    assert (seen & ink).sum() / (seen | ink).sum() > 0.9


def test_a_light_press_is_thinner_and_changes_along_the_stroke() -> None:
    light, heavy, growing = (
        (gray(Sketch((np.array([(10, 50, 0, start), (90, 50, 9, end)], np.float32),))) < 128).sum()
        for start, end in ((0.1, 0.1), (1, 1), (0.1, 1))
    )
    assert light < growing < heavy


def test_a_picture_keeps_its_proportions_and_a_glyph_fills_the_square() -> None:
    picture = gray(Sketch(picture=np.zeros((20, 40), np.uint8)), 80)
    assert picture[40].max() == 0
    assert picture[5].min() == 255
    glyph = np.zeros((1, 28, 28), np.float32)
    glyph[0, :14] = 1
    given = gray(Sketch(given=glyph), 56)
    assert given[10].max() < 10
    assert given[45].min() > 245
    assert gray(EMPTY).min() == 255
