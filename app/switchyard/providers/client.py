"""HTTP behind one door: every request is made here, and comes back as an answer or as `CallFailed`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, cast

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.rate_limits import HEADERS as RATE_LIMITS
from switchyard.providers.network import headers_of, way_of

if TYPE_CHECKING:
    import httpx

    from switchyard.providers.transport import Connections, Transport

CONNECT_TIMEOUT_S = 10.0
BODY_BYTES = 64 * 1024 * 1024
THREAD_CHARS = 500_000  # JSON longer than this is worked on in a thread: it would hold up the window

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # json.dumps makes one for each call
_JSON = json.JSONDecoder()  # json.loads looks for it anew each time, and its `decode` looks for blanks twice
_BLANKS = " \t\n\r"
_REQUEST_IDS = ("x-request-id", "request-id", "x-generation-id", "apim-request-id")


class Answer:
    """The head of an answer, and its body as it comes."""

    def __init__(self, response: httpx.Response, transport: Transport) -> None:
        headers = response.headers
        self._response = response
        self._transport = transport
        self._chunks = transport.chunks_of(response)
        self._ahead = b""
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = headers
        self.content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        self.failure: Failure | None = None  # what its body tells, once that was read for an error
        self.request_id: str | None = next((headers[name] for name in _REQUEST_IDS if name in headers), None)

    async def next_chunk(self) -> bytes | None:
        """Return the next piece of the body, None at its end; raises `CallFailed` (CUT) where it breaks off."""
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        try:
            return await anext(self._chunks)
        except StopAsyncIteration:
            return None
        except self._transport.caught as error:
            raise CallFailed(self._transport.broken_off(error, self.request_id)) from None

    async def look_ahead(self) -> bytes:
        """Return the beginning of the body, which is read again; blanks before it are dropped. Raises `CallFailed`."""
        size = 0
        while size <= BODY_BYTES and (chunk := await self.next_chunk()) is not None:
            size += len(chunk)
            self._ahead = chunk.lstrip()
            if self._ahead:
                return self._ahead
        if size > BODY_BYTES:
            raise CallFailed(self.too_large("The answer", BODY_BYTES))
        return b""

    async def text(self, limit_bytes: int | None = None) -> str:
        """Return the body, or its beginning; raises `CallFailed` (CUT, or BAD_EVENT where it is over `BODY_BYTES`)."""
        parts: list[bytes] = []
        size = 0
        while (chunk := await self.next_chunk()) is not None:
            parts.append(chunk)
            size += len(chunk)
            if limit_bytes is not None and size >= limit_bytes:
                break
            if size > BODY_BYTES:
                raise CallFailed(self.too_large("The answer", BODY_BYTES))
        if size > THREAD_CHARS:
            return await asyncio.to_thread(_joined, parts, limit_bytes)
        return _joined(parts, limit_bytes)

    def too_large(self, what: str, limit_bytes: int) -> Failure:
        """Return the failure of an answer that is larger than anything a provider has to say."""
        message = f"{what} is larger than {limit_bytes // (1024 * 1024)} MB."
        return Failure(FailureKind.BAD_EVENT, message, status=self.status, request_id=self.request_id)

    @property
    def rate_limits(self) -> dict[str, str]:
        """What the headers tell of limits; most answers tell nothing, and that is seen at one glance."""
        raw = self._response.headers.raw
        if not any(b"ratelimit" in name.lower() for name, _ in raw):
            return {}
        return {name: self.headers[name] for name in RATE_LIMITS if name in self.headers}

    async def close(self) -> None:
        """Let go of the connection: for use again where the body is at its end, else for good."""
        await self._response.aclose()


def _joined(parts: list[bytes], limit_bytes: int | None) -> str:
    return b"".join(parts)[:limit_bytes].decode("utf-8-sig", "replace")


class Upload(NamedTuple):
    """A body that is no JSON."""

    content: bytes
    content_type: str


class Clients:
    """Owns every connection: a pool per account and address, since httpx slows down with many calls on one."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._transport: Transport | None = None
        self._loading = asyncio.Lock()
        self._pools: dict[tuple[str, str], Connections] = {}

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

        `body` is written as JSON, unless it is an `Upload`. The account's settings say which way it goes.
        Redirects are not followed: a key goes to the address it was given for and to no other.
        """
        transport = self._transport or await self._load()
        upload = body if isinstance(body, Upload) else None
        if upload is None and body is not None:
            upload = Upload(await _encode(body), "application/json")
        pool = self._pools.get((endpoint.account, endpoint.base_url))
        if pool is None or pool.way != way_of(endpoint):
            pool = await self._connect(transport, endpoint)
        if endpoint.settings:
            headers = {**headers, **headers_of(endpoint.settings)}
        pool.users += 1
        try:
            answer = Answer(await pool.send(method, path, headers, upload, on_sent, connect_timeout_s), transport)
            if endpoint.key and endpoint.key.strip() in (answer.request_id or ""):
                answer.request_id = None  # it goes into the history, and a key never does
            try:
                yield answer
            finally:
                await answer.close()
        finally:
            pool.users -= 1
            if pool.left and not pool.users:
                await pool.close()

    async def _connect(self, transport: Transport, endpoint: Endpoint) -> Connections:
        """Make connections to an account's address, in a thread; those of another way are left behind."""
        name, way = (endpoint.account, endpoint.base_url), way_of(endpoint)
        async with self._loading:
            known = self._pools.get(name)
            if known is not None and known.way == way:
                return known
            pool = self._pools[name] = await asyncio.to_thread(
                transport.connect, endpoint.base_url, way, self._user_agent
            )
        if known is not None:
            known.left = True
            if not known.users:
                await known.close()
        return pool

    async def prepare(self, endpoint: Endpoint) -> None:
        """Load what a first request there needs; no connection is opened yet."""
        transport = self._transport or await self._load()
        pool = self._pools.get((endpoint.account, endpoint.base_url))
        if pool is None or pool.way != way_of(endpoint):
            await self._connect(transport, endpoint)

    async def close(self) -> None:
        """Close every connection."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.close()

    async def _load(self) -> Transport:
        async with self._loading:
            if self._transport is None:
                self._transport = await asyncio.to_thread(_load_transport)
            return self._transport


def _load_transport() -> Transport:
    """Import httpx; takes a third of a second, hence in a thread."""
    from switchyard.providers.transport import Transport

    return Transport()


async def _encode(body: object) -> bytes:
    """Return a body as JSON; what has no form in it is a fault of this computer, and is sent to nobody."""
    try:
        if _weight(body) > THREAD_CHARS:
            return await asyncio.to_thread(_dump, body)
        return _dump(body)
    except (TypeError, ValueError, RecursionError):
        raise CallFailed(Failure(FailureKind.LOCAL, "The request cannot be written as JSON.")) from None


def _weight(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_weight, value.values()))
    return sum(map(_weight, value)) if isinstance(value, list) else 1


def _dump(body: object) -> bytes:
    try:
        return _ENCODER.encode(body).encode()
    except UnicodeEncodeError:  # half a surrogate pair, pasted from somewhere: JSON can write it, UTF-8 cannot
        return json.dumps(body, separators=(",", ":")).encode()


async def parse(text: str) -> object:
    """Parse JSON, a long one in a thread; raises `ValueError`."""
    if len(text) > THREAD_CHARS:
        return await asyncio.to_thread(decode_json, text)
    return decode_json(text)


def decode_json(text: str) -> object:
    """Parse JSON here and now; raises `ValueError`."""
    text = text.strip(_BLANKS)
    try:
        value, end = _JSON.raw_decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if end < len(text):
        raise ValueError("something follows")
    return cast(object, value)
