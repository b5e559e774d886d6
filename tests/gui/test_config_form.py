import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QSpinBox
from pytestqt.qtbot import QtBot

from metagui.gui.config_form import ConfigForm
from metagui.learn.config import TrainingConfig, options
from metagui.learn.presets import PRESETS


@pytest.fixture
def form(qtbot: QtBot) -> ConfigForm:
    form = ConfigForm()
    qtbot.addWidget(form)
    return form


def test_there_is_a_field_for_every_option(form: ConfigForm) -> None:
    assert list(form.fields) == list(options())
    assert all(field.accessibleName() and field.toolTip() for field in form.fields.values())
    assert form.config() == TrainingConfig()


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_put_in_comes_out(form: ConfigForm, name: str) -> None:
    config = dataclasses.replace(PRESETS[name], data="some/folder", meta_lr=0.000125, seed=2**31 - 1, mixed_shots=True)
    form.set_config(config)
    assert form.config() == config


def test_a_preset_fills_the_form_and_an_edit_leaves_it(form: ConfigForm, qtbot: QtBot) -> None:
    form.preset.setCurrentText("basic")
    form.preset.activated.emit(form.preset.currentIndex())
    assert form.config() == PRESETS["basic"]
    assert form.preset.currentText() == "basic"
    way = form.fields["way"]
    assert isinstance(way, QSpinBox)
    with qtbot.waitSignal(form.changed):
        qtbot.keyClick(way, Qt.Key.Key_Up)
    assert form.config().way == 6
    assert form.preset.currentText() == "custom"
    qtbot.keyClick(way, Qt.Key.Key_Down)
    assert form.preset.currentText() == "basic"


def test_a_learner_is_asked_about_its_own_options_alone(form: ConfigForm) -> None:
    form.show()
    assert not form.fields["learned_rates"].isVisible()
    learner = form.fields["learner"]
    assert isinstance(learner, QComboBox)
    learner.setCurrentText("maml++")
    rates = form.fields["learned_rates"]
    assert isinstance(rates, QCheckBox)
    assert rates.isVisible()
    rates.setChecked(True)
    assert form.config().learned_rates
    learner.setCurrentText("protonet")
    assert not rates.isVisible()
    assert not form.fields["inner_steps"].isVisible()
    assert form.config() == TrainingConfig(learner="protonet")


def test_a_rate_may_be_typed_as_a_power_of_ten(form: ConfigForm, qtbot: QtBot) -> None:
    rate = form.fields["meta_lr"]
    assert isinstance(rate, QDoubleSpinBox)
    rate.selectAll()
    qtbot.keyClicks(rate, "5e-4")
    qtbot.keyClick(rate, Qt.Key.Key_Return)
    assert form.config().meta_lr == 0.0005
    assert rate.text() == "0.0005"


@pytest.mark.parametrize("text", ["nan", "-1", "0", "1e9", "abc"])
def test_a_rate_out_of_range_is_not_taken(form: ConfigForm, qtbot: QtBot, text: str) -> None:
    rate = form.fields["inner_lr"]
    assert isinstance(rate, QDoubleSpinBox)
    rate.selectAll()
    qtbot.keyClicks(rate, text)
    qtbot.keyClick(rate, Qt.Key.Key_Return)
    assert 1e-6 <= form.config().inner_lr <= 100


def test_iterations_cannot_be_zero(form: ConfigForm, qtbot: QtBot) -> None:
    iterations = form.fields["iterations"]
    assert isinstance(iterations, QSpinBox)
    iterations.selectAll()
    qtbot.keyClicks(iterations, "0")
    qtbot.keyClick(iterations, Qt.Key.Key_Return)
    assert form.config().iterations >= 1
