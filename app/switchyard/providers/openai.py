"""A provider of OpenAI's dialects: Chat Completions, Responses where it has them, embeddings and transcription."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.content import Parameter
from switchyard.core.events import ProviderEvent
from switchyard.providers import openai_embeddings, openai_transcription
from switchyard.providers.base import Call, Transcript, Vectors
from switchyard.providers.client import Clients
from switchyard.providers.declaration import Dialect, Preset
from switchyard.providers.openai_chat import OpenAIChat
from switchyard.providers.openai_chat_request import never_taken
from switchyard.providers.openai_responses import Responses


class OpenAI:
    """The provider; the preset holds what is its own."""

    def __init__(self, preset: Preset, clients: Clients) -> None:
        self._preset = preset
        self._clients = clients
        self._chat = OpenAIChat(preset, clients)
        self._responses = Responses(preset, clients)

    def stream(self, call: Call) -> AbstractAsyncContextManager[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call in the dialect that is meant, and iterate over its events."""
        return self._responses.stream(call) if self._speaks_responses(call) else self._chat.stream(call)

    def _speaks_responses(self, call: Call) -> bool:
        """Whether a call is made in Responses.

        As the account says, else for models that would think in silence, and for a search that is not had otherwise.
        """
        if self._preset.dialect is Dialect.RESPONSES:
            return True
        said = call.endpoint.settings.get("api")
        if said is not None:
            return said == "responses"
        preset = self._preset
        if not preset.prefers_responses:
            return False
        silent = preset.silent_reasoners is not None and preset.silent_reasoners.match(call.model) is not None
        return silent or (call.parameters.web_search and Parameter.WEB_SEARCH in never_taken(preset.habits, call))

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models this key may use."""
        return await self._chat.list_models(endpoint)

    async def embed(self, endpoint: Endpoint, model: str, texts: Sequence[str]) -> Vectors:
        """Return a vector for each text."""
        return await openai_embeddings.embed(self._preset, self._clients, endpoint, model, texts)

    async def transcribe(self, endpoint: Endpoint, model: str, audio: bytes, file_name: str) -> Transcript:
        """Return the words of an audio file."""
        return await openai_transcription.transcribe(self._preset, self._clients, endpoint, model, audio, file_name)
