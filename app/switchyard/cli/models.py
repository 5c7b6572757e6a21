"""`switchyard models`: what every account offers."""

from __future__ import annotations

import argparse
from typing import Any

from switchyard.cli.accounts import tell_failure, why_not_asked
from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
from switchyard.core.catalog import Deployment
from switchyard.core.usage import dollars
from switchyard.services.app import Services


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """List the models; return the exit code."""
    if args.refresh:
        await _refresh(services, terminal)
    rows = [row(entry.deployment) for entry in await services.catalog.entries()]
    if args.json:
        terminal.json({"schema": SCHEMA, "models": rows})
        return 0
    for item in rows:
        window = f"{item['context']} tokens" if item["context"] else "window unknown"
        terminal.line(f"{item['deployment']}\t{window}")
    return 0


async def _refresh(services: Services, terminal: Terminal) -> None:
    """Ask the providers; what an account listed before stays where it fails."""
    asked = []
    for view in await services.accounts.list():
        obstacle = why_not_asked(view, services)
        if obstacle is None:
            asked.append(view.account)
        else:
            terminal.say(obstacle)
    for account, result in zip(asked, await services.accounts.test_all(asked), strict=True):
        if result.failure is not None:
            tell_failure(account.name, result.failure, terminal)


def row(deployment: Deployment) -> dict[str, Any]:
    """Return a row of `models --json`; prices are US dollars per million tokens."""
    price = deployment.price
    return {
        "deployment": deployment.name,
        "provider": deployment.provider,
        "model": deployment.model,
        "context": deployment.context,
        "max_output": deployment.max_output,
        "price_in": "0" if deployment.free else dollars(price.input_nanos if price else None),
        "price_out": "0" if deployment.free else dollars(price.output_nanos if price else None),
        "capabilities": [],
        "local": deployment.local,
        "simulated": deployment.simulated,
    }
