from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.benchmarks import training

CURVES = {"MAML": [(10.0, 0.6), (20.0, 0.8)], "ANIL": [(12.0, 0.9)]}


@pytest.mark.usefixtures("qapp")
def test_curves_are_written_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "CSV", tmp_path / "curves.csv")
    monkeypatch.setattr(training, "PICTURE", tmp_path / "curves.png")
    monkeypatch.setattr("metagui.gui.application.make_application", QApplication.instance)  # there is one
    training.write(CURVES)
    training.draw(CURVES)
    lines = (tmp_path / "curves.csv").read_text().splitlines()
    assert lines == ["learner,seconds,validation_accuracy", "MAML,10.0,0.6", "MAML,20.0,0.8", "ANIL,12.0,0.9"]
    picture = QImage(str(tmp_path / "curves.png"))
    assert (picture.width(), picture.height()) == (900, 560)
