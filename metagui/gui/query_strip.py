"""The queries side by side, each with a mark of whether it was named right; one of them is on show."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import SIDE, GlyphSettings
from metagui.data.task import Sketch, Task
from metagui.gui import theme
from metagui.gui.drop_target import DropTarget
from metagui.gui.glyph_view import Glyph, glyph_image
from metagui.gui.naming import rows_named
from metagui.gui.prediction_bars import percent
from metagui.gui.sketch_mime import drag_sketch
from metagui.learn.adaptation import AdaptationStep

_SIDE = SIDE + 6  # of a thumbnail: a frame of three pixels around the glyph
_HEIGHT = _SIDE + 12


class QueryStrip(QListWidget):
    """Hidden while there is no more than one query: its pad shows that."""

    place_chosen = Signal(int)  # of the query to be shown
    offered = Signal(object)  # the Offer of what is dropped here

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sketches: list[Sketch] = []
        self._glyphs: list[Glyph | None] = []
        self._names: list[str] = []
        # What the network says, and whether that is right, where it is known.
        self._verdicts: list[tuple[str, bool | None]] = []
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setIconSize(QSize(_SIDE, _SIDE))
        self.setUniformItemSizes(True)
        self.setSpacing(1)
        self.setFixedHeight(_HEIGHT + self.horizontalScrollBar().sizeHint().height())
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Queries")
        self.setDragEnabled(True)
        DropTarget(self.viewport()).dropped.connect(self.offered)
        self.currentRowChanged.connect(self._on_current_row_changed)

    def show_task(self, task: Task, settings: GlyphSettings) -> None:
        """Show a task's queries, the one on its pad chosen."""
        before = self._glyphs
        self._glyphs = []
        self._sketches = [query.sketch for query in task.queries]
        for query in task.queries:
            try:
                self._glyphs.append(query.sketch.glyph(settings))
            except InputError:  # a picture without ink: the panel says so
                self._glyphs.append(None)
        self._names = ["" if query.label is None else task.name_of(query.label) for query in task.queries]
        self._verdicts = self._verdicts[: len(self._glyphs)]
        self._show(task.place, before)

    def show_verdicts(self, task: Task, step: AdaptationStep) -> None:
        """Mark what the network names each of the task's queries at this step."""
        before = [right for _, right in self._verdicts]
        self._verdicts = []
        for query, named, answers in zip(task.queries, rows_named(task, step), step.answers, strict=True):
            says = f"{task.name_of(named)} ({percent(float(answers.max()))})"
            self._verdicts.append((says, None if query.label is None else query.label == named))
        for row in range(self.count()):
            self._tell(row)
            if before[row : row + 1] != [self._verdict(row)[1]]:
                self._mark(row)

    @property
    def marks(self) -> list[bool | None]:
        """Whether each query was named right; None where its class is unknown."""
        return [right for _, right in self._verdicts]

    def _show(self, place: int, before: list[Glyph | None]) -> None:
        self.blockSignals(True)
        while self.count() < len(self._glyphs):
            self.addItem(QListWidgetItem())
        while self.count() > len(self._glyphs):
            self.takeItem(self.count() - 1)
        for row, glyph in enumerate(self._glyphs):
            self._tell(row)
            if row >= len(before) or before[row] is not glyph:
                self._mark(row)
        self.setCurrentRow(place if place < self.count() else -1)
        self.blockSignals(False)
        self.setVisible(self.count() > 1)

    def _verdict(self, row: int) -> tuple[str, bool | None]:
        return self._verdicts[row] if row < len(self._verdicts) else ("", None)

    def _tell(self, row: int) -> None:
        item = self.item(row)
        says, right = self._verdict(row)
        named = f": {says}" if says else ""
        judged = {None: "", True: ", right", False: f", wrong (it is {self._names[row]})"}[right]
        text = f"Query {row + 1}{named}{judged}"
        if item.toolTip() != text:  # else all of them would be painted anew
            item.setToolTip(text)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text)

    def _mark(self, row: int) -> None:
        self.item(row).setIcon(QIcon(self._thumbnail(row, self._verdict(row)[1])))

    def _thumbnail(self, row: int, right: bool | None) -> QPixmap:
        scale, palette = self.devicePixelRatioF(), self.palette()
        pixmap = QPixmap(QSize(_SIDE, _SIDE) * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(theme.paper(palette))
        painter = QPainter(pixmap)
        glyph = self._glyphs[row]
        if glyph is not None:
            painter.drawImage(QRect(3, 3, SIDE, SIDE), glyph_image(glyph, palette))
        colour = theme.line(palette) if right is None else theme.success(palette) if right else theme.error(palette)
        painter.setPen(QPen(colour, 1 if right is None else 3))
        painter.drawRect(1, 1, _SIDE - 3, _SIDE - 3)
        if right is False:  # not by colour alone
            painter.setPen(QPen(colour, 2))
            painter.drawLine(_SIDE - 11, 5, _SIDE - 5, 11)
            painter.drawLine(_SIDE - 5, 5, _SIDE - 11, 11)
        painter.end()
        return pixmap

    def _on_current_row_changed(self, row: int) -> None:
        if row >= 0:
            self.place_chosen.emit(row)

    def startDrag(self, actions: Qt.DropAction) -> None:
        row = self.currentRow()
        if row >= 0:
            drag_sketch(self._sketches[row], self, self._thumbnail(row, None))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for row in range(self.count()):
                self._mark(row)
