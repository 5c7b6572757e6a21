"""`switchyard health`: how every account, model and host is, and a way to have one tried again."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
from switchyard.core.health import HealthState, HealthView
from switchyard.core.health_words import name_of, what_happened, what_helps
from switchyard.core.sentence import sentence
from switchyard.services.app import Services

DONE = 0
_WORDS = {
    HealthState.HEALTHY: "healthy",
    HealthState.PARKED: "parked",
    HealthState.OPEN: "open",
    HealthState.HALF_OPEN: "half open",
}


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action; return the exit code."""
    if args.action == "try":
        return await _try(args, services, terminal)
    views = await services.health.view()
    if args.json:
        terminal.json({"schema": SCHEMA, "health": [_object(view) for view in views]})
        return DONE
    for view in views:
        terminal.line("\t".join(_row(view)))
    if not views:
        terminal.say(sentence("There is no account yet. Add one with: switchyard accounts add PROVIDER --name NAME"))
    return DONE


async def _try(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    account, _, model = args.name.partition("/")
    if not await services.health.try_now(account, model or None):
        terminal.say(sentence("Nothing stood in the way to {name}.", name=args.name))
    terminal.line(args.name)
    return DONE


def _object(view: HealthView) -> dict[str, Any]:
    return {
        "scope": view.scope.kind.value,
        "name": view.scope.name,
        "state": view.state.value,
        "kind": view.kind.value if view.kind is not None else None,
        "message": view.message or None,
        "since_ms": view.since_ms,
        "until_ms": view.until_ms,
    }


def _row(view: HealthView) -> list[str]:
    """Return the columns of a line: name, state and until when, what happened, what helps."""
    told = [sentence.english() for sentence in (what_happened(view), what_helps(view)) if sentence is not None]
    return [name_of(view.scope), _state(view), *told]


def _state(view: HealthView) -> str:
    word = _WORDS[view.state]
    if view.state is HealthState.PARKED and view.until_ms is None:
        return f"{word} until something is changed"
    if view.until_ms is None:
        return word
    return f"{word} until {datetime.fromtimestamp(view.until_ms / 1000).astimezone():%Y-%m-%d %H:%M:%S}"
