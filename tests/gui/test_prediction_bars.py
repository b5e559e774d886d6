from pytestqt.qtbot import QtBot

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
