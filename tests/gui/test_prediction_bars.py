from pytestqt.qtbot import QtBot

from metagui.gui import theme
from metagui.gui.prediction_bars import ClassProbability, PredictionBars, verdict

SURE = [ClassProbability("A", 0, 0.9), ClassProbability("B", 1, 0.1), ClassProbability("C", 2, None)]


def test_the_verdict_names_the_most_probable_class() -> None:
    assert verdict(SURE, None) == ("A", "90 %", "")


def test_the_verdict_is_compared_with_a_known_label() -> None:
    assert verdict(SURE, "A")[2] == "✓ right"
    assert verdict(SURE, "B")[2] == "✗ it is B"


def test_a_doubtful_verdict_names_the_second_class_too() -> None:
    doubtful = [ClassProbability("A", 0, 0.4), ClassProbability("B", 1, 0.35), ClassProbability("C", 2, 0.25)]
    assert verdict(doubtful, None) == ("A", "40 %", "not sure; then B · 35 %")


def test_alike_probabilities_are_no_verdict() -> None:
    alike = [ClassProbability(name, 0, 1 / 3) for name in "ABC"]
    assert verdict(alike, None)[0] == "Undecided"


def with_none(none: float, *classes: float) -> list[ClassProbability]:
    answers = [ClassProbability(name, index, p) for index, (name, p) in enumerate(zip("ABC", classes, strict=False))]
    return [*answers, ClassProbability("None of these", theme.QUIET, none)]


def test_a_drawing_that_is_far_from_all_classes_is_said_to_be_of_none() -> None:
    foreign = with_none(0.93, 0.05, 0.02)
    assert verdict(foreign, None) == ("None of these", "93 %", "far from all classes; the nearest is A")
    assert verdict(foreign, "None of these")[2].startswith("✓ right, ")
    assert verdict(foreign, "B")[2].startswith("✗ it is B, ")


def test_what_is_doubtful_names_none_of_these_second() -> None:
    assert verdict(with_none(0.4, 0.45, 0.15), None) == ("A", "45 %", "not sure; then None of these · 40 %")


def test_classes_that_are_alike_are_no_verdict_where_none_of_them_is_possible_too() -> None:
    assert verdict(with_none(0.0, 0.5, 0.5), None)[0] == "Undecided"
    assert verdict(with_none(0.6, 0.2, 0.2), None)[0] == "None of these"


def test_bars_are_told_to_screen_readers(qtbot: QtBot) -> None:
    bars = PredictionBars()
    qtbot.addWidget(bars)
    bars.show()
    bars.show_classes(SURE)
    assert bars.accessibleDescription() == "A 90 %, B 10 %, C no part"
    assert bars.text == "A · 90 %"
    bars.show_hint("Draw.")
    assert bars.text == "Draw."
    assert not bars.classes


def test_twenty_long_names_are_painted_in_little_room(qtbot: QtBot) -> None:
    bars = PredictionBars()
    qtbot.addWidget(bars)
    bars.resize(150, 120)
    bars.show_classes([ClassProbability("a rather long name " * 3, index, index / 190) for index in range(20)])
    bars.show()
    assert not bars.grab().isNull()
