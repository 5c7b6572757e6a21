"""What `switchyard ask` is given beside the question: files, tools, a form for the reply, and how to make it."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from switchyard.cli.parser import UsageError
from switchyard.core.content import Effort, Parameters, Tool
from switchyard.core.sentence import sentence
from switchyard.core.value import value
from switchyard.services.attachments import Upload, read_upload


@value
class Options:
    """The same for every line of `--jsonl`."""

    uploads: tuple[Upload, ...]
    parameters: Parameters


async def read_options(args: argparse.Namespace) -> Options:
    """Read the files that are named and check the rest; raises `UserError`."""
    uploads = [await _image(name) for name in args.images]
    uploads += [await read_upload(Path(name)) for name in args.files]
    return Options(
        tuple(uploads),
        Parameters(
            temperature=args.temperature,
            top_p=args.top_p,
            max_output=args.max_output,
            stop=tuple(args.stop),
            seed=args.seed,
            effort=Effort(args.effort) if args.effort is not None else None,
            schema=await _schema(args.schema),
            tools=await _tools(args.tools),
            web_search=args.web_search,
        ),
    )


async def _image(name: str) -> Upload:
    upload = await read_upload(Path(name))
    if not upload.media_type.startswith("image/"):
        raise UsageError(sentence("{file} is no image.", file=name), sentence("Give it with --file."))
    return upload


async def _schema(name: str | None) -> Mapping[str, object] | None:
    if name is None:
        return None
    value = await _read_json(name)
    if not isinstance(value, dict):
        raise UsageError(sentence("{file} holds no JSON schema.", file=name))
    return MappingProxyType(value)


async def _tools(name: str | None) -> tuple[Tool, ...]:
    if name is None:
        return ()
    value = await _read_json(name)
    entries = value if isinstance(value, list) else [value]
    tools = tuple(_tool(entry, name) for entry in entries)
    if len({tool.name for tool in tools}) < len(tools):
        raise UsageError(sentence("{file} names a tool twice.", file=name))
    return tools


def _tool(entry: object, file: str) -> Tool:
    """Read a tool, in the form that OpenAI or that Anthropic writes."""
    if isinstance(entry, dict) and isinstance(entry.get("function"), dict):
        entry = entry["function"]
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(name, str) or not name:
        raise UsageError(
            sentence("{file} holds something that is no tool.", file=file),
            sentence("A tool has a name, a description and parameters (a JSON schema)."),
        )
    description = entry.get("description")
    schema = entry.get("parameters") or entry.get("input_schema")
    tool = Tool(name, description if isinstance(description, str) else "")
    return Tool(tool.name, tool.description, MappingProxyType(schema)) if isinstance(schema, dict) else tool


async def _read_json(name: str) -> Any:
    try:
        return json.loads(await asyncio.to_thread(Path(name).read_bytes))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(sentence("{file} cannot be read: {reason}.", file=name, reason=reason)) from None
    except (ValueError, RecursionError):
        raise UsageError(sentence("{file} is no JSON.", file=name)) from None
