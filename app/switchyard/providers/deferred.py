"""Stands before a provider until it is first called: only then is its dialect loaded, and in a thread.

A dialect takes tens of milliseconds to import, most people use one or two, and the window is on the screen by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import ProviderEvent
from switchyard.providers.base import Call, Embeds, Provider, Transcribes, Transcript, Vectors

Batches = AsyncIterator[Sequence[ProviderEvent]]
Make = Callable[[], Provider]


class Deferred:
    """A provider to be. `load` imports its dialect, which takes a while, and returns what makes the provider.

    `connect` gets ready for requests to an endpoint.
    """

    def __init__(self, load: Callable[[], Make], connect: Callable[[Endpoint], Awaitable[None]]) -> None:
        self._load = load
        self._connect = connect
        self._provider: Provider | None = None

    async def prepare(self, endpoint: Endpoint) -> None:
        """Load the dialect, and what carries its requests there; nothing is sent."""
        await self._loaded()
        await self._connect(endpoint)

    def stream(self, call: Call) -> AbstractAsyncContextManager[Batches]:
        """Open the call and iterate over its events."""
        return self._provider.stream(call) if self._provider is not None else self._first_stream(call)

    @asynccontextmanager
    async def _first_stream(self, call: Call) -> AsyncIterator[Batches]:
        provider = await self._loaded()
        async with provider.stream(call) as batches:
            yield batches

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models this key may use, as the provider lists them."""
        return await (await self._loaded()).list_models(endpoint)

    async def _loaded(self) -> Provider:
        """Return the provider. Two first calls at once may both load it; one is made."""
        if self._provider is None:
            make = await asyncio.to_thread(self._load)
            if self._provider is None:
                self._provider = make()
        return self._provider


class DeferredEmbeds(Deferred):
    """A provider to be that turns texts into vectors."""

    async def embed(self, endpoint: Endpoint, model: str, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text."""
        provider = await self._loaded()
        assert isinstance(provider, Embeds)
        return await provider.embed(endpoint, model, texts)


class DeferredTranscribes(DeferredEmbeds):
    """A provider to be that turns texts into vectors, and recordings into words."""

    async def transcribe(self, endpoint: Endpoint, model: str, audio: bytes, file_name: str) -> Transcript:
        """Return the words of an audio file, whose type its name tells."""
        provider = await self._loaded()
        assert isinstance(provider, Transcribes)
        return await provider.transcribe(endpoint, model, audio, file_name)
