"""The panel over the composer in which it is set how replies are made: temperature, top p, length, reasoning."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QLocale, QObject, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.content import Effort, Parameter
from switchyard.services.sampling import Taken
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import Label, Paragraph
from switchyard.ui.widgets.popover import Popover
from switchyard.ui.widgets.quantity import parse_count
from switchyard.ui.widgets.segmented import Segmented
from switchyard.ui.widgets.slider import Slider
from switchyard.ui.words import translate

_WIDTH_PX = 340
_PADDING_PX = 12
_LABEL_PX = 88
_FIELD_PX = 68
_LEAST_OUTPUT = 256
_STEPS_PER_DOUBLING = 4
_UNSET = ""


class _Scale(NamedTuple):
    """How a number stands on a slider and is written in its field. `usual` is where it begins."""

    steps: int
    usual: int
    value_at: Callable[[int], float]
    step_of: Callable[[float], int]
    read: Callable[[str], float | None]
    write: Callable[[float], str]


class SamplingPanel(QObject):
    """`changed` carries all that is set, by the names of parameters; gone when it closes."""

    changed = Signal(object)

    def __init__(
        self, theme: Theme, window: QWidget, taken: Taken, given: Mapping[str, object], *, chain: bool
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._taken = taken
        self._given = dict(given)
        self._rows: dict[Parameter, _Row] = {}
        self._popover = Popover(theme, window, self.tr("Sampling"), _WIDTH_PX)
        self._popover.closed.connect(self._popover.deleteLater)
        self._popover.destroyed.connect(self.deleteLater)
        reset = self.tr("Reset to chain default") if chain else self.tr("Reset to model default")
        self.reset = Button(theme, reset, "link", size="small")
        self.reset.clicked.connect(self._on_reset)
        self._fill()
        self._show()

    def open_beside(self, anchor: QWidget) -> None:
        """Open above or below the anchor."""
        self._popover.open_beside(anchor)

    @property
    def rows(self) -> Mapping[Parameter, _Row]:
        """Return the rows of numbers that are offered."""
        return self._rows

    # --- inside ---

    def _fill(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(_PADDING_PX, _PADDING_PX - 2, _PADDING_PX, _PADDING_PX)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(Label(self._theme, self.tr("Sampling"), "ui", weight=600))
        head.addStretch(1)
        head.addWidget(self.reset)
        column.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, _LABEL_PX)
        for parameter, name, scale in self._numbers():
            if parameter in self._taken.parameters:
                row = self._rows[parameter] = _Row(self._theme, name, scale)
                row.changed.connect(lambda value, parameter=parameter: self._set(parameter, value))
                line = grid.rowCount()
                grid.addWidget(Label(self._theme, name, "ui", "text.secondary"), line, 0)
                grid.addWidget(row.slider, line, 1)
                grid.addWidget(row.field, line, 2)
        column.addLayout(grid)
        self.effort = self._make_effort()
        if self.effort is not None:
            line_of_effort = QHBoxLayout()
            line_of_effort.addWidget(Label(self._theme, self.tr("Reasoning"), "ui", "text.secondary"))
            line_of_effort.addStretch(1)
            line_of_effort.addWidget(self.effort)
            column.addLayout(line_of_effort)
        if not self._taken.parameters:
            column.addWidget(Paragraph(self._theme, self.tr("Nothing can be set for this model.")))
        self._popover.body.addWidget(inside)

    def _numbers(self) -> tuple[tuple[Parameter, str, _Scale], ...]:
        hottest, longest = self._taken.most_temperature, self._taken.most_output
        return (
            (Parameter.TEMPERATURE, self.tr("Temperature"), _linear(hottest, 1.0)),
            (Parameter.TOP_P, self.tr("Top p"), _linear(1.0, 1.0)),
            (Parameter.MAX_OUTPUT, self.tr("Max output"), _doubling(longest)),
        )

    def _make_effort(self) -> Segmented | None:
        if Parameter.EFFORT not in self._taken.parameters:
            return None
        choices = [
            (_UNSET, self.tr("Auto")),
            (Effort.NONE.value, self.tr("Off")),
            (Effort.LOW.value, self.tr("Low")),
            (Effort.MEDIUM.value, self.tr("Med")),
            (Effort.HIGH.value, self.tr("High")),
        ]
        effort = Segmented(self._theme, self.tr("Reasoning"), choices, _UNSET)
        effort.chosen.connect(lambda key: self._set(Parameter.EFFORT, Effort(key) if key else None))
        return effort

    def _set(self, parameter: Parameter, value: object | None) -> None:
        if value is None:
            self._given.pop(parameter.value, None)
        else:
            self._given[parameter.value] = value
        self._show()
        self.changed.emit(dict(self._given))

    def _on_reset(self) -> None:
        for parameter in (*self._rows, Parameter.EFFORT):
            self._given.pop(parameter.value, None)
        self._show()
        self.changed.emit(dict(self._given))

    def _show(self) -> None:
        for parameter, row in self._rows.items():
            row.show_value(self._given.get(parameter.value), self._taken.chain.get(parameter.value))
        if self.effort is not None:
            effort = self._given.get(Parameter.EFFORT.value)
            known = effort in (Effort.NONE, Effort.LOW, Effort.MEDIUM, Effort.HIGH)
            self.effort.set_current(str(effort) if known else _UNSET)
        self.reset.setEnabled(bool(self._given))


class _Row(QObject):
    """A slider with the value beside it; an empty field sets nothing."""

    changed = Signal(object)

    def __init__(self, theme: Theme, name: str, scale: _Scale) -> None:
        super().__init__()
        self._scale = scale
        self.slider = Slider(theme, name, scale.steps)
        self.slider.valueChanged.connect(lambda step: self.changed.emit(scale.value_at(step)))
        self.field = Field(theme, name, placeholder=translate("SamplingPanel", "auto"))
        self.field.setFixedWidth(_FIELD_PX)
        self.field.edit.editingFinished.connect(self._on_written)

    def show_value(self, value: object, usual: object) -> None:
        """Show what is set, else where the chain or the model begins."""
        scale = self._scale
        if isinstance(value, int | float):
            self.slider.show_value(scale.step_of(value))
            self.field.set_text(scale.write(value))
        else:
            begins = scale.step_of(usual) if isinstance(usual, int | float) else scale.usual
            self.slider.show_value(begins, unset=True)
            self.field.set_text("")

    def _on_written(self) -> None:
        text = self.field.text().strip()
        value = self._scale.read(text) if text else None
        if value is not None or not text:
            self.changed.emit(value)
        else:
            scale = self._scale
            least, most = scale.write(scale.value_at(0)), scale.write(scale.value_at(scale.steps))
            self.field.set_error(translate("SamplingPanel", "{least} to {most}").format(least=least, most=most))


def _linear(most: float, usual: float) -> _Scale:
    """Return a scale in twentieths from nothing to the most."""
    steps = round(most * 20)

    def read(text: str) -> float | None:
        value, known = QLocale().toDouble(text)
        return round(value, 2) if known and 0 <= value <= most else None

    return _Scale(
        steps,
        round(min(usual, most) * 20),
        lambda step: step / 20,
        lambda value: max(0, min(steps, round(value * 20))),
        read,
        lambda value: QLocale().toString(value, "f", 2 if round(value * 10) != value * 10 else 1),
    )


def _doubling(most: int) -> _Scale:
    """Return a scale of tokens on which four steps double the number, up to the most."""
    steps = max(1, math.ceil(math.log2(max(2, most / _LEAST_OUTPUT)) * _STEPS_PER_DOUBLING))

    def value_at(step: int) -> int:
        return most if step >= steps else round(_LEAST_OUTPUT * 2 ** (step / _STEPS_PER_DOUBLING))

    def step_of(value: float) -> int:
        return max(0, min(steps, round(math.log2(max(1.0, value / _LEAST_OUTPUT)) * _STEPS_PER_DOUBLING)))

    def read(text: str) -> int | None:
        count = parse_count(text)
        return min(count, most) if count else None

    return _Scale(steps, steps, value_at, step_of, read, lambda value: QLocale().toString(int(value)))
