"""`switchyard routes`: what a route did, call by call."""

from __future__ import annotations

import argparse

from switchyard.cli.ask import describe_failure
from switchyard.cli.objects import SCHEMA, route_object
from switchyard.cli.terminal import Terminal
from switchyard.core.budget import amount
from switchyard.core.errors import UnknownName
from switchyard.core.route import AttemptRecord, Outcome, RouteRecord
from switchyard.core.sentence import sentence
from switchyard.core.usage import CostSource
from switchyard.services.app import Services

DONE = 0


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Show a route by its id, or by that of the reply or the conversation that it answered last."""
    route = await services.conversations.route(args.uid)
    if route is None:
        raise UnknownName(
            sentence("There is no route {uid}.", uid=args.uid),
            sentence("The id of a route is in: switchyard ask --json"),
        )
    if args.json:
        terminal.json({"schema": SCHEMA, "route": route_object(route)})
    else:
        _tell(route, terminal)
    return DONE


def _tell(route: RouteRecord, terminal: Terminal) -> None:
    for line in route.decision:
        terminal.line(line.english())
    for attempt in route.attempts:
        terminal.line("\t".join(_facts(attempt)))


def _facts(attempt: AttemptRecord) -> list[str]:
    facts = [
        str(attempt.n),
        attempt.deployment,
        attempt.reason.value,
        attempt.outcome.value,
        f"{attempt.duration_ms} ms" if attempt.duration_ms is not None else "",
        _cost(attempt),
        describe_failure(attempt),
    ]
    return [fact for fact in facts if fact]


def _cost(attempt: AttemptRecord) -> str:
    """Return what a call cost as everywhere else; nothing for one that failed at no cost."""
    if attempt.cost_nanos is None:
        return sentence("no price").english()
    if not attempt.cost_nanos:
        return sentence("free").english() if attempt.outcome is Outcome.COMPLETED else ""
    about = "≈" if attempt.cost_source is CostSource.ESTIMATED else ""
    return f"{about}{amount(attempt.cost_nanos)}"
