"""The session as a file: New, Open, Save, what is said and asked about it, and what is kept against a crash."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMainWindow, QMenu, QMessageBox

from metagui.data.errors import InputError
from metagui.data.files import exists
from metagui.data.places import Place
from metagui.data.task import MOST, Task
from metagui.gui.actions import add_action
from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.autosave import Autosave, left_behind
from metagui.gui.message_bar import MessageBar
from metagui.gui.recent_files import RecentFiles
from metagui.gui.recovery_bar import RecoveryBar
from metagui.gui.session_questions import (
    ask_for_session,
    ask_where_to_save,
    ask_whether_to_discard,
    ask_whether_to_save,
)
from metagui.learn.session import Session
from metagui.learn.session_file import SUFFIX, read_session, write_session

_USUAL_NAMES = {drawn.name for drawn in Task().with_class_count(MOST).classes}


class SessionController(QObject):
    """What the panel shows is clean as it is when this is made; nothing is asked and kept before `guard`."""

    opened = Signal()  # another session is on show

    def __init__(self, panel: AdaptationPanel, window: QMainWindow) -> None:
        super().__init__(window)
        self._panel, self._window = panel, window
        self._path: Path | None = None  # the user's file
        self._saved: Session | None = panel.session  # None: what is on show is no file's content
        self._is_guarded = self._is_asking = False
        self._left_behind: list[Place] = []
        self._autosave = Autosave(self)
        self.message_bar = MessageBar(window)
        self.recovery_bar = RecoveryBar(window)
        self.recent = RecentFiles("Open &recent", window)
        panel.session_changed.connect(self._on_session_changed)
        self._autosave.failed.connect(self.message_bar.show_problem)
        self.recent.chosen.connect(self._on_recent_chosen)
        self.recovery_bar.recover_clicked.connect(self._on_recover_clicked)
        self.recovery_bar.discard_clicked.connect(self._on_discard_clicked)
        self.recovery_bar.put_off.connect(self._on_put_off)
        self._show_title()

    def add_actions(self, menu: QMenu) -> None:
        new = add_action(self._window, "&New session", "Ctrl+N", "Begin a session without drawings")
        opening = add_action(self._window, "&Open session…", "Ctrl+O", "Open a session's file")
        save = add_action(self._window, "&Save", "Ctrl+S", "Save the session to its file")
        save_as = add_action(self._window, "Save &as…", "Ctrl+Shift+S", "Save the session to another file")
        new.triggered.connect(self.new)
        opening.triggered.connect(self.ask_and_open)
        save.triggered.connect(self.save)
        save_as.triggered.connect(self.save_as)
        menu.addActions([new, opening])
        menu.addMenu(self.recent)
        menu.addActions([save, save_as])

    @property
    def is_dirty(self) -> bool:
        return self._saved is None or not self._panel.session.is_as(self._saved)

    @property
    def name(self) -> str:
        """Of the session, for people."""
        return self._path.name if self._path else "Untitled session"

    def guard(self) -> None:
        """From now on nothing is lost: the user is asked, changes are autosaved, and what a crash left is offered."""
        self._is_guarded = True
        self._left_behind = left_behind()
        self._offer()

    def may_leave(self) -> bool:
        """Ask whether to save what is on show where that has changed. False where it is to stay on show.

        Discarding takes effect only when something else comes on show, or with `shut_down`.
        """
        if not self._is_guarded or not self._is_worth_keeping():
            return True
        if self._is_asking:  # Ctrl-C in the terminal while the question is open
            return False
        self._is_asking = True
        try:
            answer = ask_whether_to_save(self._window, f"“{self._path.name}”" if self._path else "this session")
        finally:
            self._is_asking = False
        return (
            self.save() if answer == QMessageBox.StandardButton.Save else answer == QMessageBox.StandardButton.Discard
        )

    def shut_down(self) -> None:
        """After `may_leave`: what is not saved by now is not wanted."""
        self._is_guarded = False
        self._autosave.shut_down()
        self._on_put_off()

    # What the menu does

    @Slot()
    def new(self) -> None:
        """No drawings and no lanes; the network stays."""
        if self.may_leave():
            now = self._panel.session
            fitted = now.checkpoint.settings.fitted if now.checkpoint else now.fitted
            self._show(Session(Task(), now.checkpoint, fitted=fitted, steps=now.steps), None)

    @Slot()
    def ask_and_open(self) -> None:
        if self.may_leave() and (path := ask_for_session(self._window)):
            self._open(path)

    def open_file(self, path: Path) -> None:
        """Show this session, or a message why that cannot be done."""
        if self.may_leave():
            self._open(path)

    @Slot()
    def save(self) -> bool:
        """Whether it is saved now: not where the user or the disk refuses."""
        return self.save_as() if self._path is None else self._write(self._path)

    @Slot()
    def save_as(self) -> bool:
        path = ask_where_to_save(self._window, self._path.name if self._path else f"session{SUFFIX}")
        return path is not None and self._write(path)

    # The file

    def _open(self, path: Path) -> None:
        try:
            session = read_session(path)
        except InputError as error:
            self.message_bar.show_problem(str(error))
            return
        self._show(session, path.absolute())
        self.recent.add(path)

    def _show(self, session: Session, path: Path | None) -> None:
        self.message_bar.hide()
        self._panel.show_session(session)
        self._path, self._saved = path, self._panel.session
        self._autosave.forget()
        self._show_title()
        self.opened.emit()

    def _write(self, path: Path) -> bool:
        session = self._panel.session
        try:
            write_session(path, session)
        except InputError as error:
            self.message_bar.show_problem(f"The session is not saved. {error}")
            return False
        self.message_bar.hide()
        self._path, self._saved = path.absolute(), session
        self._autosave.forget()
        self.recent.add(path)
        self._show_title()
        return True

    def _is_worth_keeping(self) -> bool:
        """There are changes, and not only the choice of a network for drawings that are still to come."""
        task = self._panel.task
        is_untouched = self._path is None and task.is_blank and {one.name for one in task.classes} <= _USUAL_NAMES
        return self.is_dirty and not is_untouched

    def _show_title(self) -> None:
        name = self.name.replace("[*]", "[*][*]")  # Qt's own mark, twice where it is meant
        self._window.setWindowTitle(f"{name}[*] – metagui")
        self._window.setWindowModified(self.is_dirty)

    @Slot()
    def _on_session_changed(self) -> None:
        self._show_title()
        if not self._is_guarded:
            return
        if self._is_worth_keeping():
            self._autosave.keep(replace(self._panel.session, document=self._path))
        else:
            self._autosave.forget()

    @Slot(Path)
    def _on_recent_chosen(self, path: Path) -> None:
        if exists(path):
            self.open_file(path)
        else:
            self.recent.remove(path)
            self.message_bar.show_problem(f"{path} is no longer there: it has been taken off the list.")

    # What a crash left behind

    def _offer(self) -> None:
        """The newest that is left, or nothing."""
        self._left_behind = [place for place in self._left_behind if exists(place.path)]
        if not self._left_behind:
            self.recovery_bar.hide()
            return
        more = " Another one is offered after it." if self._left_behind[1:] else ""
        self.recovery_bar.offer(f"The program ended without saving {_described(self._left_behind[0])}.{more}")

    @Slot()
    def _on_recover_clicked(self) -> None:
        if not self.may_leave():
            return
        try:
            session = read_session(self._left_behind[0].path)
        except InputError as error:
            self.message_bar.show_problem(str(error))
            return
        self._show(session, session.document)
        self._saved = None
        self._autosave.adopt(self._left_behind.pop(0))
        self._show_title()
        self._offer()

    @Slot()
    def _on_discard_clicked(self) -> None:
        if ask_whether_to_discard(self._window, _described(self._left_behind[0])):
            place = self._left_behind.pop(0)
            place.path.unlink(missing_ok=True)
            place.release()
            self._offer()

    @Slot()
    def _on_put_off(self) -> None:
        for place in self._left_behind:
            place.release()
        self._left_behind = []
        self.recovery_bar.hide()


def _described(place: Place) -> str:
    """“a.metagui”, 12 drawings, of 3 May 2026, 14:02."""
    when = datetime.fromtimestamp(place.path.stat().st_mtime).strftime("%d %B %Y, %H:%M").lstrip("0")
    try:
        session = read_session(place.path)
    except InputError:
        return f"a session of {when}, which cannot be read"
    name = f"“{session.document.name}”" if session.document else "a session"
    count = "1 drawing" if session.drawings == 1 else f"{session.drawings} drawings"
    return f"{name} of {when} with {count}"
