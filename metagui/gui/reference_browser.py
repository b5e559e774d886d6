"""A side panel of reference handwriting: browse it, search it, carry characters into the task, deal an episode."""

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from metagui.data.reference import SOURCES, Entry, Reference, References
from metagui.data.sources import OMNIGLOT, STROKES
from metagui.data.task import Task
from metagui.gui import theme
from metagui.gui.character_list import LEAST_WIDTH, CharacterList
from metagui.gui.episode_source import Deal
from metagui.gui.reference_loader import ReferenceLoader
from metagui.gui.reference_model import EntryRole, ReferenceFilter, ReferenceModel
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.seen import trained_on

_HINT = "Drag into the task, or press Enter for a class, Ctrl+Enter for a query."
_MOST_EXAMPLES, _MOST_QUERIES = 10, 15


class ReferenceBrowser(QWidget):
    """Call `open` when it is first to be seen: until then nothing is loaded."""

    class_chosen = Signal(object)  # Carried: to be a class of its own
    example_chosen = Signal(object, object)  # row, Carried
    query_chosen = Signal(object)  # Carried
    deal_chosen = Signal(object)  # Deal
    challenge_clicked = Signal()
    close_clicked = Signal()
    problem_met = Signal(str)

    def __init__(self, references: References, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reference: Reference | None = None
        self._checkpoint: Checkpoint | None = None
        self._loader = ReferenceLoader(references, self)
        self._model = ReferenceModel(self)
        self._filter = ReferenceFilter(self._model, self)
        self.source_box = QComboBox(self)
        for source, name in SOURCES.items():
            self.source_box.addItem(name, source)
        self.source_box.setAccessibleName("Source")
        self.source_box.setToolTip("Omniglot's handwriting, or characters that the program invents")
        self.alphabet_box = QComboBox(self)
        self.alphabet_box.setAccessibleName("Alphabet")
        self.alphabet_box.setToolTip("The alphabet to look through, and to deal episodes from")
        self.alphabet_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.alphabet_box.setMaxVisibleItems(25)
        self.search_edit = QLineEdit(self)
        self.search_edit.setPlaceholderText("Search, as in: korean 7")
        self.search_edit.setClearButtonEnabled(True)
        self.search_edit.setAccessibleName("Search characters")
        self.search_edit.setToolTip("Parts of an alphabet's name, and a character's number")
        self.unseen_box = QCheckBox("Only &unseen", self)
        self.unseen_box.setToolTip("Only characters that the network was not trained on: those without a dot")
        self.count = QLabel(self)
        self.list = CharacterList(self._model, self._filter, self)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.invent_button = QPushButton("Invented alphabets", self)
        self.invent_button.setToolTip("Show characters that the program invents: they need no download")
        self.detail = QLabel(_HINT, self)
        self.detail.setWordWrap(True)
        self.detail.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.examples_box = QSpinBox(self, minimum=1, maximum=_MOST_EXAMPLES)
        self.examples_box.setToolTip("Drawings by as many people in each class that is made here")
        self.queries_box = QSpinBox(self, minimum=1, maximum=_MOST_QUERIES)
        self.queries_box.setToolTip("Queries of each class in an episode that is dealt: at most 100 in all")
        self.deal_button = QPushButton("Deal an episode", self)
        self.deal_button.setToolTip("Fill the classes with random characters of this alphabet, and queries of each")
        self.challenge_button = QPushButton("Challenge me…", self)
        self.challenge_button.setToolTip("You and the network name the same 20 drawings")
        self._build_layout()
        self._connect()

    def _build_layout(self) -> None:
        heading = QHBoxLayout()
        heading.addWidget(QLabel("<b>Reference</b> &nbsp;handwriting", self), 1)
        close = QToolButton(self)
        close.setText("×")
        close.setAutoRaise(True)
        close.setToolTip("Close this panel")
        close.setAccessibleName("Close this panel")
        close.clicked.connect(self.close_clicked)
        heading.addWidget(close)
        source = QHBoxLayout()
        source.addWidget(self.source_box)
        source.addWidget(self.alphabet_box, 1)
        which = QHBoxLayout()
        which.addWidget(self.unseen_box, 1)
        which.addWidget(self.count)
        absent = QWidget(self)
        inside = QVBoxLayout(absent)
        inside.addStretch()
        inside.addWidget(self.message)
        inside.addWidget(self.invent_button, alignment=Qt.AlignmentFlag.AlignHCenter)
        inside.addStretch()
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.list)
        self._pages.addWidget(absent)
        self.detail.setFixedHeight(2 * self.detail.fontMetrics().lineSpacing() + 4)
        numbers = QHBoxLayout()
        for text, box in (("E&xamples", self.examples_box), ("&Queries", self.queries_box)):
            label = QLabel(text, self)
            label.setBuddy(box)
            box.setAccessibleName(f"{text.replace('&', '')} of each class")
            numbers.addWidget(label)
            numbers.addWidget(box)
            numbers.addStretch()
        deal = QHBoxLayout()
        deal.addWidget(self.deal_button)
        deal.addWidget(self.challenge_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.addLayout(heading)
        layout.addLayout(source)
        layout.addWidget(self.search_edit)
        layout.addLayout(which)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.detail)
        layout.addLayout(numbers)
        layout.addLayout(deal)
        self.setMinimumWidth(LEAST_WIDTH)

    def _connect(self) -> None:
        self.source_box.activated.connect(self._load)
        self.invent_button.clicked.connect(self._on_invent_clicked)
        for changed in (
            self.alphabet_box.currentIndexChanged, self.search_edit.textChanged, self.unseen_box.toggled
        ):  # fmt: skip
            changed.connect(self._show_filtered)
        self.search_edit.returnPressed.connect(self._on_search_finished)
        self.list.class_chosen.connect(self.class_chosen)
        self.list.example_chosen.connect(self.example_chosen)
        self.list.query_chosen.connect(self.query_chosen)
        self.list.problem_met.connect(self.problem_met)
        self.list.selectionModel().currentChanged.connect(self._show_detail)
        self.examples_box.valueChanged.connect(self._on_examples_changed)
        self.deal_button.clicked.connect(self._on_deal_clicked)
        self.challenge_button.clicked.connect(self.challenge_clicked)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.progressed.connect(self._show_absence)
        self._loader.failed.connect(self._on_failed)

    # What the panel says

    def open(self) -> None:
        """Load what is chosen, unless it is here, and be ready to search."""
        if self._reference is None:
            self._load()
        self.search_edit.setFocus()

    def refresh(self) -> None:
        """A data set may have come that was not here."""
        if self._reference is None and self.isVisible():
            self._load()

    def show_task(self, task: Task) -> None:
        self._model.task = task

    def show_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Mark what this network was trained on."""
        self._checkpoint = checkpoint
        self._show_seen()

    @property
    def source(self) -> str:
        return str(self.source_box.currentData())

    @property
    def alphabet(self) -> str | None:
        """The one that is looked through; None: all."""
        return self.alphabet_box.currentData() if self._reference else None

    @property
    def shown(self) -> list[Entry]:
        """The characters that are on show."""
        return [self._filter.index(row, 0).data(EntryRole) for row in range(self._filter.rowCount())]

    def shut_down(self) -> None:
        self._loader.shut_down()

    # Loading

    @Slot()
    def _load(self) -> None:
        self._reference = None
        self._model.show_reference(None)
        self.alphabet_box.clear()
        self._show_absence(f"Loading {SOURCES[self.source]}…")
        self._loader.load(self.source)

    @Slot(object)
    def _on_loaded(self, reference: Reference) -> None:
        self._reference = reference
        self.alphabet_box.blockSignals(True)
        self.alphabet_box.addItem(f"All {len(reference.alphabets)} alphabets", None)
        for alphabet, entries in reference.alphabets.items():
            self.alphabet_box.addItem(f"{alphabet} ({len(entries)})", alphabet)
        self.alphabet_box.blockSignals(False)
        self._model.show_reference(reference)
        self._show_seen()

    @Slot(str)
    def _on_failed(self, problem: str) -> None:
        self._show_absence(problem)
        self.invent_button.setVisible(self.source == OMNIGLOT)

    @Slot(str)
    def _show_absence(self, why: str) -> None:
        """There is nothing to look at."""
        self.message.setText(why)
        self.invent_button.hide()
        self.count.clear()
        self._pages.setCurrentIndex(1)
        for widget in (self.alphabet_box, self.unseen_box, self.deal_button):
            widget.setEnabled(self._reference is not None)

    @Slot()
    def _on_invent_clicked(self) -> None:
        self.source_box.setCurrentIndex(self.source_box.findData(STROKES))
        self._load()

    # Finding

    def _show_seen(self) -> None:
        if self._reference is not None:
            characters, source = self._reference.characters, self._reference.source
            self._model.show_seen(trained_on(self._checkpoint, source, characters) if self._checkpoint else frozenset())
            self._show_filtered()

    @Slot()
    def _show_filtered(self) -> None:
        if self._reference is None:
            return
        for widget in (self.alphabet_box, self.unseen_box, self.deal_button):
            widget.setEnabled(True)
        self._model.shows_alphabets = self.alphabet is None
        self._filter.set_filter(self.alphabet, self.search_edit.text(), self.unseen_box.isChecked())
        found = self._filter.rowCount()
        if not found:
            unseen = " that the network was not trained on" * self.unseen_box.isChecked()
            self._show_absence(f"No character{unseen} is called so.")
        entries = self._reference.alphabets[self.alphabet] if self.alphabet else self._reference.entries
        self.count.setText(f"{found} of {len(entries)}")
        self._pages.setCurrentIndex(0 if found else 1)
        self._show_detail(self.list.currentIndex())

    @Slot()
    def _on_search_finished(self) -> None:
        self.list.setFocus()
        if not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self._filter.index(0, 0))

    @Slot(QModelIndex)
    def _show_detail(self, index: QModelIndex) -> None:
        entry = index.data(EntryRole) if index.isValid() else None
        self.detail.setText(self._model.describe(entry) if entry else _HINT)
        palette = self.palette()
        if not entry:
            palette.setColor(QPalette.ColorRole.WindowText, theme.quiet(palette))
        self.detail.setPalette(palette)

    # Dealing

    @Slot(int)
    def _on_examples_changed(self, number: int) -> None:
        self._model.examples = number

    @Slot()
    def _on_deal_clicked(self) -> None:
        unseen = self._checkpoint if self.unseen_box.isChecked() else None
        shot, queries = self.examples_box.value(), self.queries_box.value()
        self.deal_chosen.emit(Deal(self.source, len(self._model.task.classes), shot, queries, self.alphabet, unseen))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_model"):
            self._model.forget_thumbnails()
            self._show_detail(self.list.currentIndex())
