"""Where names stand beside what they name, so that all that is shown can be read."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF


def label_places(
    centres: Sequence[QPointF], sizes: Sequence[QSizeF], radius: float, frame: QRectF
) -> list[QRectF | None]:
    """A place for a name of each size beside the mark of this radius around each centre.

    To the right, else to the left, above or below: within the frame, and on no other mark and no name before it. None
    where there is no such place.
    """
    marks = [QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius) for centre in centres]
    taken: list[QRectF | None] = []
    for mark, size in zip(marks, sizes, strict=True):
        others = [one for one in (*marks, *taken) if one is not None and one is not mark]
        free = (
            place
            for place in _beside(mark, size)
            if frame.contains(place) and not any(place.intersects(other) for other in others)
        )
        taken.append(next(free, None))
    return taken


def _beside(mark: QRectF, size: QSizeF) -> list[QRectF]:
    top, left = mark.center().y() - size.height() / 2, mark.center().x() - size.width() / 2
    corners = (
        QPointF(mark.right(), top),
        QPointF(mark.left() - size.width(), top),
        QPointF(left, mark.top() - size.height()),
        QPointF(left, mark.bottom()),
    )
    return [QRectF(corner, size) for corner in corners]
