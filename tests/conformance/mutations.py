"""Streams and documents that no server should send, made from good ones by chance; a number names each for good."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.in_process import HOST, Played
from tests.providers.conftest import Told, make_call

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Parameters, Tool
from switchyard.core.events import (
    CallFailed,
    Cited,
    Finished,
    ImageMade,
    OpaqueGiven,
    ProviderEvent,
    ReasoningDelta,
    TextDelta,
    ToolCalled,
    UsageReported,
)
from switchyard.core.message import ChatMessage, Role
from switchyard.core.usage import Usage
from switchyard.core.value import names_of
from switchyard.providers.base import Call, Embeds
from switchyard.providers.registry import build_providers

TRANSCRIPTS = Path(__file__).parents[1] / "data" / "transcripts"
TYPES = {".sse": "text/event-stream", ".ndjson": "application/x-ndjson", ".json": "application/json"}
SPEAKERS = {
    "openai-chat": "openai-compatible",
    "openai-responses": "openai-compatible",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "ollama": "ollama",
}
LIST = {
    "data": [{"id": "a", "context_length": 8192, "pricing": {"prompt": "0.1", "completion": "0.2"}, "type": "chat"}],
    "models": [{"name": "models/b", "inputTokenLimit": 1, "supportedGenerationMethods": ["generateContent"]}],
    "embeddings": [[0.25, 1]],
    "has_more": False,
}
STRANGE: tuple[object, ...] = (
    None, True, False, 0, -1, 7, 1e308, math.inf, math.nan, 10**30, [], {}, [None], [[]], [{}], [[[[[[[[[]]]]]]]]],
    "", "7", "0.5", "null", "[DONE]", "<think>", "</think>", "\ud83d", "\x00", "é" * 300,
    {"": None}, {"error": None}, {"error": {"message": None}}, {"type": "text", "text": None},
    {"message": {"content": 7}},
)  # fmt: skip
NOISE = (
    b"\x00", b"\xff\xfe", b"\xe4\xb8", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n\r\n", b"{", b"}", b"]", b",", b"null",
    b": comment\n\n", b"data", b"data:\n\n", b"data: {\n\n", b"data: [DONE]\n\n", b"event: error\n",
    b"id: 7\nretry: 3\n\n", b"\\ud800", b"<html>", b'data: {"error":{"message":"It broke.","code":500}}\n\n',
    b'{"error":"no"}\n', b"[" * 3000,
)  # fmt: skip


@dataclass(frozen=True)
class Seed:
    """A good answer. `operation` is what it answers: a reply, a list of models, or vectors."""

    dialect: str
    suffix: str
    body: bytes
    operation: str = "stream"


def seeds_of(dialect: str) -> list[Seed]:
    """Return the good answers of a dialect that are in the repository."""
    written = [
        Seed(dialect, path.suffix, path.read_bytes())
        for path in sorted(TRANSCRIPTS.glob(f"{dialect}*"))
        if path.suffix in TYPES and path.stem in (dialect, f"{dialect}-tools")
    ]
    listed = json.dumps(LIST).encode()
    return [*written, Seed(dialect, ".json", listed, "list"), Seed(dialect, ".json", listed, "embed")]


# --- changes ----------------------------------------------------------------------------------------------------------


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a JSON value: what holds it, and its key or index."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def _change_value(chance: random.Random, value: object) -> object:
    """Put something strange somewhere into a JSON value, or take something out."""
    places = list(_places(value))
    if not places:
        return copy.deepcopy(chance.choice(STRANGE))
    holder, key = chance.choice(places)
    match chance.randrange(5):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]]
        case 2:
            holder[key] = str(holder[key])
        case _:
            holder[key] = copy.deepcopy(chance.choice(STRANGE))
    return value


def _change_json(chance: random.Random, body: bytes) -> bytes:
    """Change a value of one of the JSON documents in a body."""
    found = [match for match in re.finditer(rb"\{.*\}", body) if match.group()] or [*re.finditer(rb"(?s)\A.*\Z", body)]
    match = chance.choice(found)
    try:
        value = json.loads(match.group())
    except (ValueError, RecursionError):
        return body
    for _ in range(chance.randint(1, 3)):
        value = _change_value(chance, value)
    changed = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    return body[: match.start()] + changed + body[match.end() :]


def _change_bytes(chance: random.Random, body: bytes) -> bytes:
    """Take a part out, say it twice, or put noise in."""
    start = chance.randint(0, len(body))
    end = min(len(body), start + chance.randint(0, 60))
    middle = (b"", body[start:end] * 2, chance.choice(NOISE) + body[start:end], chance.randbytes(3))
    return body[:start] + chance.choice(middle) + body[end:]


def _change_order(chance: random.Random, body: bytes) -> bytes:
    """Leave events out, say them twice, or in another order."""
    events = (
        re.split(rb"(?<=\n\n)|(?<=\r\n\r\n)", body) if b"\n\n" in body or b"\r\n\r\n" in body else body.splitlines(True)
    )
    match chance.randrange(4):
        case 0:
            chance.shuffle(events)
        case 1:
            events = [event for event in events if chance.random() < 0.8]
        case 2:
            events = [event for event in events for _ in range(chance.choice((1, 1, 3)))]
        case _:
            events.insert(chance.randint(0, len(events)), chance.choice(NOISE))
    return b"".join(events)


def _cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randint(0, len(body))]


CHANGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _change_json, _change_json, _change_json, _change_bytes, _change_order, _cut,
)  # fmt: skip


def _pieces(chance: random.Random, body: bytes) -> list[bytes]:
    if chance.random() < 0.5:
        return [body]
    size = chance.choice((1, 3, 50, 700)) if len(body) < 20_000 else 700
    return [body[at : at + size] for at in range(0, len(body), size)]


# --- playing ----------------------------------------------------------------------------------------------------------


class Player:
    """Plays changed answers of one dialect, and holds what comes out to what may come out: events, and failures."""

    def __init__(self, dialect: str, seeds: list[Seed]) -> None:
        self._seeds = seeds
        self._played = Played()
        self._provider = build_providers(self._played)[SPEAKERS[dialect]]
        api = "responses" if dialect == "openai-responses" else "chat"
        self._endpoint = Endpoint("here", SPEAKERS[dialect], HOST, settings={"api": api})

    async def play(self, number: int) -> None:
        """Play the answer of this number."""
        chance = random.Random(number)
        seed = chance.choice(self._seeds)
        body = seed.body
        for _ in range(chance.randint(1, 4)):
            body = chance.choice(CHANGES)(chance, body)
        self._played.status = chance.choice((200, 200, 200, 200, 400, 429, 500))
        self._played.headers = {"content-type": TYPES[seed.suffix] if chance.random() < 0.9 else "text/plain"}
        self._played.pieces = _pieces(chance, body)
        await asyncio.sleep(0)  # the loop forgets the timers that were cancelled only when it turns
        try:
            await self._ask(seed.operation, stream=chance.random() < 0.8)
        except Exception as error:
            error.add_note(f"answer {number} of {seed.dialect}: {body[:2000]!r}")
            raise

    async def _ask(self, operation: str, *, stream: bool) -> None:
        with contextlib.suppress(CallFailed):
            if operation == "list":
                models = await self._provider.list_models(self._endpoint)
                assert all(model.name for model in models)
                assert all(model.context is None or model.context > 0 for model in models)
            elif operation == "embed":
                if not isinstance(self._provider, Embeds):
                    return
                told = await self._provider.embed(self._endpoint, "m", ["one"])
                assert all(isinstance(number, int | float) for vector in told.vectors for number in vector)
            else:
                check(await make_call(self._provider, self._call(stream)))

    def _call(self, stream: bool) -> Call:
        asked = Parameters(temperature=0.5, tools=(Tool("look"),))
        return Call(
            self._endpoint, "m", (ChatMessage(Role.USER, "Hi"),), stream=stream, max_output=100, parameters=asked
        )


def check(told: Told) -> None:
    """Hold what a call told to its form: values of the right kinds, and one end."""
    for event in told.events:
        _check_event(event)
    ends = [event for event in told.events if isinstance(event, Finished)]
    if told.failure is None:
        assert len(ends) == 1
        assert told.events[-1] is ends[0]
    else:
        assert told.failure.message
        assert not ends


def _check_event(event: ProviderEvent) -> None:
    match event:
        case TextDelta(text) | ReasoningDelta(text):
            assert isinstance(text, str)
        case ToolCalled(call):
            assert all(isinstance(part, str) for part in (call.id, call.name, call.arguments))
        case Cited(citation):
            assert isinstance(citation.url, str)
            assert all(part is None or isinstance(part, str) for part in (citation.title, citation.text))
        case ImageMade(image):
            assert isinstance(image.base64, str)
            assert isinstance(image.media_type, str)
        case OpaqueGiven(opaque):
            json.dumps(opaque.value)
        case UsageReported(usage):
            _check_usage(usage)
        case _:
            pass


def _check_usage(usage: Usage) -> None:
    for name in names_of(Usage):
        count = getattr(usage, name)
        if name == "iterations":
            for iteration in count:
                _check_usage(iteration.usage)
        elif name != "estimated":
            assert count is None or (type(count) is int and count >= 0), f"{name}: {count!r}"
