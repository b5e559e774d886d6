"""What comes into the task from elsewhere: pasted, dropped, chosen among files, or dealt from a data set."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from metagui.data.errors import InputError
from metagui.data.glyph import GlyphSettings
from metagui.data.image_folder import is_class_tree
from metagui.data.placing import (
    Destination,
    row_of,
    with_class_of,
    with_classes_of,
    with_example_moved,
    with_examples,
    with_queries_of,
    with_sheet,
)
from metagui.data.task import MOST, Query, Sketch, Task
from metagui.gui.drop_target import Offer
from metagui.gui.episode_source import FilledEpisode
from metagui.gui.picture_files import (
    LoadedClasses,
    LoadedPictures,
    LoadedSheet,
    ask_for_class_folder,
    ask_for_pictures,
    ask_for_sheet,
)
from metagui.gui.sheet_dialog import SheetDialog
from metagui.gui.sketch_mime import Carried, carried_by, carries_sketches, local_files, sketch_of_image
from metagui.gui.support_grid import SupportGrid
from metagui.gui.task_loader import TaskLoader


class TaskIntake(QObject):
    task_changed = Signal(object, str)  # the Task from now on, and what was done
    loading_ended = Signal()  # how far it had come need not be told any longer
    failed = Signal(str)  # why something was left out

    def __init__(self, loader: TaskLoader, grid: SupportGrid, parent: QWidget) -> None:
        super().__init__(parent)
        self._loader, self._grid, self._window = loader, grid, parent
        self._task = Task()
        self._settings = GlyphSettings()
        loader.pictures_loaded.connect(self._on_pictures_loaded)
        loader.classes_loaded.connect(self._on_classes_loaded)
        loader.sheet_loaded.connect(self._on_sheet_loaded)
        loader.episode_drawn.connect(self._on_episode_drawn)

    def show_task(self, task: Task, settings: GlyphSettings) -> None:
        """The task that things come into from now on."""
        self._task, self._settings = task, settings

    # Pasted and dropped

    @Slot(object, object)
    def give_to_class(self, row: int | None, offer: Offer) -> None:
        """As further examples of this class, or as a class of its own; a sketch that is moved goes from its own."""
        origin = self._grid.place_of(offer.source)
        if row is not None and offer.is_move and origin is not None:
            if origin[0] != row:
                names = (self._task.classes[one].name for one in (origin[0], row))
                what = "move a drawing from {} to {}".format(*names)
                self.task_changed.emit(with_example_moved(self._task, *origin, row), what)
        elif files := local_files(offer.data):
            self._load(files, row)
        elif carried := self._carried(offer):
            self.add_examples(row, carried)

    @Slot(object)
    def give_to_queries(self, offer: Offer) -> None:
        """As further queries, the first of which is then on show."""
        if files := local_files(offer.data):
            self._loader.load_pictures(files, self._settings, None)
        elif carried := self._carried(offer):
            self.add_queries(carried)

    def _carried(self, offer: Offer) -> Carried | None:
        """None where there is nothing that can be used, which is told."""
        if carries_sketches(offer.data):
            if carried := carried_by(offer.data):
                return carried
            self.failed.emit("These drawings are damaged: copy them once more.")
        elif offer.data.hasImage():
            try:
                return Carried((sketch_of_image(offer.data, self._settings),))
            except InputError as error:
                self.failed.emit(str(error))
        else:
            self.failed.emit("There is no drawing and no picture on the clipboard.")
        return None

    # Carried

    @Slot(object)
    def add_class_of(self, carried: Carried) -> None:
        """Drawings as a class of their own or, where that is there already, as examples of it."""
        row = row_of(self._task, carried.name)
        if row is not None:
            self.add_examples(row, carried)
            return
        try:
            task = with_class_of(self._task, carried.name, (*carried.sketches, *carried.more))
        except InputError as error:
            self.failed.emit(str(error))
        else:
            self.task_changed.emit(task, f"add class {carried.name}".strip())

    @Slot(object, object)
    def add_examples(self, row: int | None, carried: Carried) -> None:
        """Drawings as further examples of the class in this row; None: as a class of their own."""
        if row is None:
            self.add_class_of(carried)
        else:
            task = with_examples(self._task, row, carried.sketches)
            self.task_changed.emit(task, f"add examples of {task.classes[row].name}")

    @Slot(object)
    def add_queries(self, carried: Carried) -> None:
        """Drawings as further queries, labelled where their class is present."""
        self.task_changed.emit(with_queries_of(self._task, carried.name, carried.sketches), "add queries")

    # Dealt

    @Slot(object)
    def _on_episode_drawn(self, episode: FilledEpisode) -> None:
        self.loading_ended.emit()
        self.task_changed.emit(episode.task, "fill with an episode")

    # Files

    def _load(self, files: list[Path], row: int | None) -> None:
        """Folders of folders as classes, and all else as examples of a class."""
        trees = [file for file in files if is_class_tree(file)]
        others = [file for file in files if file not in trees]
        for tree in trees:
            self._loader.load_classes(tree, self._settings)
        if others and row is None:
            self.failed.emit("Drop pictures on the class that they are examples of, or on the query.")
        elif others and row is not None:
            self._loader.load_pictures(others, self._settings, self._task.classes[row].name)

    @Slot()
    def ask_for_classes(self) -> None:
        """Let the user choose a folder with a sub-folder for each class."""
        if folder := ask_for_class_folder(self._window):
            self._loader.load_classes(folder, self._settings)

    @Slot()
    def ask_for_sheet(self) -> None:
        """Let the user choose a picture of a sheet of characters."""
        if file := ask_for_sheet(self._window):
            self._loader.load_sheet(file)

    @Slot(object)
    def _on_classes_loaded(self, loaded: LoadedClasses) -> None:
        self.loading_ended.emit()
        task, without_room = with_classes_of(self._task, loaded.classes)
        if loaded.classes:
            self.task_changed.emit(task, "load a folder of classes")
        self._tell((*loaded.problems, *self._without_room(without_room)))

    @Slot(object)
    def _on_sheet_loaded(self, loaded: LoadedSheet) -> None:
        dialog = SheetDialog(loaded.sheet, loaded.origin, self._task, self._window)
        dialog.sketches_cut.connect(self._on_sketches_cut)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(object, object)
    def _on_sketches_cut(self, rows: Sequence[Sequence[Sketch]], destination: Destination) -> None:
        task, without_room = with_sheet(self._task, rows, destination)
        self.task_changed.emit(task, "cut a sheet")
        self._tell(self._without_room(without_room))

    def _without_room(self, number: int) -> tuple[str, ...]:
        return (f"There is room for {MOST} classes: {number} of those that were read were left out.",) * bool(number)

    @Slot(int)
    def ask_for_examples(self, row: int) -> None:
        """Let the user choose image files for a class."""
        name = self._task.classes[row].name
        files = ask_for_pictures(self._window, f"Load images as examples of {name}")
        self._loader.load_pictures(files, self._settings, name)

    @Slot()
    def ask_for_queries(self) -> None:
        self._loader.load_pictures(ask_for_pictures(self._window, "Load images as queries"), self._settings, None)

    @Slot(object)
    def _on_pictures_loaded(self, loaded: LoadedPictures) -> None:
        self._tell(loaded.problems)
        if loaded.sketches and loaded.class_name is None:
            queries = [Query(sketch) for sketch in loaded.sketches]
            self.task_changed.emit(self._task.with_further_queries(queries), "load queries")
        elif loaded.sketches:
            # By name, since rows may have changed while the files were read.
            for row, drawn in enumerate(self._task.classes):
                if drawn.name == loaded.class_name:
                    what = f"load images as {drawn.name}"
                    self.task_changed.emit(with_examples(self._task, row, loaded.sketches), what)

    def _tell(self, problems: tuple[str, ...]) -> None:
        if problems:
            others = f" ({len(problems) - 1} more could not be used either.)" if problems[1:] else ""
            self.failed.emit(problems[0] + others)
