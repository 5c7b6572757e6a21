"""What is used of httpx: one account's connections, and the words for what goes wrong with them.

Imported when the first request is made, in a thread: the window paints before httpx is there. The client that httpx
puts around its transport is left out. What it adds (cookies, redirects, sign-ins) is not wanted, and not free.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Protocol
from urllib.request import getproxies, proxy_bypass

import anyio
import httpcore
import httpx
import socksio

from switchyard.core.events import CallFailed
from switchyard.core.failure_words import Cause
from switchyard.core.failures import Failure, FailureKind
from switchyard.providers.addresses import is_loopback
from switchyard.providers.client import Upload
from switchyard.providers.compression import ACCEPTED, ERRORS, Unpacker, unpackers
from switchyard.providers.network import NO_PROXY, SYSTEM, Way, name_of_proxy
from switchyard.providers.network_backend import Backend
from switchyard.providers.trouble import trouble
from switchyard.providers.trust import trust

CONNECTIONS_PER_ACCOUNT = 10
IDLE_CONNECTION_S = 60.0
PROXY_REFUSED = 407
_CAUGHT: tuple[type[Exception], ...] = (httpx.TransportError, httpx.StreamError, OSError, *ERRORS)
# What the handshake with a SOCKS proxy raises where that is none, beside its own errors.
_CAUGHT_OF_SOCKS: tuple[type[Exception], ...] = (
    *_CAUGHT,
    socksio.SOCKSError,
    AssertionError,
    ValueError,
    NotImplementedError,
)
if find_spec("sniffio") is None:  # with every request httpcore would look for it all over the disk, several times
    sys.modules["sniffio"] = None  # type: ignore[assignment]


class Transport:
    """httpx once it is loaded, with the TLS contexts that connections share. Takes a while to make."""

    def __init__(self) -> None:
        anyio.run(anyio.sleep, 0)  # its asyncio half is otherwise imported by the first request, on the loop
        self._tls: dict[str | None, ssl.SSLContext] = {}
        self.caught: tuple[type[Exception], ...] = _CAUGHT

    def connect(self, base_url: str, way: Way, user_agent: str) -> Connections:
        """Return connections to an address; raises `CallFailed` (CONNECT) where the way to it cannot be used.

        Blocks: files are read.
        """
        return Connections(base_url, way, user_agent, self._trust(way.ca_file))

    def _trust(self, ca_file: str | None) -> ssl.SSLContext:
        if ca_file is not None:
            return trust(ca_file)  # read anew: it may be another one by now
        if None not in self._tls:
            self._tls[None] = trust(None)
        return self._tls[None]

    def chunks_of(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Return the body as it comes. What is not compressed is taken from the connection itself."""
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            return response.aiter_bytes()
        encoding = response.headers.get("content-encoding")
        chunks = aiter(stream)
        for unpacker in unpackers(encoding) if encoding else ():
            chunks = _unpacked(chunks, unpacker)
        return chunks

    def broken_off(self, error: Exception, request_id: str | None) -> Failure:
        """What went wrong in the middle of an answer."""
        if isinstance(error, ERRORS):
            return Failure(FailureKind.BAD_EVENT, "The answer could not be decompressed.", request_id=request_id)
        return Failure(FailureKind.CUT, "The connection broke off in the middle of the answer.", request_id=request_id)


async def _unpacked(chunks: AsyncIterator[bytes], unpacker: Unpacker) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        for piece in unpacker.feed(chunk):
            yield piece


class _Closable(Protocol):
    """A connection as httpx tells of it."""

    async def aclose(self) -> None:
        """Close it; a second time does nothing."""
        ...


class _Body(httpx.AsyncByteStream):
    """What is sent, with word of when that begins and when it is written."""

    def __init__(self, content: bytes, on_sent: Callable[[], None] | None) -> None:
        self._content = content
        self._on_sent = on_sent
        self.on_begin: Callable[[], None] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.on_begin is not None:
            self.on_begin()
        yield self._content
        if self._on_sent is not None:
            self._on_sent()


class _OnPool(httpx.AsyncHTTPTransport):
    """httpx's transport on a pool that was made elsewhere: its own constructor has no word for a backend."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; one that is given up leaves no connection open."""
        try:
            return await super().handle_async_request(request)
        except BaseException:
            await self._let_go()
            raise

    async def _let_go(self) -> None:
        """Close what nobody uses: httpcore takes a connection that was made, and not used yet, for busy for ever."""
        held = [request.connection for request in self._pool._requests]
        for connection in self._pool.connections:
            if connection not in held and not connection.is_idle():
                self._pool._connections.remove(connection)
                await connection.aclose()


class Connections:
    """The connections to one address on one way: `users` are the requests that use them, `left` tells of a new way."""

    def __init__(self, base_url: str, way: Way, user_agent: str, tls: ssl.SSLContext) -> None:
        self.way = way
        self.users = 0
        self.left = False
        self._base_url = base_url
        self._url = url = _parse(base_url)
        self._headers = {
            "host": url.netloc.decode("ascii"),
            "user-agent": user_agent,
            "accept": "*/*",
            "accept-encoding": ACCEPTED,
            "connection": "keep-alive",
        }
        self._sign_in = (
            {"authorization": f"Basic {b64encode(_name_and_password(url)).decode()}"} if url.userinfo else {}
        )
        proxy = _proxy(url, way)
        self._proxy = name_of_proxy(proxy) if proxy else None
        self._caught = _CAUGHT_OF_SOCKS if proxy and proxy.startswith("socks") else _CAUGHT
        try:
            self._transport = _OnPool(_pool(tls, proxy))
        except (ValueError, httpx.InvalidURL):
            raise _unreachable(
                "The proxy of the environment cannot be used."
                if way.proxy == SYSTEM
                else "The proxy of this account cannot be used."
            ) from None

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        upload: Upload | None,
        on_sent: Callable[[], None] | None,
        connect_timeout_s: float,
    ) -> httpx.Response:
        """Send a request and return the head of its answer; raises `CallFailed` where none comes."""
        content, content_type = upload or (b"", "")
        described = {"content-type": content_type, "content-length": str(len(content))} if content else {}
        url = _parse(_join(self._base_url, path))
        if url.netloc != self._url.netloc or url.scheme != self._url.scheme:
            raise _unreachable("The account's address cannot be used.")
        body = _Body(content, on_sent)
        try:
            request = httpx.Request(
                method,
                url,
                headers={**self._headers, **headers, **self._sign_in, **described},
                stream=body,
                extensions={"timeout": {"connect": connect_timeout_s}},
            )
            if self._proxy is None:
                return await self._transport.handle_async_request(request)
            return await self._send_by_proxy(request, body, connect_timeout_s)
        except (httpx.LocalProtocolError, UnicodeError):
            raise CallFailed(Failure(FailureKind.AUTH, "The key holds characters that no key has.")) from None
        except self._caught as error:
            found = trouble(error, connect_timeout_s, self._url.host, self._proxy)
            here = found.code == Cause.REFUSED and is_loopback(self._base_url)
            raise _unreachable(found.message, Cause.NOT_RUNNING if here else found.code) from None

    async def _send_by_proxy(self, request: httpx.Request, body: _Body, timeout_s: float) -> httpx.Response:
        """Send a request by the proxy, which has to make the connection in time.

        httpx would wait for it without end, and leave a connection open that came to nothing.
        """
        opened: list[_Closable] = []
        async with asyncio.timeout(None) as patience:

            async def watch(event: str, told: Mapping[str, Any]) -> None:
                if event.endswith("connect_tcp.started"):
                    patience.reschedule(asyncio.get_running_loop().time() + timeout_s)
                elif event.endswith("connect_tcp.complete"):
                    opened.append(told["return_value"])

            body.on_begin = lambda: patience.reschedule(None)
            request.extensions["trace"] = watch
            try:
                response = await self._transport.handle_async_request(request)
            except BaseException:
                for stream in opened:
                    await stream.aclose()
                raise
        if response.status_code == PROXY_REFUSED and self._url.scheme == "http":
            await response.aclose()
            raise httpx.ProxyError(str(PROXY_REFUSED))
        return response

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


def _unreachable(message: str, code: str | None = None) -> CallFailed:
    return CallFailed(Failure(FailureKind.CONNECT, message, code=code))


@lru_cache(maxsize=256)
def _parse(address: str) -> httpx.URL:
    try:
        return httpx.URL(address)
    except httpx.InvalidURL:
        raise _unreachable("The account's address cannot be used.") from None


def _join(base_url: str, path: str) -> str:
    """Append a path to a base address; a query that the address carries stays at its end, beside the path's own."""
    address, mark, query = base_url.partition("?")
    return f"{address.rstrip('/')}{path}{'&' if mark and '?' in path else mark}{query}"


def _pool(tls: ssl.SSLContext, proxy: str | None) -> httpcore.AsyncConnectionPool:
    """Return a pool for the connections to one address; raises `ValueError`, `InvalidURL` for what is no proxy."""
    way = None
    if proxy is not None:
        given = httpx.Proxy(proxy)
        url = given.url
        way = httpcore.Proxy(
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            auth=given.raw_auth,
            ssl_context=tls if url.scheme == "https" else None,
        )
    return httpcore.AsyncConnectionPool(
        ssl_context=tls,
        proxy=way,
        max_connections=CONNECTIONS_PER_ACCOUNT,
        max_keepalive_connections=CONNECTIONS_PER_ACCOUNT,
        keepalive_expiry=IDLE_CONNECTION_S,
        network_backend=Backend(),
    )


def _name_and_password(url: httpx.URL) -> bytes:
    return f"{url.username}:{url.password}".encode()


def _proxy(url: httpx.URL, way: Way) -> str | None:
    """Return the address of the proxy on the way to an address.

    The system's own is not asked for this computer's servers: it cannot reach them.
    """
    if way.proxy == NO_PROXY:
        return None
    if way.proxy != SYSTEM:
        return way.proxy
    if is_loopback(str(url)) or proxy_bypass(url.netloc.decode("ascii")):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
