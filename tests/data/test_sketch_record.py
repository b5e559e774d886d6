import json

import numpy as np
import pytest

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.sketch_record import record_of_sketch, sketch_of_record
from metagui.data.task import Sketch

STROKE = np.array([[20.123, 20, 0, 0.3], [80, 80.7, 9, 1]], np.float32)
PICTURE = np.full((60, 90), 250, np.uint8)
PICTURE[10:50, 40:46] = 20


@pytest.mark.parametrize(
    "sketch",
    [
        Sketch((STROKE, STROKE[:1], STROKE[:, :2])),
        Sketch(picture=PICTURE, origin="é.png"),
        Sketch(given=np.random.default_rng(0).random((1, 28, 28), np.float32)),
    ],
)
def test_a_sketch_comes_back_to_the_bit(sketch: Sketch) -> None:
    back = sketch_of_record(json.loads(json.dumps(record_of_sketch(sketch))))
    assert [stroke.tobytes() for stroke in back.strokes] == [stroke.tobytes() for stroke in sketch.strokes]
    assert back.origin == sketch.origin
    for settings in (GlyphSettings(), GlyphSettings(fitted=False)):
        np.testing.assert_array_equal(back.glyph(settings), sketch.glyph(settings))


def test_a_picture_is_the_picture() -> None:
    back = sketch_of_record(record_of_sketch(Sketch(picture=PICTURE))).picture
    np.testing.assert_array_equal(back, PICTURE)


@pytest.mark.parametrize(
    "record",
    [
        None, 3, "strokes", [], {}, {"origin": "x"}, {"strokes": [[[1, 2]]]},
        *(
            {"origin": "x", "strokes": strokes}
            for strokes in (3, [], [[]], [3], [[[1]]], [[[1, 2], [1]]], [[["a", "b"]]], [[[float("nan"), 1]]],
                            [[[1e30, 1]]], [[[1, 2, 3, 4, 5]]], {"a": 1}, [[[1, None]]])
        ),
        {"origin": "x", "picture": "%"}, {"origin": "x", "picture": "QUJD"}, {"origin": "x", "picture": 3},
        {"origin": "x", "given": [[1]]}, {"origin": "x", "given": [[2.0] * 28] * 28},
    ],
)  # fmt: skip
def test_what_is_no_sketch_is_refused(record: object) -> None:
    with pytest.raises(InputError):
        sketch_of_record(record)
