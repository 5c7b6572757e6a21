"""What holds for a whole chain: its limits, and what the person decides beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from switchyard.core.chain import AfterText, OnLimit, OnRefusal, Overflow, Summarise
from switchyard.ui.pages.chains.draft import KEPT, Draft
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field, FormRow
from switchyard.ui.widgets.labels import Label


class RulesForm(QWidget):
    """`changed` tells that the person changed something; `read` puts it into a draft."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.deadline = Field(theme, self.tr("Deadline"))
        self.calls = Field(theme, self.tr("Calls at most"))
        unlimited = self.tr("No limit")
        self.turn_cost = Field(theme, self.tr("Ask above"), placeholder=unlimited)
        self.day_cost = Field(theme, self.tr("Spend a day"), placeholder=unlimited)
        self.after_text = Combo(theme, self.tr("Broken off"))
        self.refusal = Combo(theme, self.tr("Declined"))
        self.overflow = Combo(theme, self.tr("Too long"))
        self.rate_limit = Combo(theme, self.tr("Rate limits"))
        self._showing = False
        self._fill()
        for field in self.fields.values():
            field.changed.connect(self._on_changed)
        for combo in self.choices.values():
            combo.activated.connect(self._on_changed)
        self._arrange(theme)

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by the names of what they hold."""
        return {
            "deadline": self.deadline,
            "calls": self.calls,
            "turn_cost": self.turn_cost,
            "day_cost": self.day_cost,
        }

    @property
    def choices(self) -> Mapping[str, Combo]:
        """The choices by the names of what they hold."""
        return {
            "after_text": self.after_text,
            "refusal": self.refusal,
            "overflow": self.overflow,
            "rate_limit": self.rate_limit,
        }

    def show_draft(self, draft: Draft) -> None:
        """Show what a draft says."""
        self._showing = True
        for name, field in self.fields.items():
            if field.text() != getattr(draft, name):
                field.set_text(getattr(draft, name))
        summarises = draft.base is not None and isinstance(draft.base.policy.overflow, Summarise)
        kept = self.overflow.findData(KEPT)
        if summarises and kept < 0:
            self.overflow.add_choice(KEPT, self.tr("The older messages are summarised"))
        elif not summarises and kept >= 0:
            self.overflow.removeItem(kept)
        for name, combo in self.choices.items():
            combo.set_current(getattr(draft, name))
        self._showing = False

    def read(self, draft: Draft) -> Draft:
        """Return a draft with what the form holds now."""
        return replace(
            draft,
            deadline=self.deadline.text(),
            calls=self.calls.text(),
            turn_cost=self.turn_cost.text(),
            day_cost=self.day_cost.text(),
            after_text=self.after_text.current,
            refusal=self.refusal.current,
            overflow=self.overflow.current,
            rate_limit=self.rate_limit.current,
        )

    def _fill(self) -> None:
        self.after_text.add_choice(AfterText.CONTINUE, self.tr("Another model goes on with the text"))
        self.after_text.add_choice(AfterText.RESTART, self.tr("Another model begins anew"))
        self.after_text.add_choice(AfterText.ASK, self.tr("You are asked"))
        self.refusal.add_choice(OnRefusal.ASK, self.tr("You are asked whether another model may try"))
        self.refusal.add_choice(OnRefusal.ALWAYS, self.tr("Another model tries"))
        self.refusal.add_choice(OnRefusal.NEVER, self.tr("That is the answer"))
        self.overflow.add_choice(Overflow.FIT, self.tr("Only models that can read all of it"))
        self.overflow.add_choice(Overflow.TRIM, self.tr("The oldest messages are left out"))
        self.overflow.add_choice(Overflow.ASK, self.tr("You are asked"))
        self.rate_limit.add_choice(OnLimit.ELSEWHERE, self.tr("The message goes to another model"))
        self.rate_limit.add_choice(OnLimit.WAIT, self.tr("The message waits for its turn"))

    def _arrange(self, theme: Theme) -> None:
        hints = {
            "deadline": self.tr("To the first words, over all steps."),
            "calls": self.tr("Calls to providers for one message, retries included."),
            "turn_cost": self.tr("A message that may cost more asks first."),
            "day_cost": self.tr("All messages of this chain together."),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(Label(theme, self.tr("Limits"), "panel"))
        for name, field in self.fields.items():
            column.addWidget(FormRow(theme, field.edit.accessibleName(), field, hints[name]))
        column.addSpacing(8)
        column.addWidget(Label(theme, self.tr("What happens when"), "panel"))
        captions = (
            self.tr("A reply breaks off"),
            self.tr("A model declines"),
            self.tr("A chat is too long"),
            self.tr("A rate limit is near"),
        )
        for caption, combo in zip(captions, self.choices.values(), strict=True):
            combo.setAccessibleName(caption)
            column.addWidget(FormRow(theme, caption, combo))

    def _on_changed(self) -> None:
        if not self._showing:
            self.changed.emit()
