"""What is used of httpx: one account's connections, and what becomes of errors of the network.

Imported when the first request is made, in a thread: the window paints before httpx is there. The client that httpx
puts around its transport is left out. What it adds (cookies, redirects, sign-ins) is not wanted, and not free.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import lru_cache
from urllib.request import getproxies, proxy_bypass

import anyio
import httpx
import truststore

from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.providers.addresses import is_loopback
from switchyard.providers.client import Upload

CONNECTIONS_PER_ACCOUNT = 10
IDLE_CONNECTION_S = 60.0
_CAUGHT: tuple[type[Exception], ...] = (httpx.TransportError, httpx.DecodingError, httpx.StreamError, OSError)


class Transport:
    """httpx once it is loaded, with the one TLS context that all connections share. Takes a while to make."""

    def __init__(self) -> None:
        anyio.run(anyio.sleep, 0)  # its asyncio half is otherwise imported by the first request, on the loop
        self._tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.caught: tuple[type[Exception], ...] = _CAUGHT

    def connect(self, base_url: str, user_agent: str) -> Connections:
        """Return connections to an address; raises `CallFailed` (CONNECT) where it or the proxy cannot be used."""
        return Connections(base_url, user_agent, self._tls)

    def chunks_of(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Return the body as it comes. What is not compressed is taken from the connection itself."""
        stream = response.stream
        if "content-encoding" in response.headers or not isinstance(stream, httpx.AsyncByteStream):
            return response.aiter_bytes()
        return aiter(stream)

    def broken_off(self, error: Exception, request_id: str | None) -> Failure:
        """What went wrong in the middle of an answer."""
        if isinstance(error, httpx.DecodingError):
            return Failure(FailureKind.BAD_EVENT, "The answer could not be decompressed.", request_id=request_id)
        return Failure(FailureKind.CUT, "The connection broke off in the middle of the answer.", request_id=request_id)


class _Body(httpx.AsyncByteStream):
    """What is sent, and word of it once it is written."""

    def __init__(self, content: bytes, on_sent: Callable[[], None] | None) -> None:
        self._content = content
        self._on_sent = on_sent

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        if self._on_sent is not None:
            self._on_sent()


class Connections:
    """The connections to one address."""

    def __init__(self, base_url: str, user_agent: str, tls: ssl.SSLContext) -> None:
        self._base_url = base_url
        url = _parse(base_url)
        self._headers = {
            "host": url.netloc.decode("ascii"),
            "user-agent": user_agent,
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "connection": "keep-alive",
        }
        self._sign_in = (
            {"authorization": f"Basic {b64encode(_name_and_password(url)).decode()}"} if url.userinfo else {}
        )
        try:
            self._transport = httpx.AsyncHTTPTransport(
                verify=tls,
                proxy=_proxy(url),
                limits=httpx.Limits(
                    max_connections=CONNECTIONS_PER_ACCOUNT,
                    max_keepalive_connections=CONNECTIONS_PER_ACCOUNT,
                    keepalive_expiry=IDLE_CONNECTION_S,
                ),
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise CallFailed(Failure(FailureKind.CONNECT, "The proxy of the environment cannot be used.")) from None

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
        try:
            request = httpx.Request(
                method,
                _parse(_join(self._base_url, path)),
                headers={**self._headers, **headers, **self._sign_in, **described},
                stream=_Body(content, on_sent),
                extensions={"timeout": {"connect": connect_timeout_s}},
            )
            return await self._transport.handle_async_request(request)
        except (httpx.LocalProtocolError, UnicodeError):
            raise CallFailed(Failure(FailureKind.AUTH, "The key holds characters that no key has.")) from None
        except _CAUGHT as error:
            raise CallFailed(Failure(FailureKind.CONNECT, _reason(error, connect_timeout_s))) from None

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


@lru_cache(maxsize=256)
def _parse(address: str) -> httpx.URL:
    try:
        return httpx.URL(address)
    except httpx.InvalidURL:
        raise CallFailed(Failure(FailureKind.CONNECT, "The account's address cannot be used.")) from None


def _join(base_url: str, path: str) -> str:
    """Append a path to a base address; a query that the address carries stays at its end."""
    address, mark, query = base_url.partition("?")
    return f"{address.rstrip('/')}{path}{'&' if mark and '?' in path else mark}{query}"


def _name_and_password(url: httpx.URL) -> bytes:
    return f"{url.username}:{url.password}".encode()


def _proxy(url: httpx.URL) -> httpx.Proxy | None:
    """Return the proxy that the environment names for an address; it cannot reach this computer's own servers."""
    if is_loopback(str(url)) or proxy_bypass(url.netloc.decode("ascii")):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}") if proxy else None


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
