"""The command line's one entry: words in, exit code out, and no traceback ever."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from switchyard.cli import (
    accounts,
    ask,
    ask_lines,
    budget,
    chains,
    doctor,
    embed,
    health,
    history,
    models,
    ollama,
    override,
    routes,
    simulate,
    transcribe,
)
from switchyard.cli.interrupt import Interrupt, listen
from switchyard.cli.parser import build_parser, parse_arguments
from switchyard.cli.terminal import OutputLost, Terminal, discard, open_closed_streams
from switchyard.core.errors import DataDirError, UserError
from switchyard.core.sentence import sentence
from switchyard.services.app import Services
from switchyard.services.threads import DaemonThreads

BUG, INTERRUPTED = 1, 130


class OpenServices(Protocol):
    """Opens the data directory; the composition root's `open_services`."""

    def __call__(
        self, *, data_dir: str | None, environment: Mapping[str, str], offline: bool, log_level: str
    ) -> AbstractAsyncContextManager[Services]: ...


class ReportBug(Protocol):
    """Writes a bug report and returns where."""

    def __call__(self, error: BaseException, *, data_dir: str | None) -> Path | None: ...


def main(
    argv: Sequence[str],
    open_services: OpenServices,
    report_bug: ReportBug,
    *,
    signalled: Callable[[], bool] = lambda: False,
) -> int:
    """Run a command; return its exit code. `signalled` tells of a signal that came before anybody listened."""
    open_closed_streams()
    terminal = Terminal()
    data_dir: str | None = None
    args: argparse.Namespace | None = None
    try:
        args = parse_arguments(argv)
        data_dir = args.data_dir
        if args.command is None:
            build_parser().print_help(sys.stderr)
            return UserError.exit_code
        return asyncio.run(_main(args, open_services, terminal, signalled))
    except UserError as error:
        terminal.error(error)
        return error.exit_code
    except (KeyboardInterrupt, asyncio.CancelledError):
        if args is not None and args.command == "ask" and args.json and not args.jsonl and not terminal.told:
            with contextlib.suppress(OutputLost, BrokenPipeError):
                terminal.json(ask.nothing_sent())
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone
        discard(sys.stdout)
        return 0
    except Exception as error:  # noqa: BLE001 - the edge: what nobody expected becomes a report, not a traceback
        path = report_bug(error, data_dir=data_dir)
        terminal.say(sentence("Switchyard has a bug here. The report is in {path}.", path=str(path or "-")))
        return BUG


async def _main(
    args: argparse.Namespace, open_services: OpenServices, terminal: Terminal, signalled: Callable[[], bool]
) -> int:
    task = asyncio.current_task()
    assert task is not None
    # A name lookup that hangs must not hold up the end of the program.
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    interrupt = Interrupt(task)
    listen(interrupt)
    if signalled():
        interrupt.interrupt()
    try:
        async with open_services(
            data_dir=args.data_dir, environment=os.environ, offline=args.offline, log_level=args.log_level
        ) as services:
            interrupt.hasten(services.hurry)
            for warning in services.warnings:
                terminal.say(warning)
            return await _dispatch(args, services, terminal, interrupt)
    except BaseExceptionGroup as group:
        raise _interrupted(_the_one(group), interrupt) from None
    except UserError as error:
        raise _interrupted(error, interrupt) from None


def _interrupted(error: BaseException, interrupt: Interrupt) -> BaseException:
    """Return what ended a command: what could not be done any more because of an interruption is that interruption."""
    return asyncio.CancelledError() if interrupt.happened and isinstance(error, DataDirError) else error


async def _dispatch(args: argparse.Namespace, services: Services, terminal: Terminal, interrupt: Interrupt) -> int:
    if args.command == "ask":
        command = ask_lines.run if args.jsonl else ask.run
        return await command(args, services, terminal, interrupt)
    if args.command in ("embed", "transcribe"):
        command = embed.run if args.command == "embed" else transcribe.run
        return await command(args, services, terminal, interrupt)
    commands = {
        "accounts": accounts.run,
        "models": models.run,
        "chains": chains.run,
        "budget": budget.run,
        "health": health.run,
        "override": override.run,
        "routes": routes.run,
        "simulate": simulate.run,
        "history": history.run,
        "ollama": ollama.run,
        "doctor": doctor.run,
    }
    return await commands[args.command](args, services, terminal)


def _the_one(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error inside a task group's wrapping; an expected one before a bug."""
    found: list[BaseException] = []
    rest: list[BaseException] = [group]
    while rest:
        error = rest.pop()
        if isinstance(error, BaseExceptionGroup):
            rest.extend(error.exceptions)
        else:
            found.append(error)
    return next((error for error in found if isinstance(error, UserError)), found[0])
