"""One budget: what it is for, how much of it is spent, and when it begins anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout

from switchyard.core.budget import Verdict
from switchyard.ui.pages.settings import budget_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import IconButton
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.chip import Chip, Tone
from switchyard.ui.widgets.labels import ElidedLabel, Label, Paragraph
from switchyard.ui.widgets.meter import Meter

if TYPE_CHECKING:
    from switchyard.services.ledger import BudgetView


class BudgetCard(Card):
    """Shows a budget; its buttons tell what a person wants with it."""

    edit_requested = Signal()
    remove_requested = Signal()

    def __init__(self, theme: Theme, view: BudgetView, providers: Mapping[str, str]) -> None:
        super().__init__(theme, padding=14)
        self.view = view
        locale = QLocale()
        self.title = budget_words.title(view, providers)
        self.setAccessibleName(self.title)
        self.edit = IconButton(theme, "edit", self.tr("Edit {budget}").format(budget=self.title))
        self.edit.clicked.connect(self.edit_requested)
        self.remove = IconButton(theme, "trash", self.tr("Remove {budget}").format(budget=self.title))
        self.remove.clicked.connect(self.remove_requested)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(ElidedLabel(theme, self.title, "uiStrong"))
        standing = budget_words.standing(view)
        if standing:
            tone: Tone = "bad" if view.state is Verdict.REACHED else "warn"
            head.addSpacing(4)
            head.addWidget(Chip(theme, standing, tone, "warning", small=True))
        head.addStretch(1)
        head.addWidget(self.edit)
        head.addWidget(self.remove)
        self.body.addLayout(head)
        sums = budget_words.sums(view, locale)
        self.meter = Meter(theme, self.title)
        self.meter.show_share(view.share, budget_words.TOKENS[view.state], sums)
        self.body.addWidget(self.meter)
        figures = QHBoxLayout()
        figures.addWidget(Label(theme, sums, "ui"))
        figures.addStretch(1)
        figures.addWidget(Label(theme, budget_words.reset(view, locale), "secondary", "text.tertiary"))
        self.body.addLayout(figures)
        self.body.addWidget(Paragraph(theme, self._consequence(), "secondary"))

    def _consequence(self) -> str:
        words = budget_words.consequence(self.view.budget)
        if not self.view.is_default:
            return words
        return f"{words} {self.tr('It holds until you set a budget for everything.')}"
