"""Ollama's own API: chat as lines of JSON, with the context window set so that nothing is cut in silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from switchyard.core.catalog import Endpoint, Model, Place
from switchyard.core.events import CallFailed, ModelLoading, ProviderEvent
from switchyard.core.failures import FailureKind
from switchyard.providers.addresses import is_own_host
from switchyard.providers.asking import Body, ask, left_out
from switchyard.providers.base import Call, Vectors
from switchyard.providers.client import Clients
from switchyard.providers.counts import part_of
from switchyard.providers.lists import entries_of, fetch_json, positive
from switchyard.providers.ndjson import NdjsonDecoder
from switchyard.providers.ollama_models import (
    NOTHING_SHOWN,
    OLLAMA,
    Shown,
    bearer,
    can_chat,
    capabilities_of,
    full_name,
    is_cloud,
    read_show,
)
from switchyard.providers.ollama_reply import OllamaReader, read_vectors
from switchyard.providers.ollama_request import (
    RESERVED_OUTPUT,
    estimate_prompt,
    find_refused,
    keep_alive,
    never_taken,
    request_body,
    window_for,
)
from switchyard.providers.reading import Reply

ASK_TIMEOUT_S = 2.0
_SHOWN_MODELS = 64  # a list is not worth more questions than this


class Prepared(NamedTuple):
    """What is known before a call: the window to ask for, if any, and whether the model may have to be loaded."""

    window: int | None = None
    loads: bool = False
    shown: Shown = NOTHING_SHOWN


class Ollama:
    """The provider. What models can hold is asked for once per model."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._shown: dict[tuple[str, str], Shown] = {}

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        async with AsyncExitStack() as stack:
            yield OllamaStream(self, call, stack)

    async def prepare(self, call: Call) -> Prepared:
        """Find out what the model can do, and what it needs."""
        endpoint = call.endpoint
        if is_cloud(call.model) or is_own_host(OLLAMA, endpoint.base_url):
            asks = call.parameters.effort is not None  # nothing else has to be known of a model at the vendor
            return Prepared(shown=await self._show(endpoint, call.model) if asks else NOTHING_SHOWN)
        shown = await self._show(endpoint, call.model)
        if shown.remote:
            return Prepared(shown=shown)
        loaded = await self._loaded(endpoint, call.model)
        fixed = endpoint.settings.get("num_ctx")
        window = window_for(
            estimate_prompt(call),
            shown,
            loaded or 0,
            output_tokens=max(call.parameters.max_output or 0, RESERVED_OUTPUT),
            fixed=int(fixed) if fixed is not None else None,
        )
        loads = loaded is None or 0 < loaded < window  # another window loads it anew
        return Prepared(window, loads and endpoint.place is not Place.CLOUD, shown)

    async def open(self, call: Call, known: Prepared, stack: AsyncExitStack) -> Reply[str]:
        """Send the call; `stack` closes it."""

        def write_body(call: Call) -> Body:
            return request_body(call, known.window, known.shown)

        answer, told = await stack.enter_async_context(
            ask(self._clients, call, "/api/chat", bearer(call.endpoint), write_body, {}, find_refused)
        )
        told += left_out(call, never_taken(call, known.shown))
        return Reply(answer, NdjsonDecoder(), OllamaReader(call.endpoint, answer), stream=call.stream, told=told)

    async def embed(self, endpoint: Endpoint, model: str, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text. A text that is too long is refused, not cut."""
        body = {"model": model, "input": list(texts), "truncate": False, **keep_alive(Call(endpoint, model, ()))}
        value = await fetch_json(self._clients, endpoint, "/api/embed", bearer(endpoint), body=body)
        return read_vectors(value, len(texts))

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models that are there, with their windows."""
        entries = list(entries_of(await fetch_json(self._clients, endpoint, "/api/tags", bearer(endpoint))))
        models: list[Model] = []
        for n, entry in enumerate(entries):
            name = entry.get("model") or entry.get("name")
            if not isinstance(name, str) or not name:
                continue
            self._shown.pop((endpoint.base_url, full_name(name)), None)  # the person may have pulled a newer one
            shown = await self._show(endpoint, name) if n < _SHOWN_MODELS else NOTHING_SHOWN
            cloud = is_cloud(name) or bool(entry.get("remote_host")) or shown.remote
            models.append(
                Model(
                    name,
                    context=shown.context,
                    size_bytes=positive(entry.get("size")),
                    chat=can_chat(name, part_of(entry, "details"), shown),
                    cloud=cloud,
                    capabilities=capabilities_of(shown, cloud=cloud or endpoint.place is Place.CLOUD),
                )
            )
        return models

    async def _show(self, endpoint: Endpoint, model: str) -> Shown:
        """Return what is known of a model; where the question fails, nothing is."""
        name = (endpoint.base_url, full_name(model))
        if name not in self._shown:
            value = await self._ask(endpoint, "/api/show", {"model": model})
            if value is None:
                return NOTHING_SHOWN
            self._shown[name] = read_show(value)
        return self._shown[name]

    async def _loaded(self, endpoint: Endpoint, model: str) -> int | None:
        """Return the window with which a model is loaded, 0 where that is not told; None where it is not loaded."""
        value = await self._ask(endpoint, "/api/ps", None)
        for entry in entries_of(value):
            if full_name(model) in (full_name(str(entry.get("model"))), full_name(str(entry.get("name")))):
                return positive(entry.get("context_length")) or 0
        return None

    async def _ask(self, endpoint: Endpoint, path: str, body: object) -> object:
        """Ask a side question; None where no good answer comes soon. Raises `CallFailed` where nobody is there."""
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                return await fetch_json(self._clients, endpoint, path, bearer(endpoint), body=body)
        except CallFailed as failed:
            if failed.failure.kind is FailureKind.CONNECT:
                raise
            return None
        except TimeoutError:
            return None


class OllamaStream:
    """The events of a call. That a model is loading is told before the answer, which begins when it is loaded."""

    def __init__(self, provider: Ollama, call: Call, stack: AsyncExitStack) -> None:
        self._provider = provider
        self._call = call
        self._stack = stack
        self._known: Prepared | None = None
        self._reply: Reply[str] | None = None

    def __aiter__(self) -> OllamaStream:
        return self

    async def __anext__(self) -> Sequence[ProviderEvent]:
        if self._known is None:
            self._known = await self._provider.prepare(self._call)
            if self._known.loads:
                return [ModelLoading()]
        if self._reply is None:
            self._reply = await self._provider.open(self._call, self._known, self._stack)
        return await anext(self._reply)
