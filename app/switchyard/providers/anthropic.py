"""The dialect of Anthropic's Messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.content import Parameter
from switchyard.core.events import CallFailed, ProviderEvent
from switchyard.providers.anthropic_models import Traits, listed_capabilities, listed_traits, traits_of
from switchyard.providers.anthropic_refusals import find_refused
from switchyard.providers.anthropic_reply import MessagesReader
from switchyard.providers.anthropic_request import never_taken, request_body, warnings
from switchyard.providers.asking import ask, left_out
from switchyard.providers.base import Call
from switchyard.providers.client import Clients
from switchyard.providers.declaration import Preset, auth_headers
from switchyard.providers.lists import entries_of, fetch_json, positive
from switchyard.providers.reading import Reply
from switchyard.providers.sse import SseDecoder

VERSION = "2023-06-01"
MAX_OUTPUT = 4096  # where nobody tells: every model of this provider takes as much
LIST_TIMEOUT_S = 5.0
_PAGES = 20


class _Listed(NamedTuple):
    """What the list of models told of one."""

    max_output: int | None
    traits: Traits


class Anthropic:
    """The provider. It demands a limit on every reply, so it remembers what its models may write."""

    def __init__(self, preset: Preset, clients: Clients) -> None:
        self._preset = preset
        self._clients = clients
        self._lists: dict[tuple[str, str], dict[str, _Listed]] = {}

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        max_tokens = await self._max_tokens(call)
        listed = self._listed(call.endpoint).get(call.model)
        traits = listed.traits if listed is not None else traits_of(call.model)
        never = never_taken(call, traits, max_tokens)
        call = replace(call, refuses=call.refuses | never) if never else call
        async with ask(
            self._clients,
            call,
            "/messages",
            self._headers(call.endpoint),
            partial(request_body, traits=traits, max_tokens=max_tokens),
            {},
            find_refused,
        ) as (answer, told):
            told = [*left_out(call, never), *warnings(call, traits, max_tokens), *told]
            reader = MessagesReader(call.endpoint, answer, call.model)
            yield Reply(answer, SseDecoder(), reader, stream=call.stream, told=told)

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models this key may use."""
        models: dict[str, Model] = {}
        listed: dict[str, _Listed] = {}
        after = ""
        for _ in range(_PAGES):
            path = f"{self._preset.models_path}?limit=1000{after}"
            page = await fetch_json(self._clients, endpoint, path, self._headers(endpoint))
            for entry in entries_of(page):
                name = entry.get("id")
                if isinstance(name, str) and name:
                    models[name] = model = _model(name, entry)
                    listed[name] = _Listed(model.max_output, listed_traits(name, entry))
            last = page.get("last_id") if isinstance(page, dict) and page.get("has_more") is True else None
            if not isinstance(last, str) or not last:
                break
            after = f"&after_id={quote(last, safe='')}"
        self._lists[endpoint.account, endpoint.base_url] = listed
        return list(models.values())

    def _listed(self, endpoint: Endpoint) -> dict[str, _Listed]:
        return self._lists.get((endpoint.account, endpoint.base_url), {})

    async def _max_tokens(self, call: Call) -> int:
        """Return the most that may be written: what the call wants, but never more than the model can."""
        wanted = call.parameters.max_output if Parameter.MAX_OUTPUT not in call.refuses else None
        if wanted is None:
            return call.max_output or await self._ask_max_output(call.endpoint, call.model)
        listed = self._listed(call.endpoint).get(call.model)
        known = call.max_output or (listed.max_output if listed is not None else None)
        return min(wanted, known) if known else wanted

    async def _ask_max_output(self, endpoint: Endpoint, model: str) -> int:
        """Return the model's own maximum. A list that fails is no failure of the call, which will tell its own."""
        if (endpoint.account, endpoint.base_url) not in self._lists:
            with contextlib.suppress(CallFailed, TimeoutError):
                async with asyncio.timeout(LIST_TIMEOUT_S):
                    await self.list_models(endpoint)
            self._lists.setdefault((endpoint.account, endpoint.base_url), {})
        listed = self._listed(endpoint).get(model)
        return (listed.max_output if listed is not None else None) or MAX_OUTPUT

    def _headers(self, endpoint: Endpoint) -> dict[str, str]:
        return {"anthropic-version": VERSION, **auth_headers(self._preset, endpoint)}


def _model(name: str, entry: dict[str, object]) -> Model:
    return Model(
        name,
        context=positive(entry.get("max_input_tokens")),
        max_output=positive(entry.get("max_tokens")),
        capabilities=listed_capabilities(entry),
    )
