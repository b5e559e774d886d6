import pytest
from pytestqt.qtbot import QtBot

from metagui.gui.movement_bars import MovementBars, bars
from metagui.learn.adaptation import LayerMovement

# Two blocks, of which one is frozen, and a head that starts from nothing, at three steps.
STEPS = [
    {"block 1": LayerMovement(far, 2.0), "block 2": None, "head": LayerMovement(out, 0.0)}
    for far, out in ((0.0, 0.0), (0.02, 0.5), (0.2, 5.0))
]


def test_bars_grow_on_one_scale_for_all_steps() -> None:
    shares = [[bar.share for bar in bars(STEPS, number)[0]] for number in range(3)]
    assert shares[0] == [0, 0, 0]
    assert shares[1] == [0.01, 0, 0.01]  # 1 % is where the scale begins, and a tenth of the longest
    assert shares[2] == pytest.approx([1, 0, 1])
    _, ticks = bars(STEPS, 1)
    assert [(tick.text, tick.share) for tick in ticks] == [("1 %", 0), ("10 %", 1)]


def test_what_has_moved_is_told_in_numbers() -> None:
    assert [bar.text for bar in bars(STEPS, 2)[0]] == ["10 %", "frozen", "5 from 0"]


def test_a_layer_that_hardly_moves_is_seen_beside_one_that_moves_far() -> None:
    far, near = LayerMovement(20.0, 10.0), LayerMovement(0.005, 10.0)
    (first, second), ticks = bars([{"block 1": near, "head": far}], 0)
    assert 0.1 < first.share < second.share < 1
    assert [tick.text for tick in ticks] == ["0.01 %", "0.1 %", "1 %", "10 %", "100 %", "1000 %"]


@pytest.mark.parametrize("moved", [LayerMovement(float("nan"), 1.0), LayerMovement(float("inf"), 1.0), None])
def test_what_cannot_be_measured_is_shown_all_the_same(moved: LayerMovement | None) -> None:
    (bar,), _ = bars([{"head": moved}], 0)
    assert 0 <= bar.share <= 1


def test_a_frozen_layer_looks_other_than_one_that_has_not_moved(qtbot: QtBot) -> None:
    pictures = []
    for moved in (None, LayerMovement(0.0, 1.0), LayerMovement(1.0, 1.0), LayerMovement(1.0, 0.0)):
        widget = MovementBars()
        qtbot.addWidget(widget)
        widget.resize(260, 60)
        widget.show_movements([{"head": moved}])
        widget.show_step(0)
        pictures.append(widget.grab().toImage())
        assert widget.accessibleDescription().startswith("head: ")
    assert all(one != other for index, one in enumerate(pictures) for other in pictures[:index])
