"""The dialect of OpenAI's Responses, in which models that reason say what they thought."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from switchyard.core.content import Citation, GeneratedImage, Parameter, ToolCall
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
from switchyard.core.sentence import sentence
from switchyard.core.usage import Usage, add_known
from switchyard.providers.asking import ask, left_out
from switchyard.providers.base import Call
from switchyard.providers.client import Answer, Clients, decode_json
from switchyard.providers.counts import count_of, part_of, parts_of
from switchyard.providers.declaration import Habits, Preset, auth_headers
from switchyard.providers.openai_chat_reply import charge_of
from switchyard.providers.openai_responses_request import OPTIONAL, never_taken, opaque_of, request_body
from switchyard.providers.reading import Reader, Reply
from switchyard.providers.sse import SseDecoder, SseEvent

PATH = "/responses"
_INCOMPLETE = {
    "max_output_tokens": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "content_filter": Finish.CONTENT_FILTER,
}
_NOTHING: dict[str, object] = {}
_FORMING = CallForming()

Event = dict[str, object]
Place = tuple[object, ...]  # hashable, whatever the events hold


class Responses:
    """A provider that has this dialect beside Chat Completions; the preset holds what is its own."""

    def __init__(self, preset: Preset, clients: Clients) -> None:
        self._preset = preset
        self._clients = clients

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        habits, silent = self._preset.habits, self._preset.silent_reasoners
        never = never_taken(habits, call)
        call = replace(call, refuses=call.refuses | never) if never else call
        reasons = silent is not None and silent.match(call.model) is not None
        searches = Parameter.WEB_SEARCH if call.parameters.web_search else Parameter.TOOLS
        async with ask(
            self._clients,
            call,
            self._preset.locate(call.endpoint, call.model, PATH),
            auth_headers(self._preset, call.endpoint),
            partial(request_body, habits, reasons=reasons),
            {**OPTIONAL, "tools": searches},
        ) as (answer, told):
            reader = ResponseReader(habits, call, answer)
            yield Reply(answer, SseDecoder(), reader, stream=call.stream, told=[*left_out(call, never), *told])


class ResponseReader(Reader[SseEvent]):
    """Reads the events of a response, and whole responses.

    What an event that ends a piece says wins over the sum of its deltas, which some servers do not send.
    """

    def __init__(self, habits: Habits, call: Call, answer: Answer) -> None:
        super().__init__(call.endpoint, answer)
        self._habits = habits
        self._call = call
        self._said: dict[Place, list[str]] = {}
        self._items: list[object] = []
        self._arguments: dict[object, dict[str, object]] = {}  # calls on their way, by their place in the output
        self._called: set[str] = set()
        self._cited: set[str] = set()
        self._refused = False
        self._told: set[str] = set()

    def take(self, item: SseEvent, out: list[ProviderEvent]) -> None:
        """Add what an event says."""
        try:
            value = decode_json(item.data)
        except ValueError:
            if item.data.strip() != "[DONE]":
                self.miss(out)
            return
        if not isinstance(value, dict):
            self.miss(out)
            return
        kind = value.get("type")
        if kind == "response.output_text.delta":  # as nearly all are
            self.recognised = True
            self._take_delta(value, out)
        else:
            self._take_other(kind or item.name, value, out)

    def take_whole(self, value: object, out: list[ProviderEvent]) -> None:
        """Add what a response says."""
        if not isinstance(value, dict):
            return
        if isinstance(value.get("output"), list) or value.get("object") == "response":
            self.recognised = True
            self._take_end(value, out)
        elif value.get("error"):
            self.recognised = True
            self.fail(value, out)

    def _take_other(self, kind: object, value: Event, out: list[ProviderEvent]) -> None:
        if not isinstance(kind, str):
            kind = ""
        if kind.startswith("response."):
            self.recognised = True
        taker = _TAKERS.get(kind)
        if taker is not None:
            taker(self, value, out)
        elif kind == "error" or (value.get("error") and kind != "keepalive"):
            self.recognised = True
            self.fail(value, out)

    # --- pieces -----------------------------------------------------------------------------------------------------

    def _take_start(self, value: Event, out: list[ProviderEvent]) -> None:
        self.name_model(part_of(value, "response").get("model"), out)

    def _take_delta(self, value: Event, out: list[ProviderEvent]) -> None:
        delta = value.get("delta")
        if isinstance(delta, str) and delta:
            place = _place(value)
            if place in self._said:
                self._said[place].append(delta)
            else:
                self._said[place] = [delta]
            self.add_text(delta, out)

    def _take_text(self, value: Event, out: list[ProviderEvent]) -> None:
        self._complete(_place(value), value.get("text"), out)

    def _take_thought(self, value: Event, out: list[ProviderEvent]) -> None:
        delta = value.get("delta")
        if isinstance(delta, str) and delta:
            self._said.setdefault(_thought_place(value), []).append(delta)
            self.add_reasoning(delta, out)

    def _take_whole_thought(self, value: Event, out: list[ProviderEvent]) -> None:
        self._complete(_thought_place(value), value.get("text"), out, thought=True)

    def _take_refusal(self, value: Event, out: list[ProviderEvent]) -> None:
        self._refused = True
        self._tell_refusal(value.get("refusal"), out)

    def _tell_refusal(self, words: object, out: list[ProviderEvent]) -> None:
        if isinstance(words, str) and words and words not in self._told:
            self._told.add(words)
            out.append(Warned(sentence("The model said: {message}", message=words)))

    def _take_annotation(self, value: Event, out: list[ProviderEvent]) -> None:
        self._cite(value.get("annotation"), out)

    def _take_new_item(self, value: Event, out: list[ProviderEvent]) -> None:
        item = part_of(value, "item")
        if item.get("type") in _CALLS:
            self._arguments[_place(value)[0]] = {**item, "pieces": []}

    def _take_arguments(self, value: Event, out: list[ProviderEvent]) -> None:
        pieces = self._arguments.get(_place(value)[0], _NOTHING).get("pieces")
        delta = value.get("delta")
        if isinstance(pieces, list) and isinstance(delta, str):
            pieces.append(delta)
            out.append(_FORMING)

    def _take_whole_arguments(self, value: Event, out: list[ProviderEvent]) -> None:
        call = self._arguments.get(_place(value)[0])
        whole = value.get("arguments", value.get("input"))
        if call is not None and isinstance(whole, str):
            call["pieces"] = [whole]

    def _complete(self, place: Place, whole: object, out: list[ProviderEvent], *, thought: bool = False) -> None:
        """Add what the deltas of a piece left out of it."""
        if not isinstance(whole, str) or not whole:
            return
        said = "".join(self._said.get(place, ()))
        self._said[place] = [whole]
        rest = whole[len(said) :] if whole.startswith(said) else ""
        if rest and thought:
            self.add_reasoning(rest, out)
        elif rest:
            self.add_text(rest, out)

    # --- items ------------------------------------------------------------------------------------------------------

    def _take_item(self, value: Event, out: list[ProviderEvent]) -> None:
        item = part_of(value, "item")
        self._items.append(item)
        self._take_parts(_place(value)[0], item, out)

    def _take_parts(self, index: object, item: Event, out: list[ProviderEvent]) -> None:
        """Take an item that is whole. `index` is where it stands in the output, to know what was said of it before."""
        kind = item.get("type")
        if kind == "message":
            for number, part in enumerate(parts_of(item, "content")):
                if part.get("type") == "refusal":
                    self._refused = True
                    self._tell_refusal(part.get("refusal"), out)
                else:
                    self._complete((index, number), part.get("text"), out)
                for annotation in parts_of(part, "annotations"):
                    self._cite(annotation, out)
        elif kind == "reasoning":
            for member in ("summary", "content"):
                for number, part in enumerate(parts_of(item, member)):
                    self._complete((member, index, number), part.get("text"), out, thought=True)
        elif kind in _CALLS:
            self._call_tool(self._arguments.pop(index, _NOTHING), item, out)
        elif kind == "image_generation_call":
            image = item.get("result")
            if isinstance(image, str) and image:
                out.append(ImageMade(GeneratedImage(_image_type(image, item.get("output_format")), image)))

    def _call_tool(self, begun: Event, item: Event, out: list[ProviderEvent]) -> None:
        """Tell a call. Its arguments stand in the item, or came before it in pieces."""
        name = item.get("name") or begun.get("name")
        call = item.get("call_id") or begun.get("call_id") or item.get("id") or f"call_{len(self._called)}"
        pieces = begun.get("pieces")
        arguments = item.get("arguments") or item.get("input") or "".join(pieces if isinstance(pieces, list) else ())
        if not isinstance(name, str) or not name or not isinstance(call, str) or call in self._called:
            return
        self._called.add(call)
        out.append(ToolCalled(ToolCall(call, name, arguments if isinstance(arguments, str) and arguments else "{}")))

    def _cite(self, annotation: object, out: list[ProviderEvent]) -> None:
        if not isinstance(annotation, dict):
            return
        inner = annotation.get("url_citation")
        source = inner if isinstance(inner, dict) else annotation
        url, title = source.get("url"), source.get("title")
        if isinstance(url, str) and url and url not in self._cited:
            self._cited.add(url)
            out.append(Cited(Citation(url, title if isinstance(title, str) and title else None)))

    # --- the end ----------------------------------------------------------------------------------------------------

    def _take_last(self, value: Event, out: list[ProviderEvent]) -> None:
        self._take_end(part_of(value, "response"), out)
        self.done = True

    def _take_end(self, response: Event, out: list[ProviderEvent]) -> None:
        """Take what a whole response says, as far as nothing of it was said before."""
        self.name_model(response.get("model"), out)
        output = response.get("output")
        items = output if isinstance(output, list) and output else self._items
        if not self._items and not self._said:
            for index, item in enumerate(items):
                if isinstance(item, dict):
                    self._take_parts(index, item, out)
        for begun in self._arguments.values():
            self._call_tool(begun, {}, out)
        usage = response.get("usage")
        if isinstance(usage, dict):
            out.append(_usage(usage, reports_cost=self._habits.reports_cost))
        opaque = opaque_of(items, self._call)
        if opaque is not None:
            out.append(OpaqueGiven(opaque))
        self._take_status(response, out)

    def _take_status(self, response: Event, out: list[ProviderEvent]) -> None:
        status = response.get("status")
        if response.get("error") or status in ("failed", "cancelled"):
            told = response.get("error") or {"message": "The provider broke off the reply.", "code": 500}
            self.fail({"error": told}, out)
        elif status == "incomplete":
            reason = part_of(response, "incomplete_details").get("reason")
            self.finish = _INCOMPLETE.get(reason, Finish.INCOMPLETE) if isinstance(reason, str) else Finish.INCOMPLETE
        elif self._called:
            self.finish = Finish.TOOL_CALLS
        else:
            self.finish = Finish.REFUSAL if self._refused else Finish.STOP


_CALLS = ("function_call", "custom_tool_call")

_TAKERS: dict[str, Callable[[ResponseReader, Event, list[ProviderEvent]], None]] = {
    "response.output_text.delta": ResponseReader._take_delta,
    "response.created": ResponseReader._take_start,
    "response.in_progress": ResponseReader._take_start,
    "response.output_text.done": ResponseReader._take_text,
    "response.output_text.annotation.added": ResponseReader._take_annotation,
    "response.reasoning_summary_text.delta": ResponseReader._take_thought,
    "response.reasoning_summary_text.done": ResponseReader._take_whole_thought,
    "response.reasoning_text.delta": ResponseReader._take_thought,
    "response.reasoning_text.done": ResponseReader._take_whole_thought,
    "response.refusal.delta": ResponseReader._take_refusal,
    "response.refusal.done": ResponseReader._take_refusal,
    "response.output_item.added": ResponseReader._take_new_item,
    "response.output_item.done": ResponseReader._take_item,
    "response.function_call_arguments.delta": ResponseReader._take_arguments,
    "response.function_call_arguments.done": ResponseReader._take_whole_arguments,
    "response.custom_tool_call_input.delta": ResponseReader._take_arguments,
    "response.custom_tool_call_input.done": ResponseReader._take_whole_arguments,
    "response.completed": ResponseReader._take_last,
    "response.incomplete": ResponseReader._take_last,
    "response.failed": ResponseReader._take_last,
    "response.cancelled": ResponseReader._take_last,
}


def _place(value: Event) -> Place:
    """Return where a piece of text stands in the output: its item's index, and its own in the item."""
    index, inner = value.get("output_index"), value.get("content_index")
    return (index if isinstance(index, int) else None, inner if isinstance(inner, int) else 0)


def _thought_place(value: Event) -> Place:
    index, inner = _place(value)
    if "summary_index" not in value:
        return ("content", index, inner)
    summary = value["summary_index"]
    return ("summary", index, summary if isinstance(summary, int) else 0)


_IMAGE_TYPES = {"iVBOR": "image/png", "/9j/": "image/jpeg", "UklGR": "image/webp", "R0lGO": "image/gif"}


def _image_type(base64: str, told: object) -> str:
    for beginning, media_type in _IMAGE_TYPES.items():
        if base64.startswith(beginning):
            return media_type
    return f"image/{told}" if told in ("png", "jpeg", "webp") else "image/png"


def _usage(raw: Event, *, reports_cost: bool) -> UsageReported:
    """Return the tokens: cached input is inside the input, reasoning inside the output."""
    sent, made = part_of(raw, "input_tokens_details"), part_of(raw, "output_tokens_details")
    counted = count_of(raw.get("input_tokens"))
    untold = None if counted is None else 0  # whoever counts, and tells of no cache, has used none
    cached, written = count_of(sent.get("cached_tokens")), count_of(sent.get("cache_write_tokens"))
    usage = Usage(
        input=counted,
        output=count_of(raw.get("output_tokens")),
        cached_input=untold if cached is None else cached,
        cache_write_5m=untold if written is None else written,
        reasoning=count_of(made.get("reasoning_tokens")),
        audio=add_known(count_of(part.get("audio_tokens")) for part in (sent, made)),
        image=add_known(count_of(part.get("image_tokens")) for part in (sent, made)),
        audio_output=count_of(made.get("audio_tokens")),
        image_output=count_of(made.get("image_tokens")),
    )
    return UsageReported(usage, charge_of(raw) if reports_cost else None)
