"""The dialect of Anthropic's Messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import quote

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import CallFailed, Finish, ProviderEvent, UsageReported
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.message import Role
from switchyard.core.usage import Usage
from switchyard.providers.base import Call
from switchyard.providers.client import Answer, Clients, decode_json
from switchyard.providers.lists import entries_of, fetch_json, positive
from switchyard.providers.reading import Reader, Reply
from switchyard.providers.sse import SseDecoder, SseEvent

VERSION = "2023-06-01"
MAX_OUTPUT = 4096  # where nobody tells: every model of this provider takes as much
LIST_TIMEOUT_S = 5.0
_PAGES = 20

_FINISHES = {
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "refusal": Finish.REFUSAL,
    "pause_turn": Finish.PAUSE,
}


class Anthropic:
    """The provider. It demands a limit on every reply, so it remembers what its models may write."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._max_outputs: dict[tuple[str, str], dict[str, int]] = {}

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        body = request_body(call, call.max_output or await self._max_output(call.endpoint, call.model))
        async with self._clients.request(
            call.endpoint,
            "POST",
            "/messages",
            headers=_headers(call.endpoint),
            body=body,
            on_sent=call.on_sent,
            connect_timeout_s=call.connect_timeout_s,
        ) as answer:
            yield Reply(answer, SseDecoder(), MessagesReader(call.endpoint, answer), stream=call.stream)

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models this key may use."""
        models: dict[str, Model] = {}
        after = ""
        for _ in range(_PAGES):
            page = await fetch_json(self._clients, endpoint, f"/models?limit=1000{after}", _headers(endpoint))
            for entry in entries_of(page):
                name = entry.get("id")
                if isinstance(name, str) and name:
                    models[name] = Model(
                        name,
                        context=positive(entry.get("max_input_tokens")),
                        max_output=positive(entry.get("max_tokens")),
                    )
            last = page.get("last_id") if isinstance(page, dict) and page.get("has_more") is True else None
            if not isinstance(last, str) or not last:
                break
            after = f"&after_id={quote(last, safe='')}"
        self._max_outputs[endpoint.account, endpoint.base_url] = {
            model.name: model.max_output for model in models.values() if model.max_output is not None
        }
        return list(models.values())

    async def _max_output(self, endpoint: Endpoint, model: str) -> int:
        """Return the model's own maximum. A list that fails is no failure of the call, which will tell its own."""
        known = self._max_outputs.get((endpoint.account, endpoint.base_url))
        if known is None:
            with contextlib.suppress(CallFailed, TimeoutError):
                async with asyncio.timeout(LIST_TIMEOUT_S):
                    await self.list_models(endpoint)
            known = self._max_outputs.setdefault((endpoint.account, endpoint.base_url), {})
        return known.get(model, MAX_OUTPUT)


def _headers(endpoint: Endpoint) -> dict[str, str]:
    headers = {"anthropic-version": VERSION}
    if endpoint.key:
        headers["x-api-key"] = endpoint.key.strip()
    return headers


def request_body(call: Call, max_output: int) -> dict[str, object]:
    """Return what is sent for a call: the person speaks first, and nobody says nothing."""
    messages = [
        {"role": message.role.value, "content": message.text} for message in call.messages if message.text.strip()
    ]
    if not messages:
        raise CallFailed(Failure(FailureKind.LOCAL, "There is no text to send."))
    if messages[0]["role"] != Role.USER.value:
        messages.insert(0, {"role": Role.USER.value, "content": "…"})
    body: dict[str, object] = {"model": call.model, "max_tokens": max_output, "messages": messages}
    if call.system and call.system.strip():
        body["system"] = call.system
    return {**body, "stream": call.stream}


class MessagesReader(Reader[SseEvent]):
    """Reads the events of a message, and whole messages."""

    def __init__(self, endpoint: Endpoint, answer: Answer) -> None:
        super().__init__(endpoint, answer)
        self._counts: dict[str, object] = {}

    def take(self, item: SseEvent, out: list[ProviderEvent]) -> None:
        """Add what an event says."""
        try:
            value = decode_json(item.data)
        except ValueError:
            self.miss(out)
            return
        if not isinstance(value, dict):
            self.miss(out)
            return
        kind = value.get("type") or item.name
        if kind != "ping":
            self.recognised = True
        if kind == "content_block_delta":
            self._take_block(_part(value, "delta"), out)
        elif kind == "content_block_start":
            self._take_block(_part(value, "content_block"), out)
        elif kind == "message_start":
            message = _part(value, "message")
            self.name_model(message.get("model"), out)
            self._take_usage(message.get("usage"), out)
        elif kind == "message_delta":
            self._take_usage(value.get("usage"), out)
            self._take_stop(_part(value, "delta").get("stop_reason"))
        elif kind == "message_stop":
            self.done = True
        elif kind == "error":
            self.fail(value, out)

    def take_whole(self, value: object, out: list[ProviderEvent]) -> None:
        """Add what a message says."""
        if not isinstance(value, dict):
            return
        if value.get("type") == "error" or value.get("error"):
            self.recognised = True
            self.fail(value, out)
            return
        blocks = value.get("content")
        if not isinstance(blocks, list):
            return
        self.recognised = True
        self.name_model(value.get("model"), out)
        for block in blocks:
            if isinstance(block, dict):
                self._take_block(block, out)
        self._take_usage(value.get("usage"), out)
        self._take_stop(value.get("stop_reason"))

    def _take_block(self, part: dict[str, object], out: list[ProviderEvent]) -> None:
        """Take a block or a piece of one; what the provider hides or runs by itself has no words here."""
        kind = part.get("type")
        if kind in ("text_delta", "text"):
            text = part.get("text")
            if isinstance(text, str) and text:
                self.add_text(text, out)
        elif kind in ("thinking_delta", "thinking"):
            thinking = part.get("thinking")
            if isinstance(thinking, str) and thinking:
                self.add_reasoning(thinking, out)

    def _take_stop(self, reason: object) -> None:
        if isinstance(reason, str) and reason:
            self.finish = _FINISHES.get(reason, Finish.STOP)

    def _take_usage(self, usage: object, out: list[ProviderEvent]) -> None:
        """Counts are cumulative: a later one replaces an earlier one, and none erases any."""
        if not isinstance(usage, dict):
            return
        self._counts.update({name: value for name, value in usage.items() if value is not None})
        counts = self._counts
        cached = _count(counts, "cache_read_input_tokens") or 0
        written = _count(counts, "cache_creation_input_tokens") or 0
        fresh = _count(counts, "input_tokens")
        hour = _count(_part(counts, "cache_creation"), "ephemeral_1h_input_tokens")
        out.append(
            UsageReported(
                Usage(
                    input=None if fresh is None else fresh + cached + written,
                    output=_count(counts, "output_tokens"),
                    cached_input=cached,
                    cache_write_5m=max(written - (hour or 0), 0),
                    cache_write_1h=hour,
                    reasoning=_count(_part(counts, "output_tokens_details"), "thinking_tokens"),
                )
            )
        )


def _part(value: dict[str, object], name: str) -> dict[str, object]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def _count(value: dict[str, object], name: str) -> int | None:
    count = value.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
