"""`switchyard chains`: list, show, import, export, and choose the default."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
from switchyard.core.chain_dict import chain_to_dict
from switchyard.core.errors import UnknownName
from switchyard.core.sentence import sentence
from switchyard.services.app import Services


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action; return the exit code."""
    actions = {"list": _list, "show": _show, "import": _import, "export": _export, "default": _default}
    await actions[args.action](args, services, terminal)
    return 0


async def _list(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    views = await services.chains.list()
    if args.json:
        rows = [
            {
                "name": view.chain.name,
                "version": view.version,
                "default": view.is_default,
                "steps": [str(step.use) for step in view.chain.steps],
            }
            for view in views
        ]
        terminal.json({"schema": SCHEMA, "chains": rows})
        return
    for view in views:
        steps = " > ".join(str(step.use) for step in view.chain.steps)
        terminal.line(f"{view.chain.name}{' (default)' if view.is_default else ''}\t{steps}")
    if not views:
        terminal.say(sentence("There is no chain yet. Import one with: switchyard chains import FILE"))


async def _show(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    if args.json:
        chain = await services.chains.get(args.name)
        terminal.json({"schema": SCHEMA, "chain": chain_to_dict(chain)})
    else:
        terminal.write(await services.chains.export_text(args.name))


async def _import(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    try:
        text = await asyncio.to_thread(Path(args.file).read_text, encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnknownName(sentence("The file {file} cannot be read.", file=args.file)) from None
    terminal.line(await services.chains.import_text(text))


async def _export(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    terminal.write(await services.chains.export_text(args.name))


async def _default(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    await services.chains.set_default(args.name)
    terminal.line(args.name)
