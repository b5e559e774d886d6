"""A form made from the configuration's own metadata."""

import dataclasses
import math
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QWidget,
)

from metagui.learn.config import Option, TrainingConfig, options
from metagui.learn.presets import PRESETS

_CUSTOM = "custom"
_NO_PRESETS_BUSINESS = ("data", "split", "device")  # what to train on and where stays as it is


class ConfigForm(QWidget):
    """A field for every option, in its sections, with the presets above."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filling = False
        self.preset = QComboBox(self)
        self.preset.addItems([*PRESETS, _CUSTOM])
        self.preset.setAccessibleName("Preset")
        self.preset.setToolTip("Fill the form with a known configuration")
        self.preset.activated.connect(self._on_preset_chosen)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setVerticalSpacing(4)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addRow("&Preset", self.preset)
        self._layout = layout
        self._headings: dict[str, QLabel] = {}
        self.fields: dict[str, QWidget] = {}
        for name, option in options().items():
            if option.section not in self._headings:
                heading = QLabel(f"<b>{option.section}</b>", self)
                heading.setContentsMargins(0, 8, 0, 0)
                layout.addRow(heading)
                self._headings[option.section] = heading
            field = self._field(name, option)
            self.fields[name] = field
            if isinstance(field, QCheckBox):
                layout.addRow("", field)
            else:
                layout.addRow(option.label, field)
                layout.labelForField(field).setToolTip(field.toolTip())
        self.set_config(TrainingConfig())

    def config(self) -> TrainingConfig:
        """What the form says; options of other learners are at their defaults.

        InputError where the values do not go together.
        """
        return TrainingConfig(**self._values())

    def set_config(self, config: TrainingConfig) -> None:
        self._filling = True
        for name, value in config.to_json().items():
            _set_value(self.fields[name], value)
        self._filling = False
        self._on_edited()

    def _values(self) -> dict[str, Any]:
        """What the form shows."""
        learner = _value(self.fields["learner"])
        shown = {name for name, option in options().items() if learner in option.learners}
        return {name: _value(field) for name, field in self.fields.items() if name in shown}

    def _field(self, name: str, option: Option) -> QWidget:
        """The widget for a field, by the type of its default."""
        default = getattr(TrainingConfig(), name)
        if isinstance(default, bool):
            box = QCheckBox(option.label, self)
            box.toggled.connect(self._on_edited)
            field: QWidget = box
        elif isinstance(default, int):
            field = _whole(option)
            field.valueChanged.connect(self._on_edited)
        elif isinstance(default, float):
            field = _Rate(option)
            field.valueChanged.connect(self._on_edited)
        else:
            field = QComboBox(self)
            field.addItems(option.choices)
            field.setEditable(option.open)
            field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            field.currentTextChanged.connect(self._on_edited)
        field.setToolTip(option.help[0].upper() + option.help[1:])
        field.setAccessibleName(option.label)
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # The wheel scrolls the form; it does not change a value that happens to lie under it.
        field.wheelEvent = lambda event: event.ignore()  # type: ignore[method-assign]
        return field

    def _on_preset_chosen(self) -> None:
        name = self.preset.currentText()
        if name in PRESETS:
            kept = {field: _value(self.fields[field]) for field in _NO_PRESETS_BUSINESS}
            self.set_config(dataclasses.replace(PRESETS[name], **kept))

    def _on_edited(self) -> None:
        if self._filling:
            return
        self._show_options_of(_value(self.fields["learner"]))
        values = {name: value for name, value in self._values().items() if name not in _NO_PRESETS_BUSINESS}
        known = [name for name, preset in PRESETS.items() if values.items() <= preset.to_json().items()]
        self.preset.setCurrentText(known[0] if known else _CUSTOM)
        self.changed.emit()

    def _show_options_of(self, learner: str) -> None:
        """Each learner has options of its own; those of others would only be asked about."""
        sections = set()
        for name, option in options().items():
            is_shown = learner in option.learners
            self._layout.setRowVisible(self.fields[name], is_shown)
            if is_shown:
                sections.add(option.section)
        for section, heading in self._headings.items():
            self._layout.setRowVisible(heading, section in sections)


class _Rate(QDoubleSpinBox):
    """A number from 0.000001 up, shown without trailing zeros; its steps are a tenth of it."""

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.setDecimals(6)
        self.setRange(max(option.low, -1e9), min(option.high, 1e9))
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)

    def textFromValue(self, value: float) -> str:
        return f"{value:.6f}".rstrip("0").rstrip(".")

    def valueFromText(self, text: str) -> float:
        return float(text)

    def validate(self, text: str, position: int) -> Any:
        """Accept 1e-3 as well as 0.001."""
        try:
            value = float(text)
        except ValueError:
            partial = all(character in "0123456789.eE-+" for character in text)
            state = QValidator.State.Intermediate if partial else QValidator.State.Invalid
            return state, text, position
        fits = math.isfinite(value) and self.minimum() <= value <= self.maximum()
        return QValidator.State.Acceptable if fits else QValidator.State.Intermediate, text, position


def _whole(option: Option) -> QSpinBox:
    field = QSpinBox()
    field.setRange(int(max(option.low, -(2**31))), int(min(option.high, 2**31 - 1)))
    field.setStepType(
        QSpinBox.StepType.AdaptiveDecimalStepType if option.high > 1e5 else QSpinBox.StepType.DefaultStepType
    )
    field.setGroupSeparatorShown(True)
    field.setSpecialValueText(option.zero)
    return field


def _value(field: QWidget) -> Any:
    match field:
        case QCheckBox():
            return field.isChecked()
        case QSpinBox() | QDoubleSpinBox():
            return field.value()
        case QComboBox():
            return field.currentText()


def _set_value(field: QWidget, value: Any) -> None:
    match field:
        case QCheckBox():
            field.setChecked(value)
        case QSpinBox() | QDoubleSpinBox():
            field.setValue(value)
        case QComboBox():
            field.setCurrentText(value)
            if field.currentText() != value:  # a choice that this program does not offer
                field.addItem(value)
                field.setCurrentText(value)
