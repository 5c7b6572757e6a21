"""One step of a chain in its form: the model, its limits, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.ui.pages.chains.draft import Problem, StepDraft
from switchyard.ui.setup.result_line import ResultLine
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.field import Field
from switchyard.ui.widgets.labels import ElidedLabel, Label
from switchyard.ui.widgets.mark import MarkLabel


class StepRow(Card):
    """`edited` carries the step as it stands now; moving and removing is the editor's."""

    edited = Signal(object)
    move_requested = Signal(int)
    remove_requested = Signal()

    def __init__(self, theme: Theme, number: int, step: StepDraft, provider_id: str, provider_name: str) -> None:
        super().__init__(theme, padding=12)
        self._step = step
        self.setAccessibleName(
            self.tr("Step {n}, {model} through {account}").format(
                n=number + 1, model=step.use.model, account=step.use.account
            )
        )
        self.up = IconButton(theme, "chevron-up", self.tr("Move step {n} up").format(n=number + 1), size=24)
        self.up.clicked.connect(lambda: self.move_requested.emit(-1))
        self.down = IconButton(theme, "chevron-down", self.tr("Move step {n} down").format(n=number + 1), size=24)
        self.down.clicked.connect(lambda: self.move_requested.emit(1))
        self.remove = IconButton(theme, "close", self.tr("Remove step {n}").format(n=number + 1), size=24)
        self.remove.clicked.connect(self.remove_requested)
        auto = self.tr("Auto")
        self.first_token = Field(theme, self.tr("First token within"), step.first_token, placeholder=auto)
        self.idle = Field(theme, self.tr("Silent for at most"), step.idle, placeholder=auto)
        self.retries = Field(theme, self.tr("Retries"), step.retries, placeholder=auto)
        self._problems = QVBoxLayout()
        self._problems.setSpacing(4)
        self.body.setSpacing(10)
        self.body.addLayout(self._make_head(theme, provider_id, provider_name))
        self.body.addLayout(self._make_limits(theme))
        self.body.addLayout(self._problems)
        self._line_theme = theme
        self._lines: list[ResultLine] = []
        for field in (self.first_token, self.idle, self.retries):
            # Qt follows a proxy on its way along the tab order, which would then go round in a circle.
            field.setFocusProxy(None)  # type: ignore[arg-type]  # its way to have none
            field.changed.connect(self._on_edited)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Say what is wrong with this step: limits beside their fields, the rest below."""
        errors = {problem.place: problem.text for problem in problems}
        self.first_token.set_error(errors.get("first_token"))
        self.idle.set_error(errors.get("idle"))
        self.retries.set_error(errors.get("retries"))
        told = [problem for problem in problems if problem.place == "use"]
        while len(self._lines) < len(told):
            line = ResultLine(self._line_theme)
            self._problems.addWidget(line)
            self._lines.append(line)
        for line in self._lines[len(told) :]:
            line.clear()
        for line, problem in zip(self._lines, told, strict=False):
            line.say("bad" if problem.blocks else "warn", problem.text)

    def stops(self) -> list[QWidget]:
        """Return what Tab stops at, in order."""
        return [self.up, self.down, self.remove, self.first_token.edit, self.idle.edit, self.retries.edit]

    def focus_mover(self, by: int) -> None:
        """Keep the keyboard where it was; at an end the other button takes it."""
        wanted, other = (self.up, self.down) if by < 0 else (self.down, self.up)
        (wanted if wanted.isEnabled() else other).setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_head(self, theme: Theme, provider_id: str, provider_name: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(MarkLabel(theme, provider_id, provider_name))
        row.addWidget(ElidedLabel(theme, self._step.use.model, weight=500), 3)
        account = ElidedLabel(theme, self._step.use.account, "secondary", "text.tertiary")
        account.setAlignment(Qt.AlignmentFlag.AlignRight)
        row.addWidget(account, 1)
        row.addSpacing(4)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self.up, self.down, self.remove):
            buttons.addWidget(button)
        row.addLayout(buttons)
        return row

    def _make_limits(self, theme: Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        for field in (self.first_token, self.idle, self.retries):
            row.addWidget(_named(theme, field), 1, Qt.AlignmentFlag.AlignTop)
        return row

    def _on_edited(self) -> None:
        self._step = replace(
            self._step, first_token=self.first_token.text(), idle=self.idle.text(), retries=self.retries.text()
        )
        self.edited.emit(self._step)


def _named(theme: Theme, field: Field) -> QWidget:
    """Put a field under its name."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    label = Label(theme, field.edit.accessibleName(), "caption", "text.tertiary", weight=400)
    label.setBuddy(field.edit)
    column.addWidget(label)
    column.addWidget(field)
    return holder
