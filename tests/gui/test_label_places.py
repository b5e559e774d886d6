from PySide6.QtCore import QPointF, QRectF, QSizeF

from metagui.gui.label_places import label_places

FRAME = QRectF(0, 0, 200, 200)
SIZE = QSizeF(40, 10)


def places(*centres: tuple[float, float]) -> list[tuple[float, float] | None]:
    """The middles of the names."""
    found = label_places([QPointF(*centre) for centre in centres], [SIZE] * len(centres), 5, FRAME)
    return [(place.center().x(), place.center().y()) if place else None for place in found]


def test_a_name_stands_to_the_right_or_where_the_frame_ends_to_the_left() -> None:
    assert places((50, 50), (180, 50)) == [(75, 50), (155, 50)]


def test_no_name_stands_on_another_nor_on_a_mark() -> None:
    # The second stands on the first's right, whose name stands on the third's.
    assert places((100, 100), (110, 100), (48, 100)) == [(75, 100), (135, 100), (23, 100)]


def test_one_that_has_no_place_is_left_out() -> None:
    centres = [(100.0, 100.0 + 4 * number) for number in range(12)]
    found = places(*centres)
    assert found[0] is not None
    assert None in found
    shown = [QRectF(QPointF(x - 20, y - 5), SIZE) for x, y in (place for place in found if place)]
    assert not any(one.intersects(other) for one in shown for other in shown if one is not other)
