"""Reads what a speaker of OpenAI's Chat Completions answers: words, thoughts, calls, sources, images and counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from switchyard.core.content import Citation, GeneratedImage, Opaque
from switchyard.core.events import (
    CallForming,
    Cited,
    Finish,
    ImageMade,
    OpaqueGiven,
    ProviderEvent,
    ToolCalled,
    UsageReported,
    Warned,
)
from switchyard.core.failures import FailureKind
from switchyard.core.sentence import sentence
from switchyard.core.usage import NANOS, Usage
from switchyard.providers.base import Call
from switchyard.providers.client import Answer, decode_json
from switchyard.providers.counts import count_of, part_of
from switchyard.providers.declaration import Habits
from switchyard.providers.openai_calls import FormingCalls
from switchyard.providers.openai_chat_request import OWNER, maker_of
from switchyard.providers.reading import NOTHING_CAME, Reader
from switchyard.providers.sse import SseEvent

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
_DATA_URL = re.compile(r"data:(image/[\w.+-]+);base64,")
_FORMING = CallForming()
_TICKS_PER_DOLLAR = 10**10  # xAI's unit
_MOST_DOLLARS = 10**6  # no call is charged as much
_JOINED = ("text", "summary", "data")  # members of reasoning details that come in pieces


class ChatReader(Reader[SseEvent]):
    """Reads chunks and whole completions: a completion is a chunk that says everything at once."""

    def __init__(self, habits: Habits, call: Call, answer: Answer) -> None:
        super().__init__(call.endpoint, answer)
        self._habits = habits
        self._call = call
        self._refusal: list[str] = []
        self._whole = False
        self._calls = FormingCalls()
        self._cited: set[str] = set()
        self._kept: list[dict[str, object]] = []
        self._thought: list[str] = []

    @property
    def ended(self) -> bool:
        """Whether it came to its end: the mark alone will do where nobody is known to say more."""
        return self.done and (self._whole or not self._habits.names_finish)

    def take(self, item: SseEvent, out: list[ProviderEvent]) -> None:
        """Add what a chunk says."""
        data = item.data
        if data == "[DONE]":
            self.done = True
            return
        try:
            value = decode_json(data)
        except ValueError:
            self.done = data.strip() == "[DONE]"
            if not self.done:
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
            self._whole = True
            self._take_chunk(value, out)
            if value.get("choices") == [] and self.failure is None:
                self.failure = self.failed(FailureKind.EMPTY, NOTHING_CAME)

    def add_last(self, out: list[ProviderEvent]) -> None:
        """Add what is whole only at the end: calls, the words of a refusal, and what is to be sent back."""
        calls = self._calls.finished()
        out += [ToolCalled(call) for call in calls]
        if calls and self.finish in (None, Finish.STOP):
            self.finish = Finish.TOOL_CALLS
        if self._refusal:
            out.append(Warned(sentence("The model said: {message}", message="".join(self._refusal))))
        kept: object = self._kept or "".join(self._thought)
        if kept and (calls or self._call.parameters.tools or not self._habits.only_with_calls):
            value = {"maker": maker_of(self._call.model), str(self._habits.takes_back): kept}
            out.append(OpaqueGiven(Opaque(OWNER, value)))

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
            out.append(read_usage(self._habits, usage))
        if "citations" in value or "search_results" in value:
            self._cite(value.get("search_results") or value.get("citations"), out)
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
        details = delta.get("reasoning_details")
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            if isinstance(reasoning, str):
                self.add_reasoning(reasoning, out)
                if self._habits.takes_back == "reasoning_content":
                    self._thought.append(reasoning)
        elif details:
            for text in _detail_texts(details):
                self.add_reasoning(text, out)
        if details and self._habits.takes_back == "reasoning_details":
            _keep(details, self._kept)
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._refusal.append(refusal)
        pieces = delta.get("tool_calls") or delta.get("function_call")
        if pieces:
            self._calls.add(pieces, whole=self._whole)
            if not self._whole:
                out.append(_FORMING)
        self._take_beside(delta, out)

    def _take_beside(self, delta: dict[str, object], out: list[ProviderEvent]) -> None:
        """Take sources and images."""
        for member in ("annotations", "citations"):
            if delta.get(member):
                self._cite(delta[member], out)
        images = delta.get("images")
        for image in images if isinstance(images, list) else ():
            made = _image(image)
            if made is not None:
                out.append(ImageMade(made))

    def _take_parts(self, parts: object, out: list[ProviderEvent]) -> None:
        """Take content that is a list: pieces of thinking, of text, images and references."""
        for part in parts if isinstance(parts, list) else ():
            if not isinstance(part, dict):
                continue
            text, thinking = part.get("text"), part.get("thinking")
            if isinstance(text, str) and text:
                self.add_text(text, out)
            for thought in thinking if isinstance(thinking, list) else ():
                if isinstance(thought, dict) and isinstance(thought.get("text"), str) and thought["text"]:
                    self.add_reasoning(thought["text"], out)
            made = _image(part)
            if made is not None:
                out.append(ImageMade(made))

    def _cite(self, sources: object, out: list[ProviderEvent]) -> None:
        """Tell each source once: lists of them come again with every chunk at some."""
        for source in sources if isinstance(sources, list) else ():
            citation = _citation(source)
            if citation is not None and citation.url not in self._cited:
                self._cited.add(citation.url)
                out.append(Cited(citation))

    def _take_finish(self, reason: str, choice: dict[str, object], out: list[ProviderEvent]) -> None:
        if reason == "error":
            self.fail(
                choice if choice.get("error") else {"message": "The provider reported an error.", "code": 500}, out
            )
            return
        finish = _FINISHES.get(reason, Finish.STOP)
        if finish is Finish.STOP and self._refusal:
            finish = Finish.REFUSAL
        self.finish = finish


# --- what stands beside the words -----------------------------------------------------------------------------------


def _detail_texts(details: object) -> Iterator[str]:
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            text = detail.get("text") or detail.get("summary")
            if isinstance(text, str) and text:
                yield text


def _keep(details: object, kept: list[dict[str, object]]) -> None:
    """Join the pieces of details as they were before they were cut up for the stream."""
    for detail in details if isinstance(details, list) else ():
        if not isinstance(detail, dict):
            continue
        last = kept[-1] if kept else _NOTHING
        if not kept or any(last.get(name) != detail.get(name) for name in ("type", "index", "id")):
            kept.append(dict(detail))
            continue
        for name, value in detail.items():
            before = last.get(name)
            joined = name in _JOINED and isinstance(before, str) and isinstance(value, str)
            if joined:
                last[name] = f"{before}{value}"
            elif value is not None:
                last[name] = value


def _citation(source: object) -> Citation | None:
    """Return a source: an address alone, an annotation, or an object of either kind."""
    if isinstance(source, str):
        return Citation(source) if source.startswith(("http://", "https://")) else None
    if not isinstance(source, dict):
        return None
    inner = source.get("url_citation")
    told = inner if isinstance(inner, dict) else source
    url = told.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        return None
    return Citation(url, _some_text(told.get("title")), _some_text(told.get("content") or told.get("snippet")))


def _some_text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _image(part: object) -> GeneratedImage | None:
    """Return an image that came as a `data:` address; one that lies elsewhere is not fetched."""
    holder = part.get("image_url") if isinstance(part, dict) else None
    url = holder.get("url") if isinstance(holder, dict) else holder
    match = _DATA_URL.match(url) if isinstance(url, str) else None
    return GeneratedImage(match[1], url[match.end() :]) if match and isinstance(url, str) else None


# --- what was counted -----------------------------------------------------------------------------------------------


def read_usage(habits: Habits, raw: dict[str, object]) -> UsageReported:
    """Return the tokens of a call, and what it was charged where the provider names it."""
    prompt, completion = part_of(raw, "prompt_tokens_details"), part_of(raw, "completion_tokens_details")
    counted = count_of(raw.get("prompt_tokens"))
    untold = None if counted is None else 0  # whoever counts, and tells of no cache, has used none
    output, reasoning = count_of(raw.get("completion_tokens")), count_of(completion.get("reasoning_tokens"))
    if habits.reasoning_beside_output and output is not None and reasoning is not None:
        output += reasoning
    cached = (prompt.get("cached_tokens"), raw.get("prompt_cache_hit_tokens"), raw.get("cached_tokens"))
    audio_input, audio_output = count_of(prompt.get("audio_tokens")), count_of(completion.get("audio_tokens"))
    image_input, image_output = count_of(prompt.get("image_tokens")), count_of(completion.get("image_tokens"))
    usage = Usage(
        input=counted,
        output=output,
        cached_input=next((count for count in map(count_of, cached) if count is not None), untold),
        cache_write_5m=count_of(prompt.get("cache_write_tokens")) or untold,
        reasoning=reasoning,
        audio=_both(audio_input, audio_output),
        image=_both(image_input, image_output),
        audio_output=audio_output,
        image_output=image_output,
    )
    return UsageReported(usage, charge_of(raw) if habits.reports_cost else None)


def _both(first: int | None, second: int | None) -> int | None:
    return None if first is None and second is None else (first or 0) + (second or 0)


def charge_of(raw: dict[str, object]) -> int | None:
    """Return what a call was charged, in nano-dollars; with a key of one's own, the upstream's charge comes on top."""
    ticks = _nanos(raw.get("cost_in_usd_ticks"), _TICKS_PER_DOLLAR)
    if ticks is not None:
        return ticks
    cost = _nanos(raw.get("cost"))
    upstream = (
        _nanos(part_of(raw, "cost_details").get("upstream_inference_cost")) if raw.get("is_byok") is True else None
    )
    return cost + upstream if cost is not None and upstream is not None else cost


def _nanos(value: object, units_per_dollar: int = 1) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))  # the shortest digits that make this float: those that stood in the answer
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount <= _MOST_DOLLARS * units_per_dollar:
        return None
    return int((amount * NANOS / units_per_dollar).to_integral_value(ROUND_HALF_EVEN))
