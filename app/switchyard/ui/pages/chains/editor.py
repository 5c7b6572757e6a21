"""The form of one chain: its name, its steps in order, and its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.chain import DeploymentName
from switchyard.services.accounts import AccountView
from switchyard.ui.pages.chains.draft import Draft, Problem, StepDraft
from switchyard.ui.pages.chains.model_picker import ModelPicker
from switchyard.ui.pages.chains.step_row import StepRow
from switchyard.ui.setup.result_line import ResultLine
from switchyard.ui.setup.track import TrackColumn
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.field import Field, FormRow
from switchyard.ui.widgets.labels import Label, Paragraph


class ChainEditor(QWidget):
    """Holds a draft; `changed` tells that the person changed it."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._draft = Draft("")
        self._accounts: Mapping[str, AccountView] = {}
        self.name = Field(theme, self.tr("Name"))
        self.note = Field(theme, self.tr("Note"), placeholder=self.tr("What this chain is for"))
        self.rows: list[StepRow] = []
        self._track = TrackColumn(theme, "bg.surface")
        self.problem = ResultLine(theme)
        self.add_step = Button(theme, self.tr("Add step"), icon="plus")
        self.add_step.clicked.connect(self._on_add_step)
        self.deadline = Field(theme, self.tr("Deadline"))
        self.calls = Field(theme, self.tr("Calls at most"))
        for field in (self.name, self.note, self.deadline, self.calls):
            field.changed.connect(self._on_edited)
        self._showing = False
        self._arrange()

    @property
    def draft(self) -> Draft:
        """The chain as it stands in the form."""
        return self._draft

    def show_draft(self, draft: Draft, accounts: Mapping[str, AccountView]) -> None:
        """Show another chain, or the same with other accounts around it."""
        same_steps = draft.steps == self._draft.steps and accounts == self._accounts and len(self.rows) > 0
        same_steps = same_steps and draft.is_list is self._draft.is_list
        self._draft, self._accounts = draft, accounts
        self._showing = True
        for field, text in (
            (self.name, draft.name),
            (self.note, draft.note),
            (self.deadline, draft.deadline),
            (self.calls, draft.calls),
        ):
            if field.text() != text:
                field.set_text(text)
        self._showing = False
        if not same_steps:
            self._show_steps()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Say everything that is wrong where it is wrong."""
        told: dict[str, Problem] = {problem.place: problem for problem in problems if problem.step is None}
        for field, place in ((self.name, "name"), (self.deadline, "deadline"), (self.calls, "calls")):
            problem = told.get(place)
            field.set_error(problem.text if problem is not None else None)
        steps = told.get("steps")
        if not self._draft.is_list:
            self.problem.say(
                "plain", self.tr("This chain has tracks or pools. Its steps are shown, not changed, here.")
            )
        elif steps is None:
            self.problem.clear()
        else:
            self.problem.say("bad" if steps.blocks else "warn", steps.text)
        for number, row in enumerate(self.rows):
            row.show_problems([problem for problem in problems if problem.step == number])
        blocked = {problem.step for problem in problems if problem.blocks}
        self._track.set_tokens(["bad.signal" if n in blocked else "track.line" for n in range(len(self.rows))])

    def picker(self) -> ModelPicker:
        """Return the panel in which a model for a new step is chosen."""
        picker = ModelPicker(self._theme, self.window(), list(self._accounts.values()))
        picker.chosen.connect(self.append_step)
        return picker

    def append_step(self, use: DeploymentName) -> None:
        """Add a step at the end."""
        self._set_steps((*self._draft.steps, StepDraft(use)))
        self.add_step.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arrange(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(FormRow(theme, self.tr("Name"), self.name))
        column.addWidget(FormRow(theme, self.tr("Note"), self.note))
        column.addSpacing(8)
        column.addWidget(Label(theme, self.tr("Steps"), "panel"))
        told = self.tr("The first step is asked. When it fails or cannot be asked, the next one is.")
        column.addWidget(Paragraph(theme, told, "secondary", "text.tertiary"))
        column.addWidget(self._track)
        column.addWidget(self.problem)
        add = QHBoxLayout()
        add.setContentsMargins(32, 0, 0, 0)
        add.addWidget(self.add_step)
        add.addStretch(1)
        column.addLayout(add)
        column.addSpacing(8)
        column.addWidget(Label(theme, self.tr("Limits"), "panel"))
        deadline = self.tr("To the first words, over all steps.")
        column.addWidget(FormRow(theme, self.tr("Deadline"), self.deadline, deadline))
        calls = self.tr("Calls to providers for one message, retries included.")
        column.addWidget(FormRow(theme, self.tr("Calls at most"), self.calls, calls))

    def _show_steps(self) -> None:
        self.rows = [self._make_row(number, step) for number, step in enumerate(self._draft.steps)]
        self._track.set_rows(self.rows, ["track.line"] * len(self.rows))
        self._track.setVisible(bool(self.rows))
        self._track.setEnabled(self._draft.is_list)
        self.add_step.setVisible(self._draft.is_list)
        stops = [self.note.edit, *(stop for row in self.rows for stop in row.stops()), self.add_step]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def _make_row(self, number: int, step: StepDraft) -> StepRow:
        view = self._accounts.get(step.use.account)
        provider = view.account.provider if view is not None else step.use.account
        row = StepRow(self._theme, number, step, provider, view.provider_name if view is not None else provider)
        row.up.setEnabled(number > 0)
        row.down.setEnabled(number < len(self._draft.steps) - 1)
        row.edited.connect(partial(self._on_step_edited, number))
        row.move_requested.connect(partial(self._on_step_moved, number))
        row.remove_requested.connect(partial(self._on_step_removed, number))
        return row

    def _set_steps(self, steps: tuple[StepDraft, ...]) -> None:
        self._draft = replace(self._draft, steps=steps)
        self._show_steps()
        self.changed.emit()

    def _on_edited(self) -> None:
        if not self._showing:
            self._draft = replace(
                self._draft,
                name=self.name.text(),
                note=self.note.text(),
                deadline=self.deadline.text(),
                calls=self.calls.text(),
            )
            self.changed.emit()

    def _on_step_edited(self, number: int, step: StepDraft) -> None:
        self._draft = self._draft.with_step(number, step)
        self.changed.emit()

    def _on_step_moved(self, number: int, by: int) -> None:
        self._set_steps(self._draft.with_moved(number, by).steps)
        self.rows[number + by].focus_mover(by)

    def _on_step_removed(self, number: int) -> None:
        self._set_steps(self._draft.without_step(number).steps)
        self.add_step.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_add_step(self) -> None:
        self.picker().open_beside(self.add_step)
