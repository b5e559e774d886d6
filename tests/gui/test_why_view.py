from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from metagui.data.glyph import GlyphSettings
from metagui.data.task import DrawnClass, Query, Sketch, Task, query_arrays, support_arrays
from metagui.gui.adaptation_worker import AdaptationAnswer, AdaptationRequest
from metagui.gui.why_view import WhyView
from metagui.learn.adaptation import adapt_steps
from metagui.learn.checkpoint import Checkpoint, load_checkpoint
from metagui.learn.explanation import explain
from metagui.learn.shipped import shipped
from tests.gui.hands import BAR, RING, ZIGZAG

SETTINGS = GlyphSettings()
PROTONET = next(card.path for card in shipped() if card.name == "protonet-any")


def sketch(points: object, *, is_active: bool = True) -> Sketch:
    return Sketch((np.array(points, np.float32),), is_active=is_active)


RINGS = DrawnClass("ring", (sketch(RING), sketch(RING[:20]), sketch(RING[4:], is_active=False)))
BARS = DrawnClass("bar", (sketch(BAR), sketch(BAR[2:])))
NONE = DrawnClass("none")
TASK = Task((RINGS, NONE, BARS), (Query(sketch(RING[2:])), Query(sketch(ZIGZAG))))


def answer_of(checkpoint: Checkpoint, task: Task = TASK, steps: int = 1) -> AdaptationAnswer:
    arrays = *support_arrays(task, SETTINGS), *query_arrays(task, SETTINGS)
    request = AdaptationRequest(0, checkpoint, task, *arrays, steps)
    return AdaptationAnswer(request, tuple(adapt_steps(checkpoint.learner(), *arrays, steps)), is_complete=True)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[WhyView]:
    view = WhyView()
    qtbot.addWidget(view)
    view.resize(430, 260)
    view.show()
    yield view
    view.shut_down()


def show(view: WhyView, qtbot: QtBot, answer: AdaptationAnswer, number: int = 1) -> None:
    view.show_answer(answer, SETTINGS)
    view.show_step(number)
    qtbot.waitUntil(lambda: view.is_settled, timeout=60_000)


def test_it_shows_what_speaks_for_the_winner_of_the_step_on_show(
    view: WhyView, qtbot: QtBot, checkpoint: Checkpoint
) -> None:
    answer = answer_of(checkpoint, steps=2)
    show(view, qtbot, answer, 1)
    request = answer.request
    *_, expected = explain(checkpoint.learner(), request.support, request.labels, request.query[0], 2)
    places = [(0, 0), (0, 1), (2, 0), (2, 1)]  # of the support's drawings: classes and their drawings that are on
    for number in (1, 2):
        view.show_step(number)
        np.testing.assert_allclose(view.evidence.evidence, expected.evidence[number], atol=1e-4)
        shown = {one.place: one for one in view.drawings.drawings}
        for place, influence in zip(places, expected.influence[number], strict=True):
            assert shown[place].influence == pytest.approx(influence, abs=1e-3)
            without = 1 / (1 + np.exp(influence - expected.log_odds[number]))
            assert shown[place].without == pytest.approx(without, abs=1e-3)
        assert not shown[0, 2].is_active
        winner = ["ring", "bar"][expected.winners[number]]
        assert f"Why {winner} ·" in view.heading.text()
        assert f"in {number} steps" in view.note.text()


def test_nothing_is_computed_while_it_is_not_to_be_seen(qtbot: QtBot, checkpoint: Checkpoint) -> None:
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    view = WhyView()
    tabs.addTab(QWidget(), "other")
    tabs.addTab(view, "Why")
    tabs.show()
    view.show_answer(answer_of(checkpoint), SETTINGS)
    view.show_step(1)
    assert view.is_settled
    assert not view.drawings.drawings
    tabs.setCurrentIndex(1)
    assert not view.is_settled
    assert "working it out" in view.heading.text()
    assert [one.influence for one in view.drawings.drawings] == [None] * 5
    tabs.setCurrentIndex(0)
    assert view.is_settled  # given up
    tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: view.is_settled, timeout=60_000)
    assert "working it out" not in view.heading.text()
    assert view.evidence.evidence is not None
    view.shut_down()


def test_no_figure_of_another_query_is_shown(view: WhyView, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    show(view, qtbot, answer_of(checkpoint))
    view.show_answer(answer_of(checkpoint, TASK.showing(1)), SETTINGS)
    assert view.evidence.evidence is None
    assert {one.influence for one in view.drawings.drawings} == {None}
    qtbot.waitUntil(lambda: view.is_settled, timeout=60_000)
    assert view.evidence.evidence is not None


def test_the_same_question_is_not_worked_out_again(view: WhyView, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    show(view, qtbot, answer_of(checkpoint))
    labelled = TASK.with_query(Query(TASK.query.sketch, 0))
    view.show_answer(answer_of(checkpoint, labelled), SETTINGS)
    assert view.is_settled
    assert view.evidence.evidence is not None


def test_without_a_query_it_says_what_to_do(view: WhyView, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    show(view, qtbot, answer_of(checkpoint))
    show(view, qtbot, answer_of(checkpoint, TASK.showing(2)))
    assert view.hint.isVisible()
    assert "Draw a query" in view.hint.text()


def test_where_all_classes_are_alike_nothing_speaks_for_one(
    view: WhyView, qtbot: QtBot, checkpoint: Checkpoint
) -> None:
    show(view, qtbot, answer_of(checkpoint), 0)  # the shared head starts from chance
    assert view.hint.isVisible()
    assert "equally likely" in view.hint.text()
    view.show_step(1)
    assert view.evidence.isVisible()


def test_of_an_adaptation_that_diverged_it_says_so(view: WhyView, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    weights = {name: one * np.inf if one.is_floating_point() else one for name, one in checkpoint.weights.items()}
    show(view, qtbot, answer_of(replace(checkpoint, weights=weights)))
    assert "diverged" in view.hint.text()


def test_a_class_that_would_take_no_part_is_said_to(view: WhyView, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    show(view, qtbot, answer_of(checkpoint, TASK.with_class(2, DrawnClass("bar", (sketch(BAR),)))))
    assert "takes no part" in view.note.text()


def test_a_learner_without_inner_steps_takes_its_means_anew(view: WhyView, qtbot: QtBot) -> None:
    show(view, qtbot, answer_of(load_checkpoint(PROTONET), steps=0), 0)
    assert "class means" in view.note.text()
    assert view.evidence.evidence is not None


def test_a_name_is_no_markup(view: WhyView, qtbot: QtBot, checkpoint: Checkpoint) -> None:
    task = TASK.with_class(0, replace(RINGS, name="<b>&")).with_class(2, replace(BARS, name="<i>"))
    show(view, qtbot, answer_of(checkpoint, task))
    assert "Why &lt;" in view.heading.text()
