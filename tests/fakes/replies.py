"""What a provider may answer: streams and whole replies that are well, that break off, or that hold an error."""

from __future__ import annotations

import json
from typing import Any, Literal

from tests.fakes.http_server import Script, sse

JSON = {"content-type": "application/json"}
STREAM = {"content-type": "text/event-stream"}


def words(first: int, last: int) -> list[str]:
    """Return tokens that can be told from each other; forty of them are more than 200 characters."""
    return [f"word{n:03} " for n in range(first, last)]


def chunk(reason: str | None = None, **delta: Any) -> dict[str, Any]:
    """A piece of a streamed reply."""
    return {"id": "c1", "model": "m-2026", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def tokens(*pieces: str, ends: bool = True) -> list[Any]:
    """Return the events of a stream of these tokens."""
    events = [chunk(role="assistant", content=""), *(chunk(content=piece) for piece in pieces)]
    return [*events, chunk("stop")] if ends else events


def streamed(*pieces: str, usage: dict[str, Any] | None = None) -> Script:
    """A stream that is well."""
    counted = [{"id": "c1", "choices": [], "usage": usage}] if usage is not None else []
    return Script(sse(*tokens(*pieces), *counted), headers=STREAM)


def whole(text: str | None, reason: str | None = "stop", usage: dict[str, Any] | None = None, **message: Any) -> Script:
    """A whole reply."""
    said = {"role": "assistant", "content": text, **message}
    value: dict[str, Any] = {"model": "m-2026", "choices": [{"index": 0, "message": said, "finish_reason": reason}]}
    return body(value | ({"usage": usage} if usage is not None else {}))


def good(stream: bool, text: str = "w0 w1", usage: dict[str, Any] | None = None) -> Script:
    """An answer, streamed or not."""
    first, blank, rest = text.partition(" ")
    return streamed(first, blank + rest, usage=usage) if stream else whole(text, usage=usage)


def broken(*pieces: str, ending: Literal["clean", "close", "reset", "stall"] = "reset") -> Script:
    """A stream that breaks off after these tokens."""
    return Script(sse(*tokens(*pieces, ends=False), done=False), headers=STREAM, ending=ending)


def half_body(ending: Literal["close", "reset", "stall"] = "reset") -> Script:
    """A whole reply of which half comes."""
    script = whole("half an answer")
    return Script(script.body, headers=JSON, chunked=False, cut_at=len(script.raw) // 2, ending=ending)


def body(value: object, status: int = 200, **headers: str) -> Script:
    """A document, with a status and headers (an underscore in a name stands for a dash)."""
    told = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    return Script(json.dumps(value), status, told, chunked=False)


def failing(status: int, code: str = "x", message: str = "", **headers: str) -> Script:
    """An error as OpenAI-like providers word it."""
    return body({"error": {"message": message or f"stub {status}", "type": code, "code": code}}, status, **headers)


def named(*values: dict[str, Any]) -> Script:
    """A stream whose events have names, as Anthropic's and OpenAI's Responses have."""
    text = "".join(f"event: {value['type']}\ndata: {json.dumps(value)}\n\n" for value in values)
    return Script(text, headers=STREAM)
