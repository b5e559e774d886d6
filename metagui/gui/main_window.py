"""The window: the two panels, and what concerns both."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QMainWindow,
    QMenu,
    QMessageBox,
    QProgressDialog,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from metagui import __version__
from metagui.data.errors import InputError
from metagui.data.omniglot import download_omniglot, import_omniglot
from metagui.data.preparation import Preparation
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.export_menu import ExportMenu
from metagui.gui.iterator_thread import IteratorThread
from metagui.gui.session_controller import SessionController
from metagui.gui.settings import last_folder, remember_folder, settings
from metagui.gui.training_panel import TrainingPanel
from metagui.learn.checkpoint import Checkpoint
from metagui.learn.shipped import shipped


class MainWindow(QMainWindow):
    def __init__(self) -> None:
        super().__init__()
        self.adaptation_panel = AdaptationPanel(self)
        self.training_panel = TrainingPanel(self)
        self.tabs = QTabWidget(self, documentMode=True)
        self.tabs.addTab(self.adaptation_panel, "Adapt")
        self.tabs.addTab(self.training_panel, "Train")
        default, *_ = shipped()
        self.adaptation_panel.open_checkpoint(default.path)
        self.sessions = SessionController(self.adaptation_panel, self)
        self._build_layout()
        self.exports = ExportMenu(self.adaptation_panel, self)
        self._import: IteratorThread | None = None
        self._import_dialog: QProgressDialog | None = None
        self._build_menus()
        self.exports.exported.connect(self._on_message_shown)
        self.exports.failed.connect(self.adaptation_panel.show_problem)
        self.adaptation_panel.message_shown.connect(self._on_message_shown)
        self.training_panel.message_shown.connect(self._on_message_shown)
        self.training_panel.handed_over.connect(self._on_handed_over)
        self.sessions.opened.connect(self._on_session_opened)
        self.resize(1200, 800)
        geometry = settings().value("window/geometry")
        if isinstance(geometry, QByteArray):  # and not what a damaged file holds
            self.restoreGeometry(geometry)

    def _build_layout(self) -> None:
        centre = QWidget(self)
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self.sessions.recovery_bar, self.sessions.message_bar, self.tabs):
            layout.addWidget(part)
        self.setCentralWidget(centre)

    def _build_menus(self) -> None:
        file = self.menuBar().addMenu("&File")
        self.sessions.add_actions(file)
        file.addSeparator()
        self._add(file, "Open &checkpoint…", "Ctrl+K", self._on_open_checkpoint)
        self._add(file, "Open &run…", "Ctrl+Shift+O", self._on_open_run)
        file.addMenu(self.exports)
        file.addSeparator()
        header = self.adaptation_panel.header
        self._add(file, "Load a folder of c&lasses…", "", partial(self._on_load_drawings, header.folder_action))
        self._add(file, "Cut a &sheet of characters…", "", partial(self._on_load_drawings, header.sheet_action))
        file.addSeparator()
        self._add(file, "&Quit", QKeySequence.StandardKey.Quit, self.close)
        data = self.menuBar().addMenu("&Data")
        self._add(data, "Import Omniglot from &archives…", "", self._on_import_archives)
        self._add(data, "Import Omniglot from a &folder…", "", self._on_import_folder)
        self._add(data, "&Download Omniglot", "", lambda: self.import_omniglot(download_omniglot()))
        view = self.menuBar().addMenu("&View")
        for index, text in enumerate(("&Adapt", "&Train")):
            self._add(view, text, f"Ctrl+{index + 1}", lambda _=False, tab=index: self.tabs.setCurrentIndex(tab))
        reference = self.adaptation_panel.bar.reference_action
        reference.triggered.connect(lambda: self.tabs.setCurrentWidget(self.adaptation_panel))
        view.addAction(reference)
        about = self.menuBar().addMenu("&Help")
        self._add(about, "&About metagui", "", self._on_about)

    def _add(
        self, menu: QMenu, text: str, shortcut: QKeySequence.StandardKey | str, slot: Callable[..., object]
    ) -> None:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(shortcut))
        action.triggered.connect(slot)
        menu.addAction(action)

    def import_omniglot(self, work: Iterator[Preparation]) -> None:
        """Run an import or a download with its progress in sight; it can be cancelled."""
        if self._import is not None:
            return
        dialog = QProgressDialog("Getting Omniglot ready…", "Cancel", 0, 100, self)
        dialog.setWindowTitle("Omniglot")
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.setMinimumDuration(0)
        self._import_dialog = dialog
        self._import = IteratorThread(work, self)
        self._import.produced.connect(self._on_import_produced)
        self._import.failed.connect(self._on_import_failed)
        self._import.finished.connect(self._on_import_finished)
        dialog.canceled.connect(self._import.stop)
        self._import.start()
        dialog.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Whatever is at work ends first: a run saves itself, an import leaves nothing behind.

        The session is asked about before anything ends, so that to cancel is to go on as before. Where a run could not
        be saved, the window stays once, so that this is read.
        """
        settings().setValue("window/geometry", self.saveGeometry())
        if not self.sessions.may_leave():
            event.ignore()
            return
        if not self.training_panel.shut_down():
            self.tabs.setCurrentWidget(self.training_panel)
            event.ignore()
            return
        self.sessions.shut_down()
        self.exports.shut_down()
        self.adaptation_panel.shut_down()
        if self._import is not None:
            self._import.stop()
            self._import.wait()
        super().closeEvent(event)

    @Slot(object)
    def _on_handed_over(self, checkpoint: Checkpoint) -> None:
        self.adaptation_panel.set_checkpoint(checkpoint)
        self.tabs.setCurrentWidget(self.adaptation_panel)

    @Slot()
    def _on_session_opened(self) -> None:
        self.tabs.setCurrentWidget(self.adaptation_panel)

    @Slot(str)
    def _on_message_shown(self, text: str) -> None:
        self.statusBar().showMessage(text, 10_000)

    def _on_open_checkpoint(self) -> None:
        self.tabs.setCurrentWidget(self.adaptation_panel)
        self.adaptation_panel.ask_for_checkpoint()

    def _on_load_drawings(self, action: QAction, _: bool) -> None:
        self.tabs.setCurrentWidget(self.adaptation_panel)
        action.trigger()

    def _on_open_run(self) -> None:
        self.tabs.setCurrentWidget(self.training_panel)
        self.training_panel.open_action.trigger()

    def _on_import_archives(self) -> None:
        file, _ = QFileDialog.getOpenFileName(
            self, "One of Omniglot's two archives", last_folder("omniglot"), "Archives (*.zip);;All files (*)"
        )
        if file:
            remember_folder("omniglot", Path(file))
            self.import_omniglot(import_omniglot(Path(file)))

    def _on_import_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Omniglot's folder", last_folder("omniglot"))
        if folder:
            remember_folder("omniglot", Path(folder))
            self.import_omniglot(import_omniglot(Path(folder)))

    @Slot(object)
    def _on_import_produced(self, report: Preparation) -> None:
        if self._import_dialog is not None:
            self._import_dialog.setLabelText(report.what)
            self._import_dialog.setMaximum(report.total)
            self._import_dialog.setValue(report.done)

    @Slot(object)
    def _on_import_failed(self, error: Exception) -> None:
        text = (
            str(error) if isinstance(error, InputError) else f"The import failed by a fault of the program: {error!r}"
        )
        panels = (self.adaptation_panel, self.training_panel)
        panels[self.tabs.currentIndex()].message_bar.show_problem(text)

    @Slot()
    def _on_import_finished(self) -> None:
        if self._import is not None:
            self._import.wait()
            self._import.deleteLater()
            self._import = None
        if self._import_dialog is not None:
            self._import_dialog.deleteLater()
            self._import_dialog = None
        self.adaptation_panel.reference.refresh()

    def _on_about(self) -> None:
        QMessageBox.about(
            self,
            "About metagui",
            f"<b>metagui {__version__}</b><p>See a neural network learn to learn.</p><p>Draw an example of a few "
            "classes and watch a meta-learned network adapt to them, step by step. Train your own under Train.</p>",
        )
