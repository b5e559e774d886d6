"""What came of a challenge: both scores, and each query with what it was taken for."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from metagui.data.glyph import SIDE, GlyphSettings
from metagui.data.task import Sketch
from metagui.gui import theme
from metagui.gui.challenge import PEOPLE, WAY, Attempt, Challenge, right
from metagui.gui.glyph_view import glyph_image

_SETTINGS = GlyphSettings()


class ChallengeResult(QWidget):
    again_clicked = Signal()
    open_clicked = Signal()
    close_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel(self)
        self.bars: dict[str, QProgressBar] = {}
        self._names: dict[str, QLabel] = {}
        scores = QGridLayout()
        scores.setColumnStretch(1, 1)
        for row, who in enumerate(("person", "network", "people")):
            self._names[who] = QLabel(self)
            self.bars[who] = QProgressBar(self)
            self.bars[who].setRange(0, 1000)
            scores.addWidget(self._names[who], row, 0)
            scores.addWidget(self.bars[who], row, 1)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.table = QTableWidget(WAY, 4, self)
        self.table.setAccessibleName("The drawings, what they are, and what they were taken for")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setIconSize(QSize(SIDE, SIDE))
        self.table.verticalHeader().setDefaultSectionSize(SIDE + 6)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for text, tip, told in (
            ("Again", "Another twenty characters", self.again_clicked),
            ("Open in the studio", "Put this task into the panel, where it can be undone", self.open_clicked),
            ("Close", "Close (Esc)", self.close_clicked),
        ):
            button = QPushButton(text, self)
            button.setToolTip(tip)
            button.clicked.connect(told)
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.heading)
        layout.addLayout(scores)
        layout.addWidget(self.note)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)

    def show_result(self, attempt: Attempt, seconds: float, network: str, answers: Sequence[int], why: str) -> None:
        """The person's attempt beside what the network of this name answered; where it did not, `why` says so."""
        challenge = attempt.challenge
        self.heading.setText(f"<h3>{challenge.alphabet}: done in {_duration(seconds)}</h3>")
        self._show_score("person", "You", *right(challenge, attempt.answers))
        if answers:
            self._show_score("network", network, *right(challenge, answers))
        else:
            self._show_bar("network", network, 0, why)
        self._show_bar("people", "People", PEOPLE, f"{100 * PEOPLE:.1f} % (Lake et al. 2015)")
        self.note.setText(self._note(challenge, attempt.answers, answers))
        self._show_table(challenge, attempt.answers, answers, network)

    def _note(self, challenge: Challenge, own: Sequence[int], network: Sequence[int]) -> str:
        text = challenge.fairness
        if challenge.seen and network:
            (mine, total), (its, _) = (right(challenge, rows, challenge.seen) for rows in (own, network))
            if total:
                text += f" Of the other {total}: you {mine}, the network {its}."
        return text

    def _show_score(self, who: str, name: str, hits: int, total: int) -> None:
        self._show_bar(who, name, hits / total, f"{hits} of {total} ({100 * hits / total:.0f} %)")

    def _show_bar(self, who: str, name: str, share: float, text: str) -> None:
        self._names[who].setText(name)
        bar = self.bars[who]
        bar.setValue(round(1000 * share))
        bar.setFormat(text)
        bar.setAccessibleName(f"{name}: {text}")

    def _show_table(self, challenge: Challenge, own: Sequence[int], network: Sequence[int], name: str) -> None:
        self.table.setHorizontalHeaderLabels(["Drawing", "It is", "You said", f"{name} said"])
        for place, query in enumerate(challenge.task.queries):
            label = challenge.labels[place]
            self._show_cell(place, 0, query.sketch, "")
            self._show_cell(place, 1, *self._named(challenge, label))
            for column, rows in ((2, own), (3, network)):
                if rows:
                    hit = rows[place] == label
                    sketch, text = self._named(challenge, rows[place])
                    colour = theme.success(self.palette()) if hit else theme.error(self.palette())
                    self._show_cell(place, column, sketch, f"{'✓' if hit else '✗'} {text}", colour)
                else:
                    self.table.setItem(place, column, QTableWidgetItem("–"))

    def _named(self, challenge: Challenge, row: int) -> tuple[Sketch, str]:
        drawn = challenge.task.classes[row]
        return drawn.sketches[0], drawn.name.removeprefix(f"{challenge.alphabet} ")

    def _show_cell(self, row: int, column: int, sketch: Sketch, text: str, colour: QColor | None = None) -> None:
        item = QTableWidgetItem(QIcon(QPixmap.fromImage(glyph_image(sketch.glyph(_SETTINGS), self.palette()))), text)
        item.setForeground(colour or self.palette().color(QPalette.ColorRole.Text))
        self.table.setItem(row, column, item)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
