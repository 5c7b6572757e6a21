"""`switchyard embed`: a text as a vector, or one on each line of standard input."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from switchyard.cli.ask import DONE
from switchyard.cli.interrupt import Interrupt
from switchyard.cli.objects import SCHEMA
from switchyard.cli.parser import UsageError
from switchyard.cli.side_call import exit_code, figures, parse_model, tell_end
from switchyard.cli.standard_input import lines, read_all
from switchyard.cli.terminal import Terminal
from switchyard.core.sentence import sentence
from switchyard.services.app import Services
from switchyard.services.embedding import Embedded


async def run(args: argparse.Namespace, services: Services, terminal: Terminal, interrupt: Interrupt) -> int:
    """Embed what is given; return the exit code."""
    if args.jsonl:
        return await _run_lines(args, services, terminal, interrupt)
    text = args.text
    if text == "-" or (text is None and not sys.stdin.isatty()):
        text = (await read_all()).decode("utf-8-sig", "replace")
    if text is None or not text.strip():
        raise UsageError(sentence("There is no text."), sentence("Give one: switchyard embed --model MODEL TEXT"))
    embedded = await _embed([text], args, services, interrupt)
    record = embedded.record
    if args.json:
        vectors = [list(vector) for vector in embedded.vectors]
        terminal.json({**figures(parse_model(args.model), record, services), "vectors": vectors})
    else:
        for vector in embedded.vectors:
            terminal.line(json.dumps(list(vector)))
    tell_end(record, terminal)
    return exit_code(record)


async def _embed(texts: list[str], args: argparse.Namespace, services: Services, interrupt: Interrupt) -> Embedded:
    embedding = await services.embedding.open(parse_model(args.model))
    with interrupt.stopping(embedding.stop):
        return await embedding.run(texts)


async def _run_lines(args: argparse.Namespace, services: Services, terminal: Terminal, interrupt: Interrupt) -> int:
    """Embed every line, many in a call; return 0 if all were embedded, else the first other code."""
    if args.text not in (None, "-"):
        raise UsageError(sentence("With --jsonl every text is a line of standard input."))
    read = [_read_line(line) async for line in lines()]
    texts = [text for text in read if isinstance(text, str)]
    embedded = await _embed(texts, args, services, interrupt) if texts else None
    vectors = iter(embedded.vectors if embedded is not None else ())
    failed = exit_code(embedded.record) if embedded is not None else DONE
    code = DONE
    for number, text in enumerate(read, start=1):
        result: dict[str, Any] = {"schema": SCHEMA, "line": number}
        if not isinstance(text, str):
            result |= {"exit": UsageError.exit_code, "error": text.title.english()}
        elif (vector := next(vectors, None)) is not None:
            result |= {"exit": DONE, "vector": list(vector)}
        else:
            result |= {"exit": failed, "error": sentence("No model answered.").english()}
        terminal.json(result)
        code = code or int(result["exit"])
    if embedded is not None:
        tell_end(embedded.record, terminal)
    return code


def _read_line(line: bytes) -> str | UsageError:
    """Return the text of a line: as it stands, or an object's member `text`."""
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return UsageError(sentence("The line is not UTF-8 text."))
    if text.lstrip().startswith("{"):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return UsageError(sentence("The line begins like a JSON object, but is none."))
        text = value.get("text") if isinstance(value.get("text"), str) else ""
    return text if text.strip() else UsageError(sentence("The line has no text."))
