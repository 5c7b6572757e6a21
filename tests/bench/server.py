"""A provider that answers at once, in a process of its own: `/ok` with twenty pieces, `/many` with two thousand.

`/responses`, `/anthropic`, `/gemini` and `/ollama` answer with two thousand as well, each in its own dialect; `/500`
fails.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _frame(event: object) -> bytes:
    data = event if isinstance(event, str) else json.dumps(event)
    raw = f"data: {data}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(raw), raw)


def _answer(pieces: int) -> bytes:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1760000000, "model": "stub"}
    deltas = [
        _frame(base | {"choices": [{"index": 0, "delta": {"content": f"w{n % 100:02} "}, "finish_reason": None}]})
        for n in range(pieces)
    ]
    end = _frame(base | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    usage = _frame(base | {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": pieces}})
    return HEAD + b"".join(deltas) + end + usage + _frame("[DONE]") + b"0\r\n\r\n"


def _chunk(raw: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(raw), raw)


def _events(*events: dict[str, Any]) -> bytes:
    """Events that name their type."""
    frames = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)
    return HEAD + b"".join(map(_chunk, frames)) + b"0\r\n\r\n"


def _responses(words: list[str]) -> bytes:
    said = {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0}
    head = {"id": "resp_1", "object": "response", "model": "stub"}
    whole = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "".join(words)}]}
    usage = {"input_tokens": 12, "output_tokens": len(words)}
    end = {"response": {**head, "status": "completed", "output": [whole], "usage": usage}}
    return _events(
        {"type": "response.created", "response": {**head, "status": "in_progress"}},
        *({**said, "sequence_number": n, "delta": word} for n, word in enumerate(words)),
        {"type": "response.completed", **end},
    )


def _anthropic(words: list[str]) -> bytes:
    head = {"id": "m", "type": "message", "model": "stub", "content": [], "usage": {"input_tokens": 12}}
    return _events(
        {"type": "message_start", "message": head},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in words),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": len(words)}},
        {"type": "message_stop"},
    )


def _gemini(words: list[str]) -> bytes:
    def event(word: str, n: int, **end: str) -> dict[str, Any]:
        content = {"parts": [{"text": word}], "role": "model"}
        usage = {"promptTokenCount": 12, "candidatesTokenCount": n, "totalTokenCount": 12 + n}
        return {
            "candidates": [{"content": content, "index": 0, **end}],
            "usageMetadata": usage,
            "modelVersion": "stub",
            "responseId": "r",
        }

    events = [event(word, n) for n, word in enumerate(words)] + [event("", len(words), finishReason="STOP")]
    frames = (f"data: {json.dumps(one)}\r\n\r\n".encode() for one in events)
    return HEAD + b"".join(map(_chunk, frames)) + b"0\r\n\r\n"


def _ollama(words: list[str]) -> bytes:
    said = {"model": "stub", "created_at": "2026-11-01T00:00:00.000000Z"}
    lines = [{**said, "message": {"role": "assistant", "content": word}, "done": False} for word in words]
    last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "eval_count": 7}
    frames = (json.dumps(line).encode() + b"\n" for line in [*lines, {**said, **last}])
    return HEAD.replace(b"text/event-stream", b"application/x-ndjson") + b"".join(map(_chunk, frames)) + b"0\r\n\r\n"


WORDS = [f"w{n % 100:02} " for n in range(2000)]
REFUSED = b'{"error":{"message":"The server had an error.","type":"server_error"}}'
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
ANSWERS = {
    b"500": FAILURE % (len(REFUSED), REFUSED),
    b"ok": _answer(20),
    b"many": _answer(2000),
    b"responses": _responses(WORDS),
    b"anthropic": _anthropic(WORDS),
    b"gemini": _gemini(WORDS),
    b"ollama": _ollama(WORDS),
}
ASIDE = (b"/api/show", b"/api/ps")  # what is asked of Ollama before it is asked for a reply
NOTHING = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


async def _client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            await reader.readexactly(length)
            path = head.split(b" ", 2)[1]
            writer.write(NOTHING if path.endswith(ASIDE) else ANSWERS[path.split(b"/")[1]])
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Listen on a free port, and write it to standard output."""
    server = await asyncio.start_server(_client, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
