"""`switchyard chains`: list, show, import, export, check, go back to a version, and choose the default."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime
from pathlib import Path

from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
from switchyard.core.chain import Track
from switchyard.core.chain_check import Finding, Severity
from switchyard.core.chain_dict import chain_to_dict
from switchyard.core.errors import UnknownName, UserError
from switchyard.core.sentence import sentence
from switchyard.services.app import Services
from switchyard.services.chains import FileFinding


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action; return the exit code."""
    if args.action == "check":
        return await _check(args, services, terminal)
    actions = {
        "list": _list,
        "show": _show,
        "import": _import,
        "export": _export,
        "default": _default,
        "versions": _versions,
        "rollback": _roll_back,
    }
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
                "steps": [str(member.to) for step in view.chain.steps for member in step.pool],
            }
            for view in views
        ]
        terminal.json({"schema": SCHEMA, "chains": rows})
        return
    for view in views:
        steps = "; ".join(_order(track) for track in view.chain.tracks)
        terminal.line(f"{view.chain.name}{' (default)' if view.is_default else ''}\t{steps}")
    if not views:
        terminal.say(sentence("There is no chain yet. Import one with: switchyard chains import FILE"))


def _order(track: Track) -> str:
    """Return a track in one line: `name: first > one of these | the other`."""
    steps = " > ".join(" | ".join(str(member.to) for member in step.pool) for step in track.steps)
    return steps if track.name is None else f"{track.name}: {track.stop or steps}"


async def _show(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    if args.json:
        chain = await services.chains.get(args.name)
        terminal.json({"schema": SCHEMA, "chain": chain_to_dict(chain)})
    else:
        terminal.write(await services.chains.export_text(args.name))


async def _import(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    terminal.line(await services.chains.import_text(await _read(args.file), note=args.note))


async def _read(name: str) -> str:
    """Return a file as it is, its line ends too."""
    try:
        return (await asyncio.to_thread(Path(name).read_bytes)).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnknownName(sentence("The file {file} cannot be read.", file=name)) from None


async def _export(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    terminal.write(await services.chains.export_text(args.name))


async def _default(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    await services.chains.set_default(args.name)
    terminal.line(args.name)


async def _check(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Tell the findings of a chain, or of a file where there is no chain of that name."""
    if any(view.chain.name == args.chain for view in await services.chains.list()):
        findings = [FileFinding(0, each) for each in await services.chains.check(await services.chains.get(args.chain))]
    else:
        findings = [*await services.chains.check_text(await _read(args.chain))]
    rows = [
        {"severity": each.severity, "place": _place(line, each), "message": each.sentence.english()}
        for line, each in findings
    ]
    if args.json:
        terminal.json({"schema": SCHEMA, "findings": rows})
    else:
        for row in rows:
            terminal.line(f"{row['severity']}: {row['place']}: {row['message']}")
        if not rows:
            terminal.say(sentence("There is nothing to mend."))
    return UserError.exit_code if any(each.severity is Severity.ERROR for _, each in findings) else 0


def _place(line: int, finding: Finding) -> str:
    lines = [sentence("line {n}", n=line).english()] if line else []
    return ", ".join([*lines, *([finding.place] if finding.place else [])])


async def _versions(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    versions = await services.chains.versions(args.name)
    if args.json:
        rows = [
            {"number": each.number, "created_ms": each.created_ms, "note": each.note, "current": each.is_current}
            for each in versions
        ]
        terminal.json({"schema": SCHEMA, "versions": rows})
        return
    for each in versions:
        made = datetime.fromtimestamp(each.created_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
        terminal.line(f"{each.number}{' (current)' if each.is_current else ''}\t{made}\t{each.note or ''}".rstrip())


async def _roll_back(args: argparse.Namespace, services: Services, terminal: Terminal) -> None:
    terminal.line(str(await services.chains.roll_back(args.name, args.number)))
