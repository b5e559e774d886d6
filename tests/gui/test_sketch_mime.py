import os
import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData

from metagui.data.task import Sketch
from metagui.gui.sketch_mime import MIME_TYPE, Carried, carried_by, carries_sketches, mime_of
from tests.gui.hands import BAR, RING

DRAWN = Sketch(tuple(np.array(points, np.float32) for points in (BAR, RING)))
PICTURE = Sketch(picture=np.arange(12, dtype=np.uint8).reshape(3, 4), origin="cat.png")
GIVEN = Sketch(given=np.ones((1, 28, 28), np.float32), origin="Korean 7")


def test_drawings_arrive_as_they_left() -> None:
    data = mime_of(Carried((DRAWN, PICTURE), "café", (GIVEN,)))
    arrived = carried_by(data)
    assert carries_sketches(data)
    assert arrived is not None
    assert arrived.name == "café"
    drawn, picture = arrived.sketches
    for stroke, sent in zip(drawn.strokes, DRAWN.strokes, strict=True):
        np.testing.assert_array_equal(stroke, sent)
    assert (drawn.picture, drawn.given) == (None, None)
    np.testing.assert_array_equal(picture.picture, PICTURE.picture)
    assert picture.origin == "cat.png"
    np.testing.assert_array_equal(arrived.more[0].given, GIVEN.given)


def test_eleven_strokes_stay_in_order() -> None:
    strokes = tuple(np.full((2, 3), number, np.float32) for number in range(11))
    arrived = carried_by(mime_of(Carried((Sketch(strokes),))))
    assert arrived is not None
    assert [stroke[0, 0] for stroke in arrived.sketches[0].strokes] == list(range(11))


def test_what_carries_no_drawings_is_none() -> None:
    text = QMimeData()
    text.setText("hello")
    assert not carries_sketches(text)
    assert carried_by(text) is None
    assert carried_by(mime_of(Carried(()))) is None


@given(st.binary(max_size=60), st.integers(0, 900))
def test_damaged_bytes_are_none_and_no_fault(noise: bytes, place: int) -> None:
    whole = bytearray(mime_of(Carried((PICTURE,))).data(MIME_TYPE).data())
    place = min(place, len(whole) - 1)
    whole[place : place + len(noise)] = noise
    data = QMimeData()
    for content in (noise, bytes(whole[:place])):
        data.setData(MIME_TYPE, content)
        assert carried_by(data) is None
    data.setData(MIME_TYPE, bytes(whole))
    carried_by(data)  # it may be good JSON still; no exception in any case


def test_the_program_ends_well_with_a_drawing_on_the_clipboard() -> None:
    script = (
        "import numpy as np; from PySide6.QtWidgets import QApplication; from metagui.data.task import Sketch; "
        "from metagui.gui.sketch_mime import copy_sketch; application = QApplication([]); "
        "copy_sketch(Sketch((np.eye(2, dtype=np.float32),)))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"})
