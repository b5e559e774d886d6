"""The characters of a reference as thumbnails, each of which can be carried into the task."""

from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QWidget

from metagui.gui.actions import add_action
from metagui.gui.reference_model import THUMBNAIL, EntryRole, ReferenceFilter, ReferenceModel
from metagui.gui.sketch_mime import Carried

_CELL = QSize(THUMBNAIL + 10, THUMBNAIL + 22)
LEAST_WIDTH = 3 * _CELL.width() + 32  # three columns, the scroll bar and frames


class CharacterList(QListView):
    """By dragging, by the keys, and by a menu."""

    class_chosen = Signal(object)  # Carried: to be a class of its own
    example_chosen = Signal(object, object)  # row, Carried
    query_chosen = Signal(object)  # Carried
    problem_met = Signal(str)

    def __init__(self, model: ReferenceModel, shown: ReferenceFilter, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(shown)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setUniformItemSizes(True)
        self.setGridSize(_CELL)
        self.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDragEnabled(True)  # which the kind of movement has switched off
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Characters")
        self.setToolTip("Drag characters from here; Enter makes a class of one, Ctrl+Enter a query")
        self.query_action = add_action(
            self, "Add as a query", "Ctrl+Return", "Show it as a query", Qt.ShortcutContext.WidgetShortcut
        )
        self.activated.connect(self._on_activated)
        self.customContextMenuRequested.connect(self._on_context_menu_requested)
        self.query_action.triggered.connect(self._on_query_triggered)

    def startDrag(self, supportedActions: Qt.DropAction) -> None:  # noqa: N803  Qt's own name
        if self._carried(self.currentIndex()):
            super().startDrag(supportedActions)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        if carried := self._carried(index):
            self.class_chosen.emit(carried)

    @Slot()
    def _on_query_triggered(self) -> None:
        if carried := self._carried(self.currentIndex()):
            self.query_chosen.emit(carried)

    @Slot(int)
    def _on_example_chosen(self, row: int) -> None:
        if carried := self._carried(self.currentIndex()):
            self.example_chosen.emit(row, carried)

    @Slot(QPoint)
    def _on_context_menu_requested(self, place: QPoint) -> None:
        index = self.currentIndex()
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Add as a class (Enter)").triggered.connect(lambda: self._on_activated(index))
        menu.addAction(self.query_action)
        classes = menu.addMenu("Add as an example of")
        for row, drawn in enumerate(self._model.task.classes):
            classes.addAction(drawn.name.replace("&", "&&")).triggered.connect(partial(self._on_example_chosen, row))
        menu.popup(self.viewport().mapToGlobal(place))

    def _carried(self, index: QModelIndex) -> Carried | None:
        """None where there is no drawing left to carry, which is told."""
        if not index.isValid():
            return None
        entry = index.data(EntryRole)
        carried = self._model.carried(entry)
        if carried is None:
            self.problem_met.emit(f"All drawings of {entry.title} are in the task already: choose another character.")
        return carried
