"""Reads what Gemini answers: chunks of a stream in either of its forms, and whole replies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import groupby

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Citation, GeneratedImage, Opaque, ToolCall
from switchyard.core.events import (
    Cited,
    Finish,
    Finished,
    ImageMade,
    OpaqueGiven,
    ProviderEvent,
    ToolCalled,
    UsageReported,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.usage import Usage
from switchyard.providers.client import Answer, decode_json
from switchyard.providers.counts import count_of
from switchyard.providers.gemini_request import DIALECT, MADE_ID, generation_of
from switchyard.providers.json_items import JsonItemsDecoder
from switchyard.providers.reading import Decoder, Reader
from switchyard.providers.sse import SseDecoder, SseEvent

Part = dict[str, object]

_FINISHES = {
    "MAX_TOKENS": Finish.LENGTH,
    "SAFETY": Finish.CONTENT_FILTER,
    "RECITATION": Finish.CONTENT_FILTER,
    "PROHIBITED_CONTENT": Finish.CONTENT_FILTER,
    "BLOCKLIST": Finish.CONTENT_FILTER,
    "SPII": Finish.CONTENT_FILTER,
    "IMAGE_SAFETY": Finish.CONTENT_FILTER,
    "IMAGE_PROHIBITED_CONTENT": Finish.CONTENT_FILTER,
    "IMAGE_RECITATION": Finish.CONTENT_FILTER,
}
_BREAKDOWNS = {
    "MALFORMED_FUNCTION_CALL": "The model wrote a tool call that nobody can read.",
    "UNEXPECTED_TOOL_CALL": "The model called a tool that it was not given.",
    "TOO_MANY_TOOL_CALLS": "The model called tools again and again.",
    "MALFORMED_RESPONSE": "The model wrote a reply that nobody can read.",
    "MISSING_THOUGHT_SIGNATURE": "A signature of the model's earlier thoughts is missing.",
    "LANGUAGE": "The model does not answer in this language.",
    "IMAGE_OTHER": "The model could not make the image.",
    "NO_IMAGE": "The model made no image.",
    "OTHER": "The model stopped without a reason.",
}
_PROMPT = ("promptTokensDetails", "toolUsePromptTokensDetails")
_MADE = ("candidatesTokensDetails",)
_COUNTS_EVERY = 16  # chunks; each has the sum so far, and reading it costs more than the rest of the chunk
_CHARGES_QUERIES_SINCE = 3.0  # generations before are charged by the reply that searched
_KNOWN = ("candidates", "usageMetadata", "promptFeedback", "error")


class GeminiDecoder:
    """Decodes a stream of events, or the array of JSON that some relays send in its place."""

    def __init__(self) -> None:
        self._inner: Decoder[SseEvent] | None = None
        self.strange = False

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Return the events that `chunk` completes."""
        inner = self._inner
        if inner is None:
            chunk = chunk.lstrip()
            if not chunk:
                return []
            inner = self._inner = JsonItemsDecoder() if chunk[:1] in b"[{" else SseDecoder()
        events = inner.feed(chunk)
        self.strange = inner.strange
        return events

    def close(self) -> list[SseEvent]:
        """Return the event that nothing ended."""
        events = self._inner.close() if self._inner is not None else []
        self.strange = self._inner is not None and self._inner.strange
        return events


class GeminiReader(Reader[SseEvent]):
    """Reads chunks; a whole reply is one chunk, or a list of them."""

    json_is_whole = False

    def __init__(self, endpoint: Endpoint, answer: Answer, model: str) -> None:
        super().__init__(endpoint, answer)
        self._asked_model = model
        self._parts: list[Part] = []
        self._signed = False
        self._called = False
        self._cited: set[str] = set()
        self._searches: int | None = None
        self._counts: Part | None = None
        self._counts_wait = 0

    def take(self, item: SseEvent, out: list[ProviderEvent]) -> None:
        """Add what a chunk says."""
        try:
            value = decode_json(item.data)
        except ValueError:
            if item.data.strip() != "[DONE]":  # some relays end as others do
                self.miss(out)
            return
        if isinstance(value, dict):
            self._take_chunk(value, out)
        else:
            self.miss(out)

    def take_whole(self, value: object, out: list[ProviderEvent]) -> None:
        """Add what a whole reply says."""
        for chunk in value if isinstance(value, list) else [value]:
            if isinstance(chunk, dict):
                self._take_chunk(chunk, out)

    def close(self, last: list[SseEvent], broken: Failure | None, strange: bool) -> list[ProviderEvent]:
        """Return the last events: before the end stand the last counts, and what is wanted back."""
        out = super().close(last, broken, strange)
        ends = [out.pop()] if out and isinstance(out[-1], Finished) else []
        if self._counts is not None:
            out.append(UsageReported(read_usage(self._counts, self._searches)))
        if self._signed and ends:
            value = {"model": self._asked_model, "parts": join_parts(self._parts)}
            out.append(OpaqueGiven(Opaque(DIALECT, value)))
        return out + ends

    def _take_chunk(self, value: Part, out: list[ProviderEvent]) -> None:
        model = value.get("modelVersion")
        if model != self.model:
            self.name_model(model, out)
        candidates = value.get("candidates")
        if isinstance(candidates, list):
            self.recognised = True
            for candidate in candidates:
                if isinstance(candidate, dict) and not candidate.get("index"):
                    self._take_candidate(candidate, out)
        usage = value.get("usageMetadata")
        if isinstance(usage, dict):
            self.recognised = True
            self._take_counts(usage, out)
        if "error" in value or "promptFeedback" in value:
            self._take_trouble(value, out)
        elif not self.recognised and not any(name in value for name in _KNOWN):
            self._torn = True  # an object of something else is no empty reply

    def _take_counts(self, counts: Part, out: list[ProviderEvent]) -> None:
        """Tell the first counts, and later ones now and then: a reply that the person stops has been counted too."""
        self._counts_wait -= 1
        if self._counts_wait >= 0:
            self._counts = counts
            return
        self._counts, self._counts_wait = None, _COUNTS_EVERY
        out.append(UsageReported(read_usage(counts, self._searches)))

    def _take_trouble(self, value: Part, out: list[ProviderEvent]) -> None:
        feedback = value.get("promptFeedback")
        reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
        if value.get("error"):
            self.recognised = True
            self.fail(value, out)
        elif isinstance(feedback, dict) and isinstance(reason, str) and reason:
            self.recognised = True
            told = feedback.get("blockReasonMessage")
            message = told if isinstance(told, str) and told else f"The prompt was blocked ({reason})."
            self._break_off(FailureKind.REFUSED_INPUT, message, reason)

    def _break_off(self, kind: FailureKind, message: str, code: str) -> None:
        self.failure = Failure(kind, message, code=code, request_id=self.answer.request_id)

    def _take_candidate(self, candidate: Part, out: list[ProviderEvent]) -> None:
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                self._take_part(part, out)
        if len(candidate) > 1:
            for name in ("groundingMetadata", "citationMetadata"):
                if name in candidate:
                    self._take_sources(candidate[name], out)
            reason = candidate.get("finishReason")
            if isinstance(reason, str) and reason:
                self._take_finish(reason, candidate.get("finishMessage"))

    def _take_part(self, part: Part, out: list[ProviderEvent]) -> None:
        self._parts.append(part)
        text = part.get("text")
        if len(part) == 1 and isinstance(text, str):  # as nearly all are
            if text:
                self.add_text(text, out)
            return
        if part.get("thoughtSignature"):
            self._signed = True
        if part.get("thought") is True:
            if isinstance(text, str) and text:
                self.add_reasoning(text, out)
            return
        if isinstance(text, str) and text:
            self.add_text(text, out)
        call, data = part.get("functionCall"), part.get("inlineData")
        if isinstance(call, dict):
            self._take_call(call, out)
        if isinstance(data, dict):
            kind, content = data.get("mimeType"), data.get("data")
            if isinstance(kind, str) and kind.startswith("image/") and isinstance(content, str) and content:
                out.append(ImageMade(GeneratedImage(kind, content)))

    def _take_call(self, call: Part, out: list[ProviderEvent]) -> None:
        name, id_, arguments = call.get("name"), call.get("id"), call.get("args")
        if not isinstance(name, str) or not name:
            return
        self._called = True
        if not isinstance(id_, str) or not id_:
            id_ = MADE_ID + os.urandom(6).hex()
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False) if arguments is not None else "{}"
        out.append(ToolCalled(ToolCall(id_, name, arguments)))

    def _take_sources(self, metadata: object, out: list[ProviderEvent]) -> None:
        queries = metadata.get("webSearchQueries") if isinstance(metadata, dict) else None
        if isinstance(queries, list) and queries:
            generation = generation_of(self._asked_model)
            self._searches = 1 if generation is not None and generation < _CHARGES_QUERIES_SINCE else len(queries)
        for citation in read_sources(metadata):
            if citation.url not in self._cited:
                self._cited.add(citation.url)
                out.append(Cited(citation))

    def _take_finish(self, reason: str, told: object) -> None:
        if reason in _BREAKDOWNS:
            message = told if isinstance(told, str) and told else _BREAKDOWNS[reason]
            self._break_off(FailureKind.SERVER, message, reason)
            return
        finish = _FINISHES.get(reason, Finish.STOP)
        self.finish = Finish.TOOL_CALLS if finish is Finish.STOP and self._called else finish


def read_sources(metadata: object) -> Iterator[Citation]:
    """Yield the sources that a reply was grounded on, or that it quotes."""
    if not isinstance(metadata, dict):
        return
    for member in ("groundingChunks", "citationSources", "citations"):
        chunks = metadata.get(member)
        for chunk in chunks if isinstance(chunks, list) else ():
            if not isinstance(chunk, dict):
                continue
            for source in (chunk, *chunk.values()):
                url = source.get("uri") if isinstance(source, dict) else None
                if isinstance(source, dict) and isinstance(url, str) and url:
                    title, text = source.get("title"), source.get("text")
                    yield Citation(
                        url, title if isinstance(title, str) else None, text if isinstance(text, str) else None
                    )


def join_parts(parts: list[Part]) -> list[Part]:
    """Return the parts of a reply as they are to be sent back: pieces of one text as one, all else unchanged."""
    joined: list[Part] = []
    for (plain, _), group in groupby(enumerate(parts), lambda numbered: _kind(*numbered)):
        pieces = [part for _, part in group]
        if not plain:
            joined += pieces
        elif text := "".join(str(piece["text"]) for piece in pieces):
            joined.append({**pieces[0], "text": text})
    return joined


def _kind(place: int, part: Part) -> tuple[bool, object]:
    """Tell pieces that may be joined from parts that stand for themselves: signed ones are never joined."""
    plain = isinstance(part.get("text"), str) and part.keys() <= {"text", "thought"}
    return plain, part.get("thought") is True if plain else place


def read_usage(raw: Part, searches: int | None = None) -> Usage:
    """Return the counts of a chunk: thoughts stand beside the candidates, what tools read beside the prompt."""
    prompt, tools = _count(raw, "promptTokenCount"), _count(raw, "toolUsePromptTokenCount")
    said, thought = _count(raw, "candidatesTokenCount"), _count(raw, "thoughtsTokenCount")
    known = prompt is not None  # whoever counts leaves out what is 0
    return Usage(
        input=prompt + (tools or 0) if prompt is not None else None,
        output=(said or 0) + (thought or 0) if known or said is not None or thought is not None else None,
        cached_input=_count(raw, "cachedContentTokenCount") or (0 if known else None),
        cache_write_5m=0 if known else None,  # its caches are written by themselves, at no charge
        reasoning=thought if thought is not None or not known else 0,
        audio=_count_modality(raw, _PROMPT + _MADE, "AUDIO"),
        image=_count_modality(raw, _PROMPT + _MADE, "IMAGE"),
        audio_output=_count_modality(raw, _MADE, "AUDIO"),
        image_output=_count_modality(raw, _MADE, "IMAGE"),
        searches=searches,
    )


def _count_modality(raw: Part, names: tuple[str, ...], modality: str) -> int | None:
    total: int | None = None
    for name in names:
        details = raw.get(name)
        for detail in details if isinstance(details, list) else ():
            if isinstance(detail, dict) and detail.get("modality") == modality:
                total = (total or 0) + (_count(detail, "tokenCount") or 0)
    return total


def _count(raw: Part, name: str) -> int | None:
    return count_of(raw.get(name))
