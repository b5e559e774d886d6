"""The characters of a reference as a Qt model, and the filter that finds some of them."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QGuiApplication, QPainter, QPalette, QPixmap

from metagui.data.reference import Entry, Reference
from metagui.data.task import Task
from metagui.gui import theme
from metagui.gui.glyph_view import glyph_image
from metagui.gui.sketch_mime import MIME_TYPE, Carried, mime_of

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

THUMBNAIL = 56  # pixels on a side: a glyph's twice
EntryRole = Qt.ItemDataRole.UserRole
_MARK = 7  # pixels of the dot that says that a character was seen


class ReferenceModel(QAbstractListModel):
    """A row for each character. Thumbnails are made when they are first looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shows_alphabets = True  # beneath the thumbnails; else numbers are enough
        self.examples = 1  # that a class gets when one is made of a character
        self.task = Task()  # whose drawings are not to be carried once more
        self._reference: Reference | None = None
        self._entries: Sequence[Entry] = ()
        self._seen: frozenset[int] = frozenset()
        self._thumbnails: dict[int, QPixmap] = {}

    def show_reference(self, reference: Reference | None) -> None:
        self.beginResetModel()
        self._reference = reference
        self._entries = reference.entries if reference else ()
        self._thumbnails.clear()
        self.endResetModel()

    def show_seen(self, seen: frozenset[int]) -> None:
        """Mark the characters that the network was trained on."""
        self._seen = seen
        self.forget_thumbnails()

    def forget_thumbnails(self) -> None:
        """They are drawn again where they are looked at: what they say has changed, or the colours have."""
        self._thumbnails.clear()
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))

    def carried(self, entry: Entry) -> Carried | None:
        """The character by drawers who are not in the task yet; None where all of them are."""
        if self._reference is None:
            return None
        first, *more = self._reference.sketches(entry, self.examples, self.task) or (None,)
        return None if first is None else Carried((first,), entry.title, tuple(more))

    def entry(self, row: int) -> Entry:
        return self._entries[row]

    def is_seen(self, entry: Entry) -> bool:
        """The network was trained on it."""
        return entry.index in self._seen

    # What Qt asks

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        told: dict[int, Callable[[], object]] = {
            Qt.ItemDataRole.DisplayRole: lambda: self._label(entry),
            Qt.ItemDataRole.DecorationRole: lambda: self._thumbnail(entry),
            Qt.ItemDataRole.ToolTipRole: lambda: self.describe(entry),
            Qt.ItemDataRole.AccessibleTextRole: lambda: self.describe(entry),
            EntryRole: lambda: entry,
        }
        return told[role]() if role in told else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemNeverHasChildren

    def mimeTypes(self) -> list[str]:
        return [MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        found = self.carried(self._entries[indexes[0].row()]) if indexes else None
        return mime_of(found or Carried(()))

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def describe(self, entry: Entry) -> str:
        """One line for people."""
        drawers = int(self._reference.characters.counts[entry.index]) if self._reference else 0
        known = ", which the network was trained on" if self.is_seen(entry) else ""
        return f"{entry.title}, by {drawers} people{known}"

    def _label(self, entry: Entry) -> str:
        """The number first, since there is little room."""
        return f"{entry.number} {entry.alphabet}" if self.shows_alphabets else str(entry.number)

    def _thumbnail(self, entry: Entry) -> QPixmap:
        if entry.index not in self._thumbnails and self._reference is not None:
            palette = QGuiApplication.palette()
            scale = QGuiApplication.primaryScreen().devicePixelRatio()
            pixmap = QPixmap(QSize(THUMBNAIL, THUMBNAIL) * scale)
            pixmap.setDevicePixelRatio(scale)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRect(0, 0, THUMBNAIL, THUMBNAIL), glyph_image(self._reference.glyphs(entry)[0], palette))
            _frame(painter, palette, self.is_seen(entry))
            painter.end()
            self._thumbnails[entry.index] = pixmap
        return self._thumbnails[entry.index]


def _frame(painter: QPainter, palette: QPalette, seen: bool) -> None:
    painter.setPen(theme.line(palette))
    painter.drawRect(0, 0, THUMBNAIL - 1, THUMBNAIL - 1)
    if seen:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.quiet(palette))
        painter.drawEllipse(THUMBNAIL - _MARK - 4, 4, _MARK, _MARK)


class ReferenceFilter(QSortFilterProxyModel):
    """The characters of one alphabet or of all, that match the words and, if only such are wanted, are unseen."""

    def __init__(self, model: ReferenceModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._alphabet: str | None = None
        self._words = ""
        self._only_unseen = False
        self.setSourceModel(model)

    def set_filter(self, alphabet: str | None, words: str, only_unseen: bool) -> None:
        self._alphabet, self._words, self._only_unseen = alphabet, words, only_unseen
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        entry = self._model.entry(source_row)  # by no index and role, which take several times as long
        return (
            self._alphabet in (None, entry.alphabet)
            and not (self._only_unseen and self._model.is_seen(entry))
            and entry.matches(self._words)
        )
