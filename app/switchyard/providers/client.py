"""HTTP behind one door: connections, the shared TLS context, and what becomes of errors of the network.

httpx is imported when the first request is made, in a thread: the window paints before it is there.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.providers.addresses import is_loopback

if TYPE_CHECKING:
    import httpx

CONNECTIONS_PER_ACCOUNT = 10
IDLE_CONNECTION_S = 60.0
CONNECT_TIMEOUT_S = 10.0
THREAD_CHARS = 500_000  # JSON longer than this is worked on in a thread: it would hold up the window

_JSON = json.JSONDecoder()  # json.loads looks for it anew each time
_REQUEST_IDS = ("x-request-id", "request-id", "x-generation-id", "apim-request-id")


class Answer:
    """The head of an answer, and its body as it comes."""

    def __init__(self, response: httpx.Response, errors: Transport) -> None:
        self._response = response
        self._errors = errors
        self._chunks = response.aiter_bytes()
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.request_id = next((response.headers[name] for name in _REQUEST_IDS if name in response.headers), None)

    @property
    def content_type(self) -> str:
        """The media type in lower case, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def next_chunk(self) -> bytes | None:
        """Return the next piece of the body, None at its end; raises `CallFailed` (CUT) where it breaks off."""
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            return None
        except self._errors.caught as error:
            raise CallFailed(self._errors.broken_off(error, self.request_id)) from None

    async def text(self, limit_bytes: int | None = None) -> str:
        """Return the body, or its beginning; raises `CallFailed` (CUT) where it breaks off."""
        parts: list[bytes] = []
        size = 0
        while (chunk := await self.next_chunk()) is not None:
            parts.append(chunk)
            size += len(chunk)
            if limit_bytes is not None and size >= limit_bytes:
                break
        return b"".join(parts)[:limit_bytes].decode("utf-8", "replace")

    async def close(self) -> None:
        """Let go of the connection: for use again where the body is at its end, else for good."""
        await self._response.aclose()


class Transport:
    """httpx once it is loaded: the module, the TLS context, and its errors as failures."""

    def __init__(self, httpx_module: ModuleType, tls: ssl.SSLContext) -> None:
        self.httpx: Any = httpx_module
        self.tls = tls
        self.caught: tuple[type[Exception], ...] = (
            self.httpx.TransportError,
            self.httpx.DecodingError,
            self.httpx.StreamError,
            OSError,
        )

    def unreached(self, error: Exception, timeout_s: float) -> Failure:
        """What went wrong before an answer began."""
        return Failure(FailureKind.CONNECT, _reason(error, timeout_s))

    def broken_off(self, error: Exception, request_id: str | None) -> Failure:
        """What went wrong in the middle of an answer."""
        if isinstance(error, self.httpx.DecodingError):
            return Failure(FailureKind.BAD_EVENT, "The answer could not be decompressed.", request_id=request_id)
        return Failure(FailureKind.CUT, "The connection broke off in the middle of the answer.", request_id=request_id)


def _reason(error: BaseException, timeout_s: float) -> str:
    """Say in one sentence why no connection came about; the causes know more than their wrappers."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "The server's certificate could not be verified."
        if isinstance(cause, ssl.SSLError):
            return "No secure connection could be made."
        if isinstance(cause, OSError) and type(cause).__name__ == "gaierror":
            return "The server's name could not be found."
        if isinstance(cause, ConnectionRefusedError):
            return "The connection was refused."
        if type(cause).__name__ in ("ConnectTimeout", "TimeoutError"):
            return f"No connection within {timeout_s:g} s."
        if type(cause).__name__ == "ProxyError":
            return "The proxy did not pass the request on."
        if type(cause).__name__ in ("ReadError", "RemoteProtocolError", "ConnectionResetError", "WriteError"):
            return "The server closed the connection before it answered."
    return "The connection could not be made."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error's causes, the innermost first, and the error itself last."""
    inner = error.__cause__ or error.__context__
    if inner is not None:
        yield from _causes(inner)
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _causes(member)
    yield error


def _load() -> Transport:
    """Import what is needed and read the system's certificates; takes a third of a second, hence in a thread."""
    import anyio
    import httpx
    import truststore

    tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyio.run(anyio.sleep, 0)  # its asyncio half is otherwise imported by the first request, on the loop
    return Transport(httpx, tls)


class Clients:
    """Owns every connection: one client per account and address, since httpx slows down with many calls on one."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._transport: Transport | None = None
        self._loading = asyncio.Lock()
        self._clients: dict[tuple[str, str], httpx.AsyncClient] = {}

    @asynccontextmanager
    async def request(
        self,
        endpoint: Endpoint,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: object = None,
        on_sent: Callable[[], None] | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> AsyncIterator[Answer]:
        """Send a request and hand out the head of its answer; raises `CallFailed` (CONNECT) where none comes.

        Redirects are not followed: a key goes to the address it was given for and to no other.
        """
        transport = self._transport or await self._ready()
        content = await _encode(body) if body is not None else None
        response = await self._send(transport, endpoint, method, path, headers, content, on_sent, connect_timeout_s)
        answer = Answer(response, transport)
        try:
            yield answer
        finally:
            await answer.close()

    async def close(self) -> None:
        """Close every connection."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def _ready(self) -> Transport:
        async with self._loading:
            if self._transport is None:
                self._transport = await asyncio.to_thread(_load)
            return self._transport

    async def _send(
        self,
        transport: Transport,
        endpoint: Endpoint,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | None,
        on_sent: Callable[[], None] | None,
        connect_timeout_s: float,
    ) -> httpx.Response:
        client = self._client(transport, endpoint)
        try:
            request = client.build_request(
                method,
                _join(endpoint.base_url, path),
                content=content,
                headers={**headers, "content-type": "application/json"} if content is not None else dict(headers),
                timeout=transport.httpx.Timeout(None, connect=connect_timeout_s),
                extensions={"trace": _tracer(on_sent)} if on_sent is not None else None,
            )
        except (transport.httpx.InvalidURL, UnicodeError) as error:
            raise CallFailed(_unsendable(error, transport)) from None
        try:
            return await client.send(request, stream=True)
        except transport.httpx.LocalProtocolError:
            raise CallFailed(Failure(FailureKind.AUTH, "The key holds characters that no key has.")) from None
        except transport.caught as error:
            raise CallFailed(transport.unreached(error, connect_timeout_s)) from None

    def _client(self, transport: Transport, endpoint: Endpoint) -> httpx.AsyncClient:
        name = (endpoint.account, endpoint.base_url)
        client = self._clients.get(name)
        if client is None:
            httpx = transport.httpx
            client = self._clients[name] = httpx.AsyncClient(
                verify=transport.tls,
                http2=False,
                follow_redirects=False,
                trust_env=not is_loopback(endpoint.base_url),  # a proxy cannot reach this computer's own servers
                limits=httpx.Limits(
                    max_connections=CONNECTIONS_PER_ACCOUNT,
                    max_keepalive_connections=CONNECTIONS_PER_ACCOUNT,
                    keepalive_expiry=IDLE_CONNECTION_S,
                ),
                headers={"user-agent": self._user_agent, "accept": "*/*"},
            )
        return client


def _join(base_url: str, path: str) -> str:
    """Append a path to a base address; a query that the address carries stays at its end."""
    address, mark, query = base_url.partition("?")
    return f"{address.rstrip('/')}{path}{mark}{query}"


def _unsendable(error: Exception, transport: Transport) -> Failure:
    if isinstance(error, transport.httpx.InvalidURL):
        return Failure(FailureKind.CONNECT, "The account's address cannot be used.")
    return Failure(FailureKind.AUTH, "The key holds characters that no key has.")


def _tracer(on_sent: Callable[[], None]) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    async def trace(event: str, info: Mapping[str, Any]) -> None:
        if event == "http11.send_request_body.complete":
            on_sent()

    return trace


async def _encode(body: object) -> bytes:
    if _weight(body) > THREAD_CHARS:
        return await asyncio.to_thread(_dump, body)
    return _dump(body)


def _weight(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_weight, value.values()))
    return sum(map(_weight, value)) if isinstance(value, list) else 1


def _dump(body: object) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a surrogate pair, pasted from somewhere: JSON can write it, UTF-8 cannot
        return json.dumps(body, separators=(",", ":")).encode()


async def parse(text: str) -> object:
    """Parse JSON, a long one in a thread; raises `ValueError`."""
    if len(text) > THREAD_CHARS:
        return await asyncio.to_thread(decode_json, text)
    return decode_json(text)


def decode_json(text: str) -> object:
    """Parse JSON here and now; raises `ValueError`."""
    try:
        value: object = _JSON.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value
