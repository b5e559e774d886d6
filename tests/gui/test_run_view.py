import pytest
from pytestqt.qtbot import QtBot

from metagui.data.preparation import Preparation
from metagui.gui.run_view import RunView, duration
from metagui.learn.config import TrainingConfig
from metagui.learn.evaluation import Evaluation
from metagui.learn.events import Progress, Validated, Validating
from metagui.learn.learner import MetaStep

CONFIG = TrainingConfig(meta_batch=2, iterations=100)
FIGURES = MetaStep(*(0.5 for _ in MetaStep.__dataclass_fields__))


@pytest.fixture
def view(qtbot: QtBot) -> RunView:
    view = RunView()
    qtbot.addWidget(view)
    return view


def test_progress_is_told_in_figures_a_bar_and_the_curves(view: RunView) -> None:
    view.show_event(Progress(25, 5.0, 10.0, FIGURES), CONFIG)
    assert view.status.text() == "Iteration 25 of 100  ·  10 tasks/s  ·  15 s left"
    assert view.progress.value() == view.progress.maximum() // 4
    assert view.curves.loss_plot.points["query after"].columns[0].tolist() == [25]


def test_what_comes_before_and_beside_training_is_told_too(view: RunView) -> None:
    view.show_event(Preparation(1, 2000, "Drawing characters"), CONFIG)
    assert view.status.text() == "Drawing characters: 1 of 2,000"
    view.show_event(Validating(3, 10), CONFIG)
    assert view.status.text() == "Validating: 3 of 10 episodes"
    view.show_event(Validated(25, Evaluation(0.5, 0.1, 10), best=True), CONFIG)
    assert "Iteration 25: validation 50.00 ± 10.00 %, the best so far" in view.log.toPlainText()
    assert view.curves.accuracy_plot.points["validation"].columns[1].tolist() == [50]


def test_a_long_status_does_not_make_the_window_wider(view: RunView) -> None:
    before = view.minimumSizeHint().width()
    view.show_status("w" * 500)
    assert view.minimumSizeHint().width() == before


def test_a_held_status_is_not_changed_by_what_was_on_its_way(view: RunView) -> None:
    view.hold("Paused.")
    view.show_event(Progress(25, 5.0, 10.0, FIGURES), CONFIG)
    assert view.status.text() == "Paused."
    view.release()
    view.show_status("On.")
    assert view.status.text() == "On."


def test_clearing_leaves_what_happened(view: RunView) -> None:
    view.show_event(Progress(25, 5.0, 10.0, FIGURES), CONFIG)
    view.write("Begun.")
    view.clear()
    assert view.progress.value() == 0
    assert not view.curves.loss_plot.points["query after"].columns.size
    assert "Begun." in view.log.toPlainText()


@pytest.mark.parametrize(("seconds", "text"), [(59.6, "60 s"), (600, "10 min"), (9000, "2.5 h")])
def test_durations_are_in_the_largest_unit_that_fits(seconds: float, text: str) -> None:
    assert duration(seconds) == text
