"""The dialect of OpenAI's Chat Completions, which most providers and servers speak, each with habits of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import CallFailed, ProviderEvent
from switchyard.core.failures import FailureKind
from switchyard.providers.asking import ask, left_out
from switchyard.providers.base import Call
from switchyard.providers.client import Clients
from switchyard.providers.declaration import Preset, auth_headers
from switchyard.providers.lists import fetch_json, models_of
from switchyard.providers.openai_chat_reply import ChatReader
from switchyard.providers.openai_chat_request import find_refused, never_taken, request_body
from switchyard.providers.reading import Reply
from switchyard.providers.sse import SseDecoder

PATH = "/chat/completions"


class OpenAIChat:
    """A provider of this dialect; the preset holds what is its own."""

    def __init__(self, preset: Preset, clients: Clients) -> None:
        self._preset = preset
        self._clients = clients

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        preset = self._preset
        never = never_taken(preset.habits, call)
        call = replace(call, refuses=call.refuses | never) if never else call
        async with ask(
            self._clients,
            call,
            preset.locate(call.endpoint, call.model, PATH),
            auth_headers(preset, call.endpoint),
            partial(request_body, preset.habits),
            {},
            find_refused,
        ) as (answer, told):
            reader = ChatReader(preset.habits, call, answer)
            yield Reply(answer, SseDecoder(), reader, stream=call.stream, told=[*left_out(call, never), *told])

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models this key may use."""
        if self._preset.key_path is not None and endpoint.key:
            await self._check_key(self._preset.key_path, endpoint)
        path = self._preset.locate(endpoint, "", self._preset.models_path)
        try:
            listed = await fetch_json(self._clients, endpoint, path, auth_headers(self._preset, endpoint))
        except CallFailed as failed:
            if failed.failure.status != HTTPStatus.NOT_FOUND or self._preset.lists(endpoint):
                raise
            return []
        return await asyncio.to_thread(models_of, listed) if self._preset.lists(endpoint) else []

    async def _check_key(self, path: str, endpoint: Endpoint) -> None:
        """Ask about the key itself where the list of models is open to everyone."""
        try:
            await fetch_json(self._clients, endpoint, path, auth_headers(self._preset, endpoint))
        except CallFailed as failed:
            if failed.failure.kind in (FailureKind.AUTH, FailureKind.PERMISSION):
                raise
