"""`switchyard models`: what every account offers."""

from __future__ import annotations

import argparse
from typing import Any

from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
from switchyard.core.catalog import Deployment
from switchyard.core.usage import dollars
from switchyard.services.app import Services


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """List the models; return the exit code."""
    found = await services.accounts.models(refresh=args.refresh)
    rows = [row(resolved.deployment) for resolved in found]
    if args.json:
        terminal.json({"schema": SCHEMA, "models": rows})
        return 0
    for item in rows:
        window = f"{item['context']} tokens" if item["context"] else "window unknown"
        terminal.line(f"{item['deployment']}\t{window}")
    return 0


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
