"""The dialect of OpenAI's Chat Completions, which most providers and servers speak, each with habits of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import CallFailed, Finish, ProviderEvent, UsageReported
from switchyard.core.failures import FailureKind
from switchyard.core.usage import NANOS, Usage
from switchyard.providers.base import Call
from switchyard.providers.client import Answer, Clients, decode_json
from switchyard.providers.declaration import Preset, auth_headers
from switchyard.providers.lists import fetch_json, models_of
from switchyard.providers.reading import NOTHING_CAME, Reader, Reply
from switchyard.providers.sse import SseDecoder, SseEvent

_FINISHES = {
    "length": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
    "refusal": Finish.REFUSAL,
}


_NOTHING: dict[str, object] = {}


class OpenAIChat:
    """A provider of this dialect; the preset holds what is its own."""

    def __init__(self, preset: Preset, clients: Clients) -> None:
        self._preset = preset
        self._clients = clients

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        async with self._clients.request(
            call.endpoint,
            "POST",
            self._preset.locate(call.endpoint, call.model, "/chat/completions"),
            headers=auth_headers(self._preset, call.endpoint),
            body=request_body(self._preset, call),
            on_sent=call.on_sent,
            connect_timeout_s=call.connect_timeout_s,
        ) as answer:
            reader = ChatReader(self._preset, call.endpoint, answer)
            yield Reply(answer, SseDecoder(), reader, stream=call.stream)

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the models this key may use."""
        headers = auth_headers(self._preset, endpoint)
        if self._preset.key_path is not None and endpoint.key:
            await self._check_key(self._preset.key_path, endpoint)
        return models_of(
            await fetch_json(
                self._clients, endpoint, self._preset.locate(endpoint, "", self._preset.models_path), headers
            )
        )

    async def _check_key(self, path: str, endpoint: Endpoint) -> None:
        """Ask about the key itself where the list of models is open to everyone."""
        try:
            await fetch_json(self._clients, endpoint, path, auth_headers(self._preset, endpoint))
        except CallFailed as failed:
            if failed.failure.kind in (FailureKind.AUTH, FailureKind.PERMISSION):
                raise


def request_body(preset: Preset, call: Call) -> dict[str, object]:
    """Return what is sent for a call."""
    messages = [{"role": "system", "content": call.system}] if call.system else []
    messages += [{"role": message.role.value, "content": message.text} for message in call.messages]
    body: dict[str, object] = {"model": call.model, "messages": messages, "stream": call.stream}
    if call.stream and preset.habits.asks_usage:
        body["stream_options"] = {"include_usage": True}
    return body


class ChatReader(Reader[SseEvent]):
    """Reads chunks and whole completions: a completion is a chunk that says everything at once."""

    def __init__(self, preset: Preset, endpoint: Endpoint, answer: Answer) -> None:
        super().__init__(endpoint, answer)
        self._preset = preset
        self._refused = False
        self._called = False

    def take(self, item: SseEvent, out: list[ProviderEvent]) -> None:
        """Add what a chunk says."""
        data = item.data
        if data == "[DONE]":
            self.done = True
            return
        try:
            value = decode_json(data)
        except ValueError:
            self.miss(out)
            return
        if not isinstance(value, dict):
            self.miss(out)
        elif item.name == "error":
            self.recognised = True
            self.fail(value, out)
        else:
            self._take_chunk(value, out)

    def take_whole(self, value: object, out: list[ProviderEvent]) -> None:
        """Add what a completion says."""
        if isinstance(value, dict):
            self._take_chunk(value, out)
            if value.get("choices") == [] and self.failure is None:
                self.failure = self.failed(FailureKind.EMPTY, NOTHING_CAME)

    def _take_chunk(self, value: dict[str, object], out: list[ProviderEvent]) -> None:
        self.name_model(value.get("model"), out)
        choices = value.get("choices")
        if isinstance(choices, list):
            self.recognised = True
            for choice in choices:
                if isinstance(choice, dict) and not choice.get("index"):
                    self._take_choice(choice, out)
        groq = value.get("x_groq")
        extra = groq if isinstance(groq, dict) else _NOTHING
        usage = value.get("usage") or extra.get("usage")
        if isinstance(usage, dict):
            self.recognised = True
            out.append(self._usage(usage))
        if value.get("error") or value.get("object") == "error":
            self.recognised = True
            self.fail(value, out)
        elif extra.get("error"):
            self.fail(extra, out)

    def _take_choice(self, choice: dict[str, object], out: list[ProviderEvent]) -> None:
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            delta = choice.get("message")
        if isinstance(delta, dict):
            self._take_delta(delta, out)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self._take_finish(reason, choice, out)
        elif choice.get("error"):
            self.fail(choice, out)

    def _take_delta(self, delta: dict[str, object], out: list[ProviderEvent]) -> None:
        content = delta.get("content")
        if len(delta) > 1 or not content:
            self._take_others(delta, out)
        if isinstance(content, str):
            if content:
                self.add_text(content, out)
        elif content:
            self._take_parts(content, out)

    def _take_others(self, delta: dict[str, object], out: list[ProviderEvent]) -> None:
        """Take what may stand beside the text, or instead of it."""
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            if isinstance(reasoning, str):
                self.add_reasoning(reasoning, out)
        elif details := delta.get("reasoning_details"):
            for text in _detail_texts(details):
                self.add_reasoning(text, out)
        if delta.get("refusal"):
            self._refused = True
        if delta.get("tool_calls"):
            self._called = True

    def _take_parts(self, parts: object, out: list[ProviderEvent]) -> None:
        """Take content that is a list: pieces of thinking, and pieces of text."""
        for part in parts if isinstance(parts, list) else ():
            if not isinstance(part, dict):
                continue
            text, thinking = part.get("text"), part.get("thinking")
            if isinstance(text, str) and text:
                self.add_text(text, out)
            for thought in thinking if isinstance(thinking, list) else ():
                if isinstance(thought, dict) and isinstance(thought.get("text"), str) and thought["text"]:
                    self.add_reasoning(thought["text"], out)

    def _take_finish(self, reason: str, choice: dict[str, object], out: list[ProviderEvent]) -> None:
        if reason == "error":
            self.fail(
                choice if choice.get("error") else {"message": "The provider reported an error.", "code": 500}, out
            )
            return
        finish = _FINISHES.get(reason, Finish.STOP)
        if finish is Finish.STOP and self._refused:
            finish = Finish.REFUSAL
        elif finish is Finish.STOP and self._called:
            finish = Finish.TOOL_CALLS
        self.finish = finish

    def _usage(self, raw: dict[str, object]) -> UsageReported:
        prompt, completion = _part(raw, "prompt_tokens_details"), _part(raw, "completion_tokens_details")
        counted = _count(raw.get("prompt_tokens"))
        untold = None if counted is None else 0  # whoever counts, and tells of no cache, has used none
        output, reasoning = _count(raw.get("completion_tokens")), _count(completion.get("reasoning_tokens"))
        if self._preset.habits.reasoning_beside_output and output is not None and reasoning is not None:
            output += reasoning
        cached = (prompt.get("cached_tokens"), raw.get("prompt_cache_hit_tokens"), raw.get("cached_tokens"))
        usage = Usage(
            input=counted,
            output=output,
            cached_input=next((count for count in map(_count, cached) if count is not None), untold),
            cache_write_5m=_count(prompt.get("cache_write_tokens")) or untold,
            reasoning=reasoning,
        )
        return UsageReported(usage, _charge(raw) if self._preset.habits.reports_cost else None)


def _detail_texts(details: object) -> Iterator[str]:
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            text = detail.get("text") or detail.get("summary")
            if isinstance(text, str) and text:
                yield text


def _part(raw: dict[str, object], name: str) -> dict[str, object]:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 2**53 else None


def _charge(raw: dict[str, object]) -> int | None:
    """Return what a call was charged, in nano-dollars; with a key of one's own, the upstream's charge comes on top."""
    cost = _nanos(raw.get("cost"))
    upstream = _nanos(_part(raw, "cost_details").get("upstream_inference_cost")) if raw.get("is_byok") is True else None
    return cost + upstream if cost is not None and upstream is not None else cost


def _nanos(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))  # the shortest digits that make this float: those that stood in the answer
    except InvalidOperation:
        return None
    return int((amount * NANOS).to_integral_value(ROUND_HALF_EVEN)) if amount.is_finite() and amount >= 0 else None
