"""The form in which a person sets a budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from switchyard.core.budget import WARN_SHARE, Action, Period, Scope, read_dollars
from switchyard.core.usage import dollars
from switchyard.ui.pages.settings import budget_words
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.buttons import Button
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.combo import Combo
from switchyard.ui.widgets.field import Field, FormRow
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.segmented import Segmented

if TYPE_CHECKING:
    from switchyard.services.ledger import BudgetView

_AMOUNT_PX = 120
_LIST_PX = 320


class Target(NamedTuple):
    """Something that a budget can be for, and its words."""

    scope: Scope
    name: str
    words: str
    provider: str = ""

    @property
    def key(self) -> str:
        """Return what the list knows it by."""
        return f"{self.scope.value}:{self.name}"


class BudgetWish(NamedTuple):
    """A budget as it was filled in."""

    scope: Scope
    target_name: str
    period: Period
    limit_nanos: int
    warn_share: int
    action: Action


class BudgetForm(Card):
    """Says what is wrong where it is wrong, and tells what was filled in."""

    save_requested = Signal(object)
    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, padding=14)
        self._targets: dict[str, Target] = {}
        self.target = Combo(theme, self.tr("For"))
        self.target.setFixedWidth(_LIST_PX)
        periods = [
            (Period.DAY.value, self.tr("Day")),
            (Period.WEEK.value, self.tr("Week")),
            (Period.MONTH.value, self.tr("Month")),
        ]
        self.period = Segmented(theme, self.tr("Each"), periods, Period.DAY.value)
        self.limit = Field(theme, self.tr("Limit in US dollars"), placeholder="$5.00")
        self.limit.edit.setFixedWidth(_AMOUNT_PX)
        self.share = Field(theme, self.tr("Warn at a percentage of it"), placeholder=f"{WARN_SHARE} %")
        self.share.edit.setFixedWidth(_AMOUNT_PX)
        self.action = Combo(theme, self.tr("At the limit"))
        self.action.setFixedWidth(_LIST_PX)
        for action, words in (
            (Action.WARN, self.tr("Only warn")),
            (Action.DOWNGRADE, self.tr("Go on with what is free")),
            (Action.ASK, self.tr("Ask before each paid message")),
            (Action.BLOCK, self.tr("Stop before the limit")),
        ):
            self.action.add_choice(action.value, words)
        self._consequence = Paragraph(theme, "", "secondary", "text.tertiary")
        self.save = Button(theme, self.tr("Save the budget"), "primary")
        self.cancel = Button(theme, self.tr("Cancel"), "ghost")
        self._arrange(theme)
        self._connect()

    def open(self, targets: Sequence[Target], view: BudgetView | None) -> None:
        """Offer what a budget can be for; a budget that is there is changed, and stays for what it is."""
        self._targets = {target.key: target for target in targets}
        self.target.clear()
        for target in targets:
            self.target.add_choice(target.key, target.words, target.provider)
        budget = view.budget if view is not None else None
        for fixed in (self.target, self.period):
            fixed.setEnabled(view is None or view.is_default)
        if view is not None and budget is not None:
            self.target.set_current(f"{budget.scope.value}:{view.target_name}")
        self.period.set_current((budget.period if budget is not None else Period.DAY).value)
        limit = dollars(budget.limit_nanos) if budget is not None else None
        self.limit.set_text(f"${limit}" if limit is not None else "")
        self.share.set_text(f"{budget.warn_share if budget is not None else WARN_SHARE} %")
        self.action.set_current((budget.action if budget is not None else Action.WARN).value)
        self._tell_consequence()
        self.show()
        self.limit.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.limit.edit.selectAll()

    def _arrange(self, theme: Theme) -> None:
        for label, control in (
            (self.tr("For"), self.target),
            (self.tr("Each"), self.period),
            (self.tr("Limit"), self.limit),
            (self.tr("Warn at"), self.share),
        ):
            self.body.addWidget(FormRow(theme, label, _at_left(control)))
        choice = QWidget()
        column = QVBoxLayout(choice)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.action)
        column.addWidget(self._consequence)
        self.body.addWidget(FormRow(theme, self.tr("At the limit"), choice))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.save)
        self.body.addLayout(buttons)

    def _connect(self) -> None:
        self.action.currentIndexChanged.connect(self._tell_consequence)
        self.share.changed.connect(self._tell_consequence)
        self.save.clicked.connect(self._on_save)
        for field in (self.limit, self.share):
            field.submitted.connect(self._on_save)
        self.cancel.clicked.connect(self.cancelled)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence("Esc"), self, self.cancelled.emit, context=context)

    def _tell_consequence(self) -> None:
        if self.action.current:
            share = _read_share(self.share.text()) or WARN_SHARE
            self._consequence.setText(budget_words.consequence_of(Action(self.action.current), share))

    def _on_save(self) -> None:
        limit_nanos, share = read_dollars(self.limit.text()), _read_share(self.share.text())
        if share is None:
            self.share.set_error(self.tr("Write a percentage from 1 to 100, such as 80 %."))
            self.share.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        if limit_nanos is None:
            self.limit.set_error(self.tr("Write an amount of US dollars, such as $5 or 0.50."))
            self.limit.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        target = self._targets.get(self.target.current)
        if limit_nanos is None or share is None or target is None:
            return
        period, action = Period(self.period.current), Action(self.action.current)
        self.save_requested.emit(BudgetWish(target.scope, target.name, period, limit_nanos, share, action))


def _at_left(control: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(control)
    row.addStretch(1)
    box.setFocusProxy(control)
    return box


def _read_share(text: str) -> int | None:
    digits = text.strip().removesuffix("%").strip()
    number = int(digits) if digits.isascii() and digits.isdigit() else 0
    return number if 1 <= number <= 100 else None
