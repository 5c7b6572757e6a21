"""A raw HTTP/1.1 server on loopback that plays scripted answers: whole, in pieces, cut, reset or stalled."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class Script:
    """One answer. `cut_at` is the byte of the body after which `ending` happens; `gate` holds the answer back.

    `pause_s` passes after each piece of the body.
    """

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    piece_bytes: int | None = None
    cut_at: int | None = None
    ending: Literal["clean", "close", "reset", "stall"] = "clean"
    zipped: bool = False
    chunked: bool = True
    drop: bool = False
    reason: str = "Scripted"
    gate: asyncio.Event | None = None
    pause_s: float = 0.0

    @property
    def raw(self) -> bytes:
        """The bytes of the body."""
        raw = self.body if isinstance(self.body, bytes) else self.body.encode()
        return gzip.compress(raw) if self.zipped else raw


def sse(*events: object, done: bool = True) -> str:
    """Write events as an OpenAI-like stream."""
    lines = [f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in events]
    return "".join(lines) + ("data: [DONE]\n\n" if done else "")


def transcript(name: str, **changes: Any) -> Script:
    """Return the answer that is written down in `tests/data/transcripts`: an event stream, lines, or a document."""
    path = DATA / "transcripts" / name
    kinds = {".sse": "text/event-stream", ".ndjson": "application/x-ndjson", ".json": "application/json"}
    headers = {"content-type": kinds[path.suffix], **changes.pop("headers", {})}
    return Script(path.read_bytes(), headers=headers, **changes)


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body parsed."""
        return json.loads(self.body)


class HttpServer:
    """Answers each path with its scripts in turn; the last one stays. A path without any gets a 404 page."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.stalled = asyncio.Event()  # an answer came to where it says no more
        self.left = asyncio.Event()  # a client went away from a stalled answer
        self._arrived = asyncio.Condition()
        self._scripts: dict[str, list[Script]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._address = ""

    def play(self, path: str, *scripts: Script) -> None:
        """Set the answers of a path (without its query); one with `*` at its end stands for all that begin so."""
        self._scripts[path] = list(scripts)

    def _find(self, path: str) -> list[Script] | None:
        begun = (known for known in self._scripts if known.endswith("*") and path.startswith(known[:-1]))
        return self._scripts.get(path) or self._scripts.get(next(begun, ""))

    def url(self, path: str = "") -> str:
        """Return the address of a path."""
        return self._address + path

    async def until_alone(self) -> None:
        """Wait until no client is connected any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [request.path for request in self.received]

    async def until_received(self, requests: int) -> None:
        """Wait until so many requests came."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= requests)

    @classmethod
    @asynccontextmanager
    async def running(cls, tls: ssl.SSLContext | None = None) -> AsyncIterator[HttpServer]:
        """Listen on a free port for as long as the context lasts; with `tls` over HTTPS."""
        self = cls()
        listener = await asyncio.start_server(self._client, "127.0.0.1", 0, ssl=tls)
        self._address = f"{'https://localhost' if tls else 'http://127.0.0.1'}:{listener.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            listener.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await reader.readexactly(1)
        if not first.isalpha():  # TLS, for one
            return False
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        async with self._arrived:
            self.received.append(Received(method, target, headers, body))
            self._arrived.notify_all()
        scripts = self._find(target.partition("?")[0])
        if not scripts:
            script = Script("<html><body>Not Found</body></html>", 404, {"content-type": "text/html"}, chunked=False)
        else:
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        if script.drop:
            return False
        if script.gate is not None:
            await script.gate.wait()
        return await self._answer(script, reader, writer)

    async def _answer(self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        raw = script.raw
        headers = dict(script.headers) | ({"content-encoding": "gzip"} if script.zipped else {})
        headers |= {"transfer-encoding": "chunked"} if script.chunked else {"content-length": str(len(raw))}
        lines = [f"HTTP/1.1 {script.status} {script.reason}", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        await writer.drain()
        sent = raw if script.cut_at is None else raw[: script.cut_at]
        for piece in _pieces(sent, script.piece_bytes):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if script.chunked else piece)
            await writer.drain()
            await asyncio.sleep(script.pause_s)
        if script.ending == "stall":
            self.stalled.set()
            await reader.read(1)
            self.left.set()
            return False
        if script.ending == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return False
        if script.ending == "close":
            return False
        if script.chunked:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return True


def _pieces(raw: bytes, size: int | None) -> Iterable[bytes]:
    if size is None:
        return [raw] if raw else []
    return [raw[at : at + size] for at in range(0, len(raw), size)]
