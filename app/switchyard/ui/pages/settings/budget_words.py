"""What the budgets' section says: what a budget is for, where it stands, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from switchyard.core.budget import Action, Budget, Period, Scope, Verdict
from switchyard.ui.format import moment, money
from switchyard.ui.words import QT_TRANSLATE_NOOP, translate

if TYPE_CHECKING:
    from switchyard.services.ledger import BudgetView

_PERIODS: Mapping[Period, str] = {
    Period.DAY: QT_TRANSLATE_NOOP("Budgets", "{what}, each day"),
    Period.WEEK: QT_TRANSLATE_NOOP("Budgets", "{what}, each week"),
    Period.MONTH: QT_TRANSLATE_NOOP("Budgets", "{what}, each month"),
}
_CONSEQUENCES: Mapping[Action, str] = {
    Action.WARN: QT_TRANSLATE_NOOP("Budgets", "Warns at {share} % and at the limit, and stops nothing."),
    Action.DOWNGRADE: QT_TRANSLATE_NOOP("Budgets", "Warns at {share} %. From the limit on only what is free answers."),
    Action.ASK: QT_TRANSLATE_NOOP("Budgets", "Warns at {share} %. From the limit on every paid message asks first."),
    Action.BLOCK: QT_TRANSLATE_NOOP("Budgets", "Warns at {share} %. Nothing is called that could pass the limit."),
}
TOKENS: Mapping[Verdict, str] = {
    Verdict.OK: "accent.fill",
    Verdict.WARNED: "warn.signal",
    Verdict.REACHED: "bad.signal",
}


def target(scope: Scope, name: str, providers: Mapping[str, str]) -> str:
    """Return what a budget is for; `providers` gives the names of providers by their ids."""
    if scope is Scope.EVERYTHING:
        return translate("Budgets", "Everything")
    if scope is Scope.WORKSPACE:
        return translate("Budgets", "Workspace {name}").format(name=name)
    if scope is Scope.PROVIDER:
        return providers.get(name, name)
    if scope is Scope.ACCOUNT:
        return translate("Budgets", "Account {name}").format(name=name)
    return translate("Budgets", "Chain {name}").format(name=name)


def title(view: BudgetView, providers: Mapping[str, str]) -> str:
    """Return what a budget is for, and how long it counts."""
    what = target(view.budget.scope, view.target_name, providers)
    return translate("Budgets", _PERIODS[view.budget.period]).format(what=what)


def sums(view: BudgetView, locale: QLocale) -> str:
    """Return what was spent of what, and what calls under way may cost."""
    spent = money(view.spent_nanos, locale)
    words = translate("Budgets", "{spent} spent, no limit").format(spent=spent)
    if view.budget.limit_nanos is not None:
        limit = money(view.budget.limit_nanos, locale)
        words = translate("Budgets", "{spent} of {limit} spent").format(spent=spent, limit=limit)
    if view.reserved_nanos:
        reserved = money(view.reserved_nanos, locale)
        words = translate("Budgets", "{sums}, {reserved} reserved").format(sums=words, reserved=reserved)
    return words


def standing(view: BudgetView) -> str:
    """Return that its warning line or its limit was reached; empty below both."""
    if view.state is Verdict.REACHED:
        return translate("Budgets", "Limit reached")
    if view.state is Verdict.WARNED:
        return translate("Budgets", "Above {share} %").format(share=view.budget.warn_share)
    return ""


def reset(view: BudgetView, locale: QLocale) -> str:
    """Return when it begins anew."""
    return translate("Budgets", "Begins anew {when}").format(when=moment(view.resets_ms, locale))


def consequence(budget: Budget) -> str:
    """Return what it does."""
    if budget.limit_nanos is None:
        return translate("Budgets", "Warns of nothing and stops nothing.")
    return consequence_of(budget.action, budget.warn_share)


def consequence_of(action: Action, share: int) -> str:
    """Return what a budget does that warns at a share (in percent) and acts at its limit."""
    return translate("Budgets", _CONSEQUENCES[action]).format(share=share)
