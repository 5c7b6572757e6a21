"""A provider that answers at once, in a process of its own: `/ok` with twenty pieces, `/many` with two thousand."""

from __future__ import annotations

import asyncio
import json
import sys

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


ANSWERS = {b"ok": _answer(20), b"many": _answer(2000)}


async def _client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            await reader.readexactly(length)
            name = head.split(b" ", 2)[1].split(b"/")[1]
            writer.write(ANSWERS[name])
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
