"""The way through the inner steps, on the real window: what is to be seen of each, and where the drawings lie then."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from metagui.gui.adaptation_panel import AdaptationPanel
from metagui.gui.main_window import MainWindow
from metagui.learn.shipped import shipped
from tests.e2e.people import drawings
from tests.gui.hands import draw

ALT = Qt.KeyboardModifier.AltModifier


class User:
    """Draws three letters by several people, and asks the network about them."""

    def __init__(self, window: MainWindow, qtbot: QtBot, archives: Path) -> None:
        self.window, self.qtbot = window, qtbot
        self.people = list(drawings(archives).values())
        window.tabs.setCurrentWidget(self.panel)
        with qtbot.waitActive(window):
            window.activateWindow()

    @property
    def panel(self) -> AdaptationPanel:
        return self.window.adaptation_panel

    def opens(self, name: str) -> None:
        (path,) = (card.path for card in shipped() if card.name == name)
        self.panel.open_checkpoint(path)
        self.waits()

    def waits(self) -> None:
        self.qtbot.waitUntil(lambda: self.panel.is_settled, timeout=60_000)

    def draws_support(self, shots: int) -> None:
        for row, people in zip(self.panel.rows, self.people, strict=True):
            for drawing in people[:shots]:
                draw(row.cells[-1].canvas, *drawing)

    def draws_queries(self) -> None:
        """One of each letter, and says what it is."""
        pad = self.panel.query_pad
        for row, people in enumerate(self.people):
            QTest.mouseClick(pad.new_button, Qt.MouseButton.LeftButton)
            draw(pad.canvas, *people[7])
            pad.label_box.setFocus()
            for _ in range(row + 1):
                QTest.keyClick(pad.label_box, Qt.Key.Key_Down)

    def sets_inner_steps(self, number: int) -> None:
        boxes = [box for box in self.panel.bar.findChildren(QSpinBox) if "gradient steps" in box.toolTip()]
        boxes[0].setFocus()
        boxes[0].selectAll()
        QTest.keyClicks(boxes[0], str(number))
        QTest.keyClick(boxes[0], Qt.Key.Key_Return)
        self.waits()

    def presses(self, widget: QWidget, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        widget.setFocus()
        QTest.keyClick(widget, key, held)

    def likeliest(self) -> list[int]:
        """The likeliest class of each query at the step on show; of few examples a network may say "none of these"."""
        step = self.panel.timeline.step
        assert step is not None
        return step.query_probabilities.argmax(1).tolist()

    def looks_at(self, title: str) -> None:
        bar = self.panel.timeline.views.tabBar()
        (index,) = (index for index in range(bar.count()) if bar.tabText(index) == title)
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())


@pytest.fixture
def user(window: MainWindow, qtbot: QtBot, omniglot_archives: Path) -> User:
    user = User(window, qtbot, omniglot_archives)
    user.opens("maml")  # whose steps go on moving all its layers where the first one has told the classes apart
    user.draws_support(2)
    user.draws_queries()
    user.waits()
    return user


def test_a_network_is_watched_as_it_changes_its_mind(user: User, qtbot: QtBot) -> None:
    panel, timeline = user.panel, user.panel.timeline
    assert [query.label for query in panel.task.queries] == [0, 1, 2]
    user.sets_inner_steps(8)
    assert timeline.place == 8
    assert "trained with 3 – beyond" in timeline._label.text()

    user.presses(timeline.slider, Qt.Key.Key_Home)
    assert timeline._label.text().startswith("Before adaptation")
    own = [cell.own_probability for row in panel.rows for cell in row.cells[:2]]
    assert [bar.verdict and bar.verdict.own for bar in own] == pytest.approx([1 / 3] * 6, abs=1e-3)
    user.looks_at("Layers")
    layers = panel.column.layers
    assert [bar.share for bar in layers.bars.bars] == [0] * 5
    filters = layers.filters.shown[0]
    before = layers.grab().toImage()

    user.presses(panel.rows[0].cells[0].canvas, Qt.Key.Key_Right, ALT)  # from anywhere
    user.presses(timeline.slider, Qt.Key.Key_Right)
    assert timeline.place == 2
    assert all(bar.share > 0 for bar in layers.bars.bars)
    assert layers.grab().toImage() != before
    assert (layers.filters.shown[2] != filters).any()
    assert all(bar.verdict and bar.verdict.is_right for bar in own)
    assert user.likeliest() == [0, 1, 2]
    user.looks_at("Steps")
    assert "(100 % right)" in panel.column.curves._legend.text()

    draw(panel.rows[1].cells[2].canvas, *user.people[1][2])  # the support changes, and the place does not
    user.waits()
    assert timeline.place == 2
    assert timeline.step is not None
    assert timeline.step.inside.support_probabilities.shape == (7, 3)

    (play,) = (
        button for button in timeline.findChildren(QToolButton) if button.defaultAction() is timeline.play_action
    )
    user.presses(timeline.slider, Qt.Key.Key_End)
    QTest.mouseClick(play, Qt.MouseButton.LeftButton)
    assert timeline.place == 0
    qtbot.waitUntil(lambda: not timeline.play_action.isChecked(), timeout=20_000)
    assert timeline.place == 8
    assert user.likeliest() == [0, 1, 2]


def test_the_feature_space_shows_the_drawings_and_opens_a_query(user: User) -> None:
    panel, features = user.panel, user.panel.column.features
    user.looks_at("Features")
    user.presses(panel.timeline.slider, Qt.Key.Key_Home)
    before = [features.place_of(index) for index in range(9)]
    user.presses(panel.timeline.slider, Qt.Key.Key_End)
    assert [features.place_of(index) for index in range(9)] != before
    # A letter's drawings lie near one another: each query's nearest prototype is that of its own class.
    points = features._points
    assert points is not None
    prototypes = points.prototypes(panel.timeline.place)
    queries = points.places[panel.timeline.place, 6:]
    distances = ((queries[:, None] - prototypes) ** 2).sum(2)
    assert distances.argmin(1).tolist() == [0, 1, 2]

    QTest.mouseMove(features, features.place_of(6).toPoint())
    assert features.text.startswith(f"query 1, {panel.task.classes[0].name}\nnamed ")
    assert panel.task.place == 2
    QTest.mouseClick(features, Qt.MouseButton.LeftButton, pos=features.place_of(6).toPoint())
    user.waits()
    assert panel.task.place == 0
    assert panel.query_pad.canvas.sketch is panel.task.queries[0].sketch


def test_what_takes_no_inner_steps_is_frozen(user: User) -> None:
    user.looks_at("Layers")
    user.opens("protonet-any")
    assert not user.panel.timeline.slider.isEnabled()
    assert [bar.text for bar in user.panel.column.layers.bars.bars] == ["frozen"] * 5
    assert user.likeliest() == [0, 1, 2]
