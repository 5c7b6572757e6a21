"""`switchyard budget`: list, set and remove limits of spending."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from switchyard.cli.objects import SCHEMA
from switchyard.cli.parser import UsageError
from switchyard.cli.terminal import Terminal
from switchyard.core.budget import Action, Budget, Period, Scope, amount, read_dollars
from switchyard.core.sentence import sentence
from switchyard.core.usage import dollars
from switchyard.services.app import Services
from switchyard.services.ledger import BudgetView

NO_LIMIT = "none"


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action; return the exit code."""
    actions = {"set": _set, "remove": _remove}
    await actions.get(args.action, _list)(args, services, terminal)
    return 0


async def _list(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    views = await services.ledger.spent_view()
    if args.json:
        terminal.json({"schema": SCHEMA, "budgets": [_object(view) for view in views]})
        return
    for view in views:
        terminal.line("\t".join(_words(view)))
    if not views:
        terminal.say(sentence("There is no budget. Set one with: switchyard budget set --period day --limit 5"))


async def _set(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    scope, target = _read_scope(args.scope)
    limit_nanos = None if args.limit == NO_LIMIT else read_dollars(args.limit)
    if limit_nanos is None and args.limit != NO_LIMIT:
        raise UsageError(sentence("{text} is no amount of dollars, and not none.", text=args.limit))
    period, action = Period(args.period), Action(args.at_limit)
    await services.ledger.set(scope, target, period, limit_nanos, warn_share=args.warn, action=action)
    terminal.line(_title(await services.ledger.find(scope, target, period)))


async def _remove(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    view = await services.ledger.find(*_read_scope(args.scope), Period(args.period))
    await services.ledger.remove(view.budget.uid)
    terminal.line(_title(view))


def _read_scope(text: str) -> tuple[Scope, str]:
    """Return what a budget is for: everything, or a workspace, a provider, an account or a chain by name."""
    kind, colon, target = text.partition(":")
    if kind not in list(Scope) or bool(target) == (kind == Scope.EVERYTHING) or bool(colon) != bool(target):
        raise UsageError(
            sentence("{text} is not what a budget can be for.", text=text),
            sentence("Use everything, workspace:NAME, provider:ID, account:NAME or chain:NAME."),
        )
    return Scope(kind), target


def _title(view: BudgetView) -> str:
    scope = view.budget.scope.value
    return f"{scope}:{view.target_name}" if view.target_name else scope


def _words(view: BudgetView) -> tuple[str, ...]:
    budget = view.budget
    resets = datetime.fromtimestamp(view.resets_ms / 1000).astimezone()
    spent = amount(view.spent_nanos)
    if view.reserved_nanos:
        spent += f" (and {amount(view.reserved_nanos)} reserved)"
    return (
        f"{_title(view)} (default)" if view.is_default else _title(view),
        budget.period.value,
        f"{spent} of {amount(budget.limit_nanos)}" if budget.limit_nanos is not None else f"{spent}, no limit",
        _consequence(budget),
        f"until {resets:%Y-%m-%d %H:%M}",
        view.state.value,
    )


def _consequence(budget: Budget) -> str:
    if budget.limit_nanos is None:
        return "-"
    return f"warn at {budget.warn_share} %" + ("" if budget.action is Action.WARN else f", {budget.action.value}")


def _object(view: BudgetView) -> dict[str, Any]:
    budget = view.budget
    return {
        "scope": budget.scope.value,
        "target": view.target_name or None,
        "period": budget.period.value,
        "limit": dollars(budget.limit_nanos),
        "spent": dollars(view.spent_nanos),
        "reserved": dollars(view.reserved_nanos),
        "warn": budget.warn_share,
        "action": budget.action.value,
        "state": view.state.value,
        "resets_ms": view.resets_ms,
        "default": view.is_default,
    }
