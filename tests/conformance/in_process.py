"""Answers played to the providers without a network: everything of ours runs, and nothing of the operating system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

import httpx

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind
from switchyard.providers.client import CONNECT_TIMEOUT_S, Answer, Clients

HOST = "http://127.0.0.1:1"


class _Pieces(httpx.AsyncByteStream):
    """A body as the network would bring it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class Played(Clients):
    """Answers every request to `path`; others are not found, as at servers that have nothing more to tell.

    Set the answer before each call: `status`, `headers`, and the `pieces` of the body.
    """

    def __init__(self, path: str = "") -> None:
        super().__init__("Switchyard/test")
        self.path = path
        self.status = 200
        self.headers: Mapping[str, str] = {}
        self.pieces: Iterable[bytes] = ()

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
        """Hand out the answer that was set."""
        if not path.startswith(self.path):
            raise CallFailed(Failure(FailureKind.UNKNOWN, status=404))
        if on_sent is not None:
            on_sent()
        transport = self._transport or await self._load()
        response = httpx.Response(self.status, headers=self.headers, stream=_Pieces(self.pieces))
        yield Answer(response, transport)
