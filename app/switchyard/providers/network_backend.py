"""What httpcore's connections are made of: asyncio's own transports, with nothing between.

The backend that httpcore brings goes through anyio, which passes through the loop once more for each read and write.
Why that counts, and what is left to httpcore: docs/decisions/0006-network-backend.md.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import sys
from collections.abc import Awaitable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any, cast

import httpcore

SECOND_ADDRESS_S = 0.25  # how long an address may keep silent before the next one is tried beside it (RFC 8305)
FULL_BYTES, EMPTY_BYTES = 256 * 1024, 64 * 1024  # unread: where the server is held back, and where it is let go on
PIECE_BYTES = 256 * 1024  # what is written at once: to encrypt more would hold up the window

_LONGEST_HANDSHAKE_S = 60.0
_INFOS = {"client_addr": "sockname", "server_addr": "peername"}  # httpcore's words that are not asyncio's too


class Backend(httpcore.AsyncNetworkBackend):
    """Opens connections on the running loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's word, here and below
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Connection:
        """Connect to whichever of a host's addresses answers; raises `ConnectTimeout` or `ConnectError`."""
        try:
            async with asyncio.timeout(timeout):
                connection = await _connect(await _addresses(host, port), local_address)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except (OSError, ExceptionGroup, UnicodeError) as error:  # the last for what can be no name at all
            raise httpcore.ConnectError(str(error)) from error
        try:
            for option in socket_options or ():
                connection.get_extra_info("socket").setsockopt(*option)
        except OSError as error:
            connection.abort()
            raise httpcore.ConnectError(str(error)) from error
        return connection


class Connection(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """One connection: to httpcore a stream, to asyncio the protocol that is told what a transport does."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._received = bytearray()
        self._held_back = True  # the server is; and as long as there is no transport nothing can be
        self._may_write = True
        self._ended = False  # nothing more will come
        self._lost = False  # and nothing will be sent
        self._error: BaseException | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    # --- what asyncio tells -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._held_back = False

    def data_received(self, data: bytes) -> None:
        """Keep what came until it is read; where that is much the server has to wait."""
        self._received += data
        if len(self._received) > FULL_BYTES and not self._held_back:
            self._held_back = True
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        """Let asyncio close the connection: to a server that has said everything there is nothing to say."""
        self._ended = True
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits; what came before can still be read."""
        if not self._ended:
            self._error = exc
        self._ended = self._lost = True
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """Let the writer wait."""
        self._may_write = False

    def resume_writing(self) -> None:
        """Let the writer go on."""
        self._may_write = True
        _wake(self._writer)

    # --- what httpcore asks for ---------------------------------------------------------------------------------------

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return what has come, as soon as anything has, and nothing at the end; raises `ReadTimeout`, `ReadError`."""
        if not (self._received or self._ended):
            self._reader = self._loop.create_future()
            await _within(timeout, httpcore.ReadTimeout, self._reader)
        elif len(self._received) > max_bytes:
            await asyncio.sleep(0)  # others have their turn, however fast the server is
        if not self._received:
            if self._error is not None:
                raise httpcore.ReadError(str(self._error)) from self._error
            return b""
        data = bytes(self._received if len(self._received) <= max_bytes else self._received[:max_bytes])
        del self._received[: len(data)]
        if self._held_back and len(self._received) <= EMPTY_BYTES:
            self._held_back = False
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send, and wait until more may be sent; raises `WriteTimeout`, `WriteError`."""
        await _within(timeout, httpcore.WriteTimeout, self._write(buffer))

    async def _write(self, buffer: bytes) -> None:
        for begin in range(0, len(buffer), PIECE_BYTES):
            if begin:
                await asyncio.sleep(0)
            if self._lost or self._transport.is_closing():
                raise httpcore.WriteError(str(self._error)) from self._error
            self._transport.write(buffer[begin : begin + PIECE_BYTES])
            if not self._may_write:
                self._writer = self._loop.create_future()
                await self._writer
                if self._lost:
                    raise httpcore.WriteError(str(self._error)) from self._error

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Connection:
        """Return the connection within this one; raises `ConnectTimeout`, `ConnectError`, and has closed it then."""
        secured = Connection()
        try:
            if self._ended or self._received:
                raise ConnectionAbortedError("it ended, or somebody spoke, before there was a handshake")
            async with asyncio.timeout(timeout):
                transport = await self._loop.start_tls(
                    self._transport,
                    secured,
                    ssl_context,
                    server_hostname=server_hostname,
                    ssl_handshake_timeout=_LONGEST_HANDSHAKE_S + (timeout or 0.0),
                )
            if transport is None:  # so asyncio tells that the connection was closed on this side
                raise ConnectionAbortedError("it was closed during the handshake")
        except BaseException as error:
            self.abort()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout(str(error)) from error
            if isinstance(error, OSError | ValueError):  # the latter for a name that TLS does not take
                raise httpcore.ConnectError(str(error)) from error
            raise
        secured.connection_made(transport)
        return secured

    def abort(self) -> None:
        """Close it: no farewell is waited for."""
        self._received.clear()
        self._ended, self._error = True, ConnectionAbortedError("it was closed on this side")
        _wake(self._reader)
        if _number(self._transport) >= 0:  # asyncio's transports do not bear it when they are at their end
            self._transport.abort()

    async def aclose(self) -> None:
        """Close it, and see it closed."""
        self.abort()
        await asyncio.sleep(0)  # asyncio lets go of the socket in its next pass

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore may know of the connection, and whether a server that should be silent is not."""
        if info == "is_readable":
            return bool(self._received) or self._ended or _has_news(_number(self._transport))
        return self._transport.get_extra_info(_INFOS.get(info, info))


async def _addresses(host: str, port: int) -> list[tuple[str, int]]:
    """Look a host up. Where it has addresses of both kinds, the second is of the other kind than the first."""
    try:
        ip_address(host)
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    else:
        return [(host, port)]
    other = next((each for each in found if each[0] != found[0][0]), None)
    if other is not None:
        found.remove(other)
        found.insert(1, other)
    return [(_written(address), port) for *_, address in found]


def _written(address: tuple[Any, ...]) -> str:
    """Write an address out; one of IPv6 may hold good on one of this computer's networks alone."""
    return f"{address[0]}%{address[3]}" if len(address) > 3 and address[3] else str(address[0])


async def _connect(addresses: Sequence[tuple[str, int]], local_address: str | None) -> Connection:
    """Connect to the first address that answers: each has a moment for itself before the next is tried beside it.

    Raises `ExceptionGroup`. asyncio's own race is not used: given up at its end, it leaves a connection open.
    """
    loop = asyncio.get_running_loop()
    local = (local_address, 0) if local_address else None
    made: list[Connection] = []
    errors: list[OSError] = []

    async def attempt(host: str, port: int) -> None:
        try:
            made.append((await loop.create_connection(Connection, host, port, local_addr=local))[1])
        except OSError as error:
            errors.append(error)

    waiting, trying = list(addresses), set[asyncio.Task[None]]()
    try:
        async with asyncio.TaskGroup() as group:
            while not made and (waiting or trying):
                if waiting:
                    trying.add(group.create_task(attempt(*waiting.pop(0))))
                patience = SECOND_ADDRESS_S if waiting else None
                _, trying = await asyncio.wait(trying, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for task in trying:
                task.cancel()
    except BaseException:
        for connection in made:
            connection.abort()
        raise
    for late in made[1:]:
        late.abort()
    if not made:
        raise ExceptionGroup("no address answers", errors)
    return made[0]


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


async def _within(timeout: float | None, late: type[httpcore.TimeoutException], wait: Awaitable[None]) -> None:  # noqa: ASYNC109
    if timeout is None:
        return await wait
    try:
        async with asyncio.timeout(timeout):
            await wait
    except TimeoutError as error:
        raise late(str(error)) from error


def _number(transport: asyncio.Transport) -> int:
    """Return the number of a transport's socket, below nothing once that is closed."""
    end = transport.get_extra_info("socket")
    return -1 if end is None else int(end.fileno())


def _has_news(number: int) -> bool:
    """Look at a socket itself: the loop may not have come by since the server closed the connection."""
    if number < 0:
        return True
    if sys.platform == "win32":
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))
