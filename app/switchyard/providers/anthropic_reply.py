"""Reads what Anthropic answers: the events of a message, and whole messages."""

from __future__ import annotations

import json
import os
from dataclasses import replace

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Citation, Opaque, ToolCall
from switchyard.core.events import (
    CallForming,
    Cited,
    Finish,
    OpaqueGiven,
    ProviderEvent,
    ToolCalled,
    UsageReported,
    Warned,
)
from switchyard.core.sentence import sentence
from switchyard.core.usage import Iteration, Usage, add_usage
from switchyard.providers.anthropic_request import DIALECT, read_input
from switchyard.providers.client import Answer, decode_json
from switchyard.providers.counts import count_of, part_of, parts_of
from switchyard.providers.reading import Reader
from switchyard.providers.sse import SseEvent

Part = dict[str, object]

_FINISHES = {
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "refusal": Finish.REFUSAL,
    "pause_turn": Finish.PAUSE,
}
_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_PLAIN = frozenset({"", "text", "tool_use"})  # what the words and the calls alone tell in full
_STARTS = {"text_delta": "text", "citations_delta": "text", "thinking_delta": "thinking", "signature_delta": "thinking"}
_CACHE_COUNTS = ("cache_creation_input_tokens", "cache_read_input_tokens")
_PAUSED = sentence("The model paused before it was done. Send another message, and it goes on.")
MADE_ID = "toolu_made_"  # begins the ids of calls that came without one


class _Block:
    """A block as it grows: what it began with, and the pieces that came since."""

    __slots__ = ("citations", "is_open", "kind", "pieces", "start")

    def __init__(self, start: Part, kind: str) -> None:
        self.start = start
        self.kind = kind
        self.pieces: list[str] = []
        self.citations: list[object] = []
        self.is_open = True

    def arguments(self) -> str:
        """Return the arguments of a call as JSON text; none that came in pieces stood at its beginning."""
        text = "".join(self.pieces)
        given = self.start.get("input")
        return text if text.strip() else json.dumps(given, ensure_ascii=False) if given else "{}"

    def whole(self) -> Part | None:
        """Return the block as it is to be sent back; None for one that would be refused: blank, or not signed."""
        if self.kind in ("text", "thinking"):
            words = str(self.start.get(self.kind) or "") + "".join(self.pieces)
            if not (words.strip() if self.kind == "text" else self.start.get("signature")):
                return None
            cited = {"citations": self.citations} if self.citations else {}
            return {**self.start, self.kind: words, **cited}
        if self.kind in _CALLS:
            return {**self.start, "input": read_input(self.arguments())}
        return self.start if self.kind else None


class MessagesReader(Reader[SseEvent]):
    """Reads the events of a message, and whole messages; keeps its blocks, for they may have to go back."""

    def __init__(self, endpoint: Endpoint, answer: Answer, model: str) -> None:
        super().__init__(endpoint, answer)
        self._asked_model = model
        self._blocks: list[_Block] = []
        self._at: dict[int, _Block] = {}
        self._called = False
        self._cited: set[Citation] = set()
        self._counts: Part = {}

    def take(self, item: SseEvent, out: list[ProviderEvent]) -> None:
        """Add what an event says."""
        try:
            value = decode_json(item.data)
        except ValueError:
            if item.data.strip() != "[DONE]":  # some relays end as others do
                self.miss(out)
            return
        if not isinstance(value, dict):
            self.miss(out)
            return
        kind = value.get("type") or item.name
        if kind == "content_block_delta":
            self.recognised = True
            delta = value.get("delta")
            if isinstance(delta, dict):
                self._take_delta(value, delta, out)
        elif kind != "ping":
            self.recognised = True
            self._take_event(kind, value, out)

    def take_whole(self, value: object, out: list[ProviderEvent]) -> None:
        """Add what a message says."""
        if not isinstance(value, dict):
            return
        if value.get("type") == "error" or value.get("error"):
            self.recognised = True
            self.fail(value, out)
            return
        if not isinstance(value.get("content"), list):
            return
        self.recognised = True
        self.name_model(value.get("model"), out)
        for block in parts_of(value, "content"):
            self._end_block(self._start_block(block, out), out)
        self._take_usage(value.get("usage"), out)
        self._take_stop(value, out)

    def add_last(self, out: list[ProviderEvent]) -> None:
        """Add the calls whose end was not told, and the blocks that are wanted back."""
        for block in self._blocks:
            self._end_block(block, out)
        if self.finish is Finish.STOP and self._called:
            self.finish = Finish.TOOL_CALLS
        if self.finish is Finish.PAUSE:
            out.append(Warned(_PAUSED))
        if self.finish is Finish.PAUSE or any(each.kind not in _PLAIN or each.citations for each in self._blocks):
            content = [part for part in (each.whole() for each in self._blocks) if part is not None]
            if content:
                out.append(OpaqueGiven(Opaque(DIALECT, {"model": self._asked_model, "content": content})))

    def _take_event(self, kind: object, value: Part, out: list[ProviderEvent]) -> None:
        if kind == "content_block_start":
            self._at[_index_of(value)] = self._start_block(part_of(value, "content_block"), out)
        elif kind == "content_block_stop":
            block = self._at.get(_index_of(value))
            if block is not None:
                self._end_block(block, out)
        elif kind == "message_start":
            message = part_of(value, "message")
            self.name_model(message.get("model"), out)
            self._take_usage(message.get("usage"), out)
        elif kind == "message_delta":
            self._take_usage(value.get("usage"), out)
            self._take_stop(part_of(value, "delta"), out)
        elif kind == "message_stop":
            self.done = True
        elif kind == "error":
            self.fail(value, out)

    # --- blocks -----------------------------------------------------------------------------------------------------

    def _take_delta(self, value: Part, delta: Part, out: list[ProviderEvent]) -> None:
        kind = delta.get("type")
        block = self._at.get(_index_of(value))
        if block is None:  # some relays leave out the beginning
            block = self._at[_index_of(value)] = self._add_block({"type": _STARTS.get(str(kind))})
        if kind == "text_delta":
            piece = delta.get("text")
            if isinstance(piece, str) and piece:
                block.pieces.append(piece)
                self.add_text(piece, out)
        elif kind == "thinking_delta":
            piece = delta.get("thinking")
            if isinstance(piece, str) and piece:
                block.pieces.append(piece)
                self.add_reasoning(piece, out)
        elif kind == "input_json_delta":
            piece = delta.get("partial_json")
            if isinstance(piece, str):
                block.pieces.append(piece)
            out.append(CallForming())
        elif kind == "citations_delta":
            self._take_citation(delta.get("citation"), block, out)
        elif kind == "signature_delta":
            block.start["signature"] = delta.get("signature")

    def _start_block(self, start: Part, out: list[ProviderEvent]) -> _Block:
        citations = start.pop("citations", None)
        block = self._add_block(start)
        if block.kind == "text" and isinstance(text := start.get("text"), str) and text:
            self.add_text(text, out)
        elif block.kind == "thinking" and isinstance(thinking := start.get("thinking"), str) and thinking:
            self.add_reasoning(thinking, out)
        elif block.kind in _CALLS:
            out.append(CallForming())
        for citation in citations if isinstance(citations, list) else ():
            self._take_citation(citation, block, out)
        return block

    def _add_block(self, start: Part) -> _Block:
        kind = start.get("type")
        block = _Block(start, kind if isinstance(kind, str) else "")
        self._blocks.append(block)
        return block

    def _end_block(self, block: _Block, out: list[ProviderEvent]) -> None:
        if not block.is_open:
            return
        block.is_open = False
        if block.kind == "tool_use":
            id_, name = block.start.get("id"), block.start.get("name")
            if isinstance(name, str) and name:
                if not isinstance(id_, str) or not id_:
                    id_ = block.start["id"] = MADE_ID + os.urandom(6).hex()
                self._called = True
                out.append(ToolCalled(ToolCall(id_, name, block.arguments())))
        elif block.kind.endswith("_tool_result"):
            code = part_of(block.start, "content").get("error_code")
            if isinstance(code, str) and code:
                out.append(Warned(sentence("A tool that Anthropic runs by itself failed: {code}.", code=code)))

    def _take_citation(self, value: object, block: _Block, out: list[ProviderEvent]) -> None:
        if not isinstance(value, dict):
            return
        block.citations.append(value)
        url, title, text = value.get("url") or value.get("source"), value.get("title"), value.get("cited_text")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            return  # a place in a document that was sent along
        citation = Citation(
            url, title if isinstance(title, str) and title else None, text if isinstance(text, str) and text else None
        )
        if citation not in self._cited:
            self._cited.add(citation)
            out.append(Cited(citation))

    # --- the end ----------------------------------------------------------------------------------------------------

    def _take_stop(self, value: Part, out: list[ProviderEvent]) -> None:
        reason = value.get("stop_reason")
        if isinstance(reason, str) and reason:
            self.finish = _FINISHES.get(reason, Finish.STOP)
        told = part_of(value, "stop_details").get("explanation")
        if isinstance(told, str) and told:
            out.append(Warned(sentence("The provider added: {message}", message=told)))

    def _take_usage(self, usage: object, out: list[ProviderEvent]) -> None:
        """Take counts, which are sums so far: a later one replaces an earlier one, and none erases any.

        Later counts of the cache stand for all of the prompt: what was written at first may have been read since.
        """
        if not isinstance(usage, dict):
            return
        told = {name: value for name, value in usage.items() if value is not None}
        if "input_tokens" in told and not told.keys().isdisjoint(_CACHE_COUNTS):
            for name in _CACHE_COUNTS:
                self._counts.pop(name, None)
        self._counts.update(told)
        out.append(UsageReported(read_usage(self._counts, self.model or self._asked_model)))


def _index_of(value: Part) -> int:
    index = value.get("index")
    return index if isinstance(index, int) else 0


def read_usage(counts: Part, model: str) -> Usage:
    """Return the tokens of a call that `model` answered. What others did for it is in the sum, and told apart."""
    own = _usage_of(counts)
    rounds = parts_of(counts, "iterations")
    if all(each.get("type") in (None, "message") for each in rounds):
        return own
    iterations = tuple(Iteration(_other_model(each, model), _usage_of(each)) for each in rounds)
    whole = add_usage(iteration.usage for iteration in iterations) or own
    return replace(whole, reasoning=own.reasoning, searches=own.searches, iterations=iterations)


def _other_model(counts: Part, model: str) -> str | None:
    other = counts.get("model")
    return other if isinstance(other, str) and other and other != model else None


def _usage_of(counts: Part) -> Usage:
    cached = count_of(counts.get("cache_read_input_tokens")) or 0
    written = count_of(counts.get("cache_creation_input_tokens")) or 0
    fresh = count_of(counts.get("input_tokens"))
    hour = min(count_of(part_of(counts, "cache_creation").get("ephemeral_1h_input_tokens")) or 0, written)
    return Usage(
        input=None if fresh is None else fresh + cached + written,
        output=count_of(counts.get("output_tokens")),
        cached_input=cached,
        cache_write_5m=written - hour,
        cache_write_1h=hour,
        reasoning=count_of(part_of(counts, "output_tokens_details").get("thinking_tokens")),
        searches=count_of(part_of(counts, "server_tool_use").get("web_search_requests")),
    )
