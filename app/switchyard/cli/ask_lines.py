"""`switchyard ask --jsonl`: a prompt on each line of standard input, an object for each, in the order of the input."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from switchyard.cli.ask import DONE, INTERRUPTED, ask, parse_target
from switchyard.cli.ask_options import Options, read_options
from switchyard.cli.interrupt import Interrupt
from switchyard.cli.objects import SCHEMA
from switchyard.cli.parser import UsageError
from switchyard.cli.standard_input import lines
from switchyard.cli.terminal import Terminal
from switchyard.core.errors import UserError
from switchyard.core.sentence import sentence
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt

_KEYS = {"prompt", "chain", "model", "system"}


async def run(args: argparse.Namespace, services: Services, terminal: Terminal, interrupt: Interrupt) -> int:
    """Answer every line; return 0 if all were answered, else the first other code."""
    options = await read_options(args)
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
    slots = asyncio.Semaphore(args.parallel or 1)
    results: asyncio.Queue[asyncio.Task[dict[str, Any]] | None] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(waiting))
        printing = group.create_task(_print(results, terminal))

        async def answer(number: int, line: bytes) -> dict[str, Any]:
            try:
                return await _answer(number, line, args, options, services, interrupt)
            finally:
                slots.release()

        number = 0
        with interrupt.stopping(lambda: waiting.put_nowait(None)):
            while (line := await waiting.get()) is not None:
                number += 1
                if not line.strip():
                    continue
                await slots.acquire()
                if interrupt.happened:
                    break
                results.put_nowait(group.create_task(answer(number, line)))
        reading.cancel()
        results.put_nowait(None)
        code = await printing
    return INTERRUPTED if interrupt.happened else code


async def _print(results: asyncio.Queue[asyncio.Task[dict[str, Any]] | None], terminal: Terminal) -> int:
    code = DONE
    while (task := await results.get()) is not None:
        result = await task
        terminal.json(result)
        code = code or int(result["exit"])
    return code


async def _answer(
    number: int,
    line: bytes,
    args: argparse.Namespace,
    options: Options,
    services: Services,
    interrupt: Interrupt,
) -> dict[str, Any]:
    try:
        prompt = parse_line(line, args)._replace(uploads=options.uploads, parameters=options.parameters)
        answer = await ask(prompt, services, interrupt, live=None, notes=None)
    except UserError as error:
        return {"schema": SCHEMA, "line": number, "exit": error.exit_code, "error": str(error)}
    return answer.as_object(services) | {"line": number, "exit": answer.exit_code}


def parse_line(line: bytes, args: argparse.Namespace) -> Prompt:
    """Return the prompt of a line, plain text or a JSON object; raises `UsageError` for one that is neither."""
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(sentence("The line is not UTF-8 text.")) from None
    fields: dict[str, Any] = {"prompt": text}
    if text.lstrip().startswith("{"):
        fields = _parse_object(text)
    return Prompt(
        text=fields["prompt"],
        target=_target(fields, args),
        system=fields.get("system", args.system),
        stream=not args.no_stream,
        save=not args.no_save,
    )


def _target(fields: dict[str, Any], args: argparse.Namespace) -> Target:
    own = parse_target(fields.get("chain"), fields.get("model"))
    return own if own != Target() else parse_target(args.chain, args.model)


def _parse_object(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        raise UsageError(sentence("The line begins like a JSON object, but is none.")) from None
    if not isinstance(fields, dict) or not isinstance(fields.get("prompt"), str) or not fields["prompt"].strip():
        raise UsageError(sentence("The line has no prompt."))
    for key, value in fields.items():
        if key not in _KEYS:
            raise UsageError(sentence("The line has an unknown key: {key}.", key=key))
        if value is not None and not isinstance(value, str):
            raise UsageError(sentence("{key} is not a text.", key=key))
    if fields.get("chain") is not None and fields.get("model") is not None:
        raise UsageError(sentence("The line names both a chain and a model."))
    return {key: value for key, value in fields.items() if value is not None}


async def _read(into: asyncio.Queue[bytes | None]) -> None:
    async for line in lines():
        into.put_nowait(line)
    into.put_nowait(None)
