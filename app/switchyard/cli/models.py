"""`switchyard models`: what every account offers, and what a person says of a model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from switchyard.cli.accounts import tell_failure, why_not_asked
from switchyard.cli.model_facts import facts_said
from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
from switchyard.core.catalog import Deployment, Place
from switchyard.core.catalog_queries import Entry, Order, Query, select
from switchyard.core.chain import DeploymentName, parse_deployment
from switchyard.core.content import Capability
from switchyard.core.errors import UserError
from switchyard.core.facts import Speed
from switchyard.core.sentence import sentence
from switchyard.core.usage import dollars
from switchyard.services.app import Services

UNKNOWN = "?"
HEADS = ("MODEL", "WINDOW", "IN $/M", "OUT $/M", "SPEED", "CAN")


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """List the models, or keep what the person says of one; return the exit code."""
    if args.action == "set":
        await _set(_named(args.model), args.facts, services)
    elif args.action == "reset":
        await _reset(_named(args.model), services)
    else:
        await _list(args, services, terminal)
    return 0


async def _list(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    if args.refresh:
        await _refresh(services, terminal)
    entries = await services.catalog.entries()
    found = select(entries, _query(args)) if _asks(args) else entries
    if args.json:
        terminal.json({"schema": SCHEMA, "models": [row(entry.deployment) for entry in found]})
        return
    cells = [_cells(entry) for entry in found]
    for line in _aligned([HEADS, *cells]) if terminal.streams else ["\t".join(line) for line in cells]:
        terminal.line(line)


def _asks(args: argparse.Namespace) -> bool:
    """Whether the list is narrowed or ordered; else it stands as the providers gave it."""
    return bool(args.find or args.needs or args.window or args.place or args.by)


def _query(args: argparse.Namespace) -> Query:
    return Query(
        text=args.find or "",
        needs=frozenset(map(Capability, args.needs)),
        context=args.window or 0,
        places=frozenset(map(Place, args.place or Place)),
        order=Order(args.by or Order.NAME),
    )


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


async def _set(name: DeploymentName, words: Sequence[str], services: Services) -> None:
    """Keep the person's word; a price that is said in part is completed from the one that is known."""
    said = await services.catalog.said(name)
    known = next((one for one in await services.catalog.entries() if one.deployment.name == str(name)), None)
    await services.catalog.override(name, facts_said(said, words, known.deployment.price if known else None))


async def _reset(name: DeploymentName, services: Services) -> None:
    await services.catalog.remove(name)
    await services.catalog.forget_refusals(name)


def _named(text: str) -> DeploymentName:
    name = parse_deployment(text)
    if name is None:
        raise UserError(sentence("{name} is no model.", name=text), sentence("Write it as ACCOUNT/MODEL."))
    return name


def row(deployment: Deployment) -> dict[str, Any]:
    """Return a row of `models --json`; prices are US dollars per million tokens."""
    price_in, price_out = _prices(deployment)
    return {
        "deployment": deployment.name,
        "provider": deployment.provider,
        "model": deployment.model,
        "context": deployment.context,
        "max_output": deployment.max_output,
        "price_in": price_in,
        "price_out": price_out,
        "capabilities": _can(deployment),
        "local": deployment.local,
        "simulated": deployment.simulated,
    }


def _prices(deployment: Deployment) -> tuple[str | None, str | None]:
    if deployment.free:
        return "0", "0"
    price = deployment.price
    return (dollars(price.input_nanos), dollars(price.output_nanos)) if price is not None else (None, None)


def _can(deployment: Deployment) -> list[str]:
    return [capability.value for capability in Capability if deployment.capabilities.get(capability)]


def _cells(entry: Entry) -> tuple[str, ...]:
    deployment = entry.deployment
    price_in, price_out = _prices(deployment)
    window = f"{deployment.context:,}" if deployment.context else UNKNOWN
    can = " ".join(_can(deployment)) or UNKNOWN
    return deployment.name, window, price_in or UNKNOWN, price_out or UNKNOWN, _speed(entry.speed), can


def _speed(speed: Speed | None) -> str:
    """Return the medians: time to the first token, and the rate after it, with the number of attempts measured."""
    if speed is None:
        return UNKNOWN
    rate = f", {speed.tokens_per_s:.0f} tok/s" if speed.tokens_per_s is not None else ""
    return f"{speed.ttft_ms / 1000:.2f} s{rate} ({speed.samples})"


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
