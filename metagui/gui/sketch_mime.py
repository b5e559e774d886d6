"""Drawings on their way: dragged from one place of the window to another, or on the clipboard."""

import atexit
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDrag, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.pictures import MOST_BYTES, check_size, gray_of_rgba
from metagui.data.sketch_record import record_of_sketch, sketch_of_record
from metagui.data.task import Sketch
from metagui.gui.picture_files import reduced
from metagui.gui.sketch_painting import sketch_image

MIME_TYPE = "application/x-metagui-drawings"  # JSON; besides, the first drawing is an image for other programs
_IMAGE_SIDE, _DRAGGED_SIDE = 420, 64


@dataclass(frozen=True, eq=False)
class Carried:
    """Drawings that are carried, and what is known of them. None of the sketches is empty."""

    sketches: tuple[Sketch, ...]
    name: str = ""  # of their class, where that is known
    more: tuple[Sketch, ...] = ()  # further examples of it: a class that is made of what is dropped takes them too


class DraggedSketch(QMimeData):
    """A sketch on its way, and the widget that it comes from."""

    def __init__(self, sketch: Sketch, source: QWidget) -> None:
        super().__init__()
        self.source = source
        _fill(self, Carried((sketch,)))


def mime_of(carried: Carried) -> QMimeData:
    data = QMimeData()
    _fill(data, carried)
    return data


def copy_sketch(sketch: Sketch) -> None:
    """Put it on the clipboard."""
    data = mime_of(Carried((sketch,)))
    QApplication.clipboard().setMimeData(data)
    atexit.unregister(_leave_image)
    atexit.register(_leave_image, data)


def clipboard_data() -> QMimeData:
    """What is on the clipboard, which may be nothing."""
    return QApplication.clipboard().mimeData() or QMimeData()


def _leave_image(copied: QMimeData) -> None:
    """Leave but the image of what was copied, an object of Qt's own.

    The clipboard outlives the interpreter, and to destroy an object of Python's after that ends the process by a fault.
    """
    if QApplication.instance() is not None and QApplication.clipboard().mimeData() is copied:
        QApplication.clipboard().setImage(QApplication.clipboard().image())


def drag_sketch(sketch: Sketch, source: QWidget, picture: QPixmap, may_move: bool = False) -> None:
    """Let the user drag it from `source` to another place, `picture` in hand; returns when it is dropped."""
    drag = QDrag(source)
    drag.setMimeData(DraggedSketch(sketch, source))
    drag.setPixmap(picture.scaledToWidth(_DRAGGED_SIDE, Qt.TransformationMode.SmoothTransformation))
    drag.setHotSpot(QPoint(_DRAGGED_SIDE // 2, _DRAGGED_SIDE // 2))
    copy, move = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
    drag.exec(copy | move if may_move else copy, move if may_move else copy)


def carries_sketches(data: QMimeData) -> bool:
    return data.hasFormat(MIME_TYPE)


def carried_by(data: QMimeData) -> Carried | None:
    """The drawings that are carried; None where there are none, or none that this program has put there."""
    content = bytes(data.data(MIME_TYPE).data())
    if not 0 < len(content) <= MOST_BYTES:
        return None
    try:
        record = json.loads(content)
        sketches, more = ([sketch_of_record(one) for one in record[key]] for key in ("sketches", "more"))
        name = str(record["name"])
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return Carried(tuple(sketches), name, tuple(more)) if sketches else None


def local_files(data: QMimeData) -> list[Path]:
    """The files and folders that are dropped or pasted."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def is_usable(data: QMimeData) -> bool:
    """Whether there is a drawing, an image or a file in it."""
    return carries_sketches(data) or data.hasImage() or bool(local_files(data))


def sketch_of_image(data: QMimeData, settings: GlyphSettings) -> Sketch:
    """The image that another program offers. Raises InputError where it is damaged, too large or without ink."""
    sketch = Sketch(picture=reduced(_gray(data.imageData())))
    sketch.glyph(settings)  # where there is no ink, it is refused here
    return sketch


def _fill(data: QMimeData, carried: Carried) -> None:
    record = {
        "name": carried.name,
        "sketches": [record_of_sketch(sketch) for sketch in carried.sketches],
        "more": [record_of_sketch(sketch) for sketch in carried.more],
    }
    data.setData(MIME_TYPE, json.dumps(record).encode())
    for sketch in carried.sketches[:1]:
        data.setImageData(sketch_image(sketch, _IMAGE_SIDE))


def _gray(image: object) -> NDArray[np.uint8]:
    if not isinstance(image, QImage) or image.isNull():
        raise InputError("The picture is damaged.")
    check_size(image.width(), image.height(), "The picture")
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return gray_of_rgba(pixels[:, : image.width()])
