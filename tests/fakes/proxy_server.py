"""Proxies on loopback: HTTP (forwarding and CONNECT) and SOCKS5, with or without a name and a password."""

from __future__ import annotations

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import urlsplit

Kind = Literal["http", "socks5", "silent", "rude", "closed"]


class ProxyServer:
    """Passes on what it is asked to, and remembers the targets. Every name means this computer to it."""

    def __init__(self, kind: Kind, sign_in: tuple[str, str] | None) -> None:
        self.targets: list[str] = []
        self.port = 0
        self.connected = asyncio.Event()
        self._kind = kind
        self._sign_in = sign_in
        self._tasks: set[asyncio.Task[Any]] = set()

    def url(self, sign_in: str = "") -> str:
        """Return the proxy's address, as it stands in an account's settings."""
        scheme = "socks5" if self._kind == "socks5" else "http"
        return f"{scheme}://{sign_in and sign_in + '@'}127.0.0.1:{self.port}"

    @classmethod
    @asynccontextmanager
    async def running(cls, kind: Kind, sign_in: tuple[str, str] | None = None) -> AsyncIterator[ProxyServer]:
        """Listen on a free port for as long as the context lasts."""
        self = cls(kind, sign_in)
        listener = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
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
        self.connected.set()
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if self._kind == "silent":
                    await reader.read()
                elif self._kind == "rude":
                    writer.write(b"220 mail.example.invalid ESMTP ready\r\n\r\n")
                    await reader.read(1)
                elif self._kind == "http":
                    await self._speak_http(reader, writer)
                elif self._kind == "socks5":
                    await self._speak_socks(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _speak_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        if self._sign_in is not None:
            wanted = b64encode(":".join(self._sign_in).encode())
            if b"proxy-authorization: basic " + wanted.lower() not in head.lower() or wanted not in head:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
                return
        self.targets.append(target)
        if method == "CONNECT":
            port = int(target.rpartition(":")[2])
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._pass_on(port, b"", reader, writer)
        else:
            parts = urlsplit(target)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            await self._pass_on(parts.port or 80, head.replace(target.encode(), path.encode(), 1), reader, writer)

    async def _speak_socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        method = 0 if self._sign_in is None else 2
        if method not in methods:
            writer.write(b"\x05\xff")
            return
        writer.write(bytes([5, method]))
        if self._sign_in is not None:
            _, length = await reader.readexactly(2)
            name = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = (name.decode(), password.decode()) == self._sign_in
            writer.write(b"\x01\x00" if right else b"\x01\x01")
            if not right:
                return
        _, _, _, kind = await reader.readexactly(4)
        length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        host = await reader.readexactly(length)
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.targets.append(f"{host.decode() if kind == 3 else '.'.join(map(str, host))}:{port}")
        if port == 1:
            writer.write(b"\x05\x05\x00\x01" + bytes(6))
            return
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await self._pass_on(port, b"", reader, writer)

    async def _pass_on(
        self, port: int, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        far_writer.write(first)
        try:
            async with asyncio.TaskGroup() as group:
                back = group.create_task(_pump(far_reader, writer))
                await _pump(reader, far_writer)
                back.cancel()
        finally:
            far_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        with contextlib.suppress(OSError):
            writer.write_eof()
