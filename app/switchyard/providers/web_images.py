"""Fetches an image of a reply from the web: one request, without a key, without a cookie, and to one host alone."""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.providers.client import Clients

TIMEOUT_S = 30.0
LARGEST_BYTES = 20 * 1024 * 1024
_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})


class WebImage(NamedTuple):
    """What came of it: the image, or the other host that it has moved to, which nobody has agreed to."""

    content: bytes = b""
    moved_to: str = ""


async def fetch_image(clients: Clients, address: str) -> WebImage:
    """Return an image; raises `CallFailed` where there is none, and `TimeoutError` where it takes too long."""
    host = urlsplit(address).netloc
    async with asyncio.timeout(TIMEOUT_S):
        for _ in range(_REDIRECTS + 1):
            found = await _fetch(clients, address)
            if isinstance(found, bytes):
                return WebImage(found)
            address = urljoin(address, found)
            if urlsplit(address).netloc != host or urlsplit(address).scheme not in {"http", "https"}:
                return WebImage(moved_to=urlsplit(address).netloc or address)
    raise CallFailed(Failure(FailureKind.BAD_EVENT, "It was passed on too often."))


async def _fetch(clients: Clients, address: str) -> bytes | str:
    """Return the image at an address, or the address that it has moved to."""
    parts = urlsplit(address)
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    headers = {"accept": "image/*"}
    async with clients.request(Endpoint("", "", host), "GET", path, headers=headers) as answer:
        if answer.status in _MOVED and "location" in answer.headers:
            return answer.headers["location"]
        if answer.status != 200:
            raise CallFailed(Failure(FailureKind.BAD_REQUEST, f"{answer.status}", status=answer.status))
        if not answer.content_type.startswith("image/"):
            raise CallFailed(Failure(FailureKind.BAD_EVENT, "What is there is no image."))
        content = bytearray()
        while (chunk := await answer.next_chunk()) is not None:
            content += chunk
            if len(content) > LARGEST_BYTES:
                raise CallFailed(answer.too_large("The image", LARGEST_BYTES))
        return bytes(content)
