"""What can go wrong on the wire, in every dialect: strange bytes, strange labels, strange shapes, strange numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from switchyard.core.events import Finish
from switchyard.core.failures import FailureKind

TEXT = "Hello, 世界 👋🏽\n\n- one\u2028two"
REASONING = "A greeting. Answer in kind."
SSE, LINES, DOCUMENT = "text/event-stream", "application/x-ndjson", "application/json"


def _data(value: object, end: str = "\n\n") -> str:
    return f"data: {value if isinstance(value, str) else json.dumps(value)}{end}"


def _chat(text: str) -> str:
    return _data({"choices": [{"index": 0, "delta": {"content": text}}]})


def _message(text: str) -> str:
    return _data({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})


def _response(text: str) -> str:
    return _data({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": text})


def _gemini(text: str) -> str:
    return _data({"candidates": [{"content": {"parts": [{"text": text}]}}]}, "\r\n\r\n")


def _line(text: str) -> str:
    return json.dumps({"message": {"role": "assistant", "content": text}, "done": False}) + "\n"


@dataclass(frozen=True)
class Voice:
    """A dialect: where it is asked, how it answers, a piece of text, and how a reply ends."""

    provider: str
    path: str
    transcript: str
    piece: Callable[[str], str]
    end: str
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> str:
        return f"{self.transcript.partition('.')[0]}.json"

    @property
    def is_lines(self) -> bool:
        return self.transcript.endswith(".ndjson")


_CHAT_END = _data({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
_DATED = "/openai/deployments/model-1/chat/completions"
VOICES = {
    "chat": Voice("openai-compatible", "/chat/completions", "openai-chat.sse", _chat, _CHAT_END),
    "responses": Voice(
        "openai",
        "/responses",
        "openai-responses.sse",
        _response,
        _data({"type": "response.completed", "response": {"status": "completed", "output": []}}),
        {"api": "responses"},
    ),
    "azure": Voice("azure", "/openai/v1/chat/completions", "openai-chat.sse", _chat, _CHAT_END),
    "azure-dated": Voice("azure", _DATED, "openai-chat.sse", _chat, _CHAT_END, {"api_version": "2024-10-21"}),
    "azure-responses": Voice(
        "azure",
        "/openai/v1/responses",
        "openai-responses.sse",
        _response,
        _data({"type": "response.completed", "response": {"status": "completed", "output": []}}),
        {"api": "responses"},
    ),
    "anthropic": Voice(
        "anthropic",
        "/messages",
        "anthropic.sse",
        _message,
        _data({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}) + _data({"type": "message_stop"}),
    ),
    "gemini": Voice(
        "gemini",
        "/models/*",
        "gemini.sse",
        _gemini,
        _data({"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}]}, "\r\n\r\n"),
    ),
    "ollama": Voice(
        "ollama", "/api/chat", "ollama.ndjson", _line, json.dumps({"done": True, "done_reason": "stop"}) + "\n"
    ),
}
EVENTS = [name for name, voice in VOICES.items() if not voice.is_lines]


@pytest.fixture
def tell(server: Any, fakes: Any, ask: Any) -> Any:
    """Play a body and return what a dialect made of it."""

    async def tell(name: str, body: str | bytes, *, content_type: str | None = None, **call: Any) -> Any:
        voice = VOICES[name]
        told = SSE if not voice.is_lines else LINES
        headers = {"content-type": told if content_type is None else content_type}
        script = {key: call.pop(key) for key in ("status", "piece_bytes") if key in call}
        server.play(voice.path, fakes.Script(body, headers=headers, **script))
        return await ask(voice.provider, server.url(), settings=voice.settings, max_output=100, **call)

    return tell


def check_whole(told: Any) -> None:
    assert told.failure is None
    assert (told.text, told.reasoning, told.finish) == (TEXT, REASONING, Finish.STOP)
    assert told.usage.input == 12
    assert told.warnings == []


# --- labels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("content_type", [DOCUMENT, "text/plain; charset=utf-8", "application/octet-stream", "", SSE])
@pytest.mark.parametrize("stream", [True, False])
async def test_a_stream_is_known_by_what_it_holds(
    name: str, content_type: str, stream: bool, fakes: Any, tell: Any
) -> None:
    raw = fakes.transcript(VOICES[name].transcript).raw
    check_whole(await tell(name, raw, content_type=content_type, stream=stream))


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("content_type", [SSE, LINES, "text/plain", "application/octet-stream", ""])
@pytest.mark.parametrize("stream", [True, False])
async def test_a_document_is_known_by_what_it_holds(
    name: str, content_type: str, stream: bool, fakes: Any, tell: Any
) -> None:
    raw = fakes.transcript(VOICES[name].whole).raw
    if stream and VOICES[name].is_lines:
        raw = json.dumps(json.loads(raw)).encode()
    check_whole(await tell(name, b"\n " + raw, content_type=content_type, stream=stream, piece_bytes=1000))


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("content_type", [SSE, DOCUMENT, "text/plain", ""])
async def test_an_error_in_place_of_a_stream_is_read(name: str, content_type: str, tell: Any) -> None:
    body = json.dumps({"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}, indent=1)
    told = await tell(name, body.replace("\n", "") if VOICES[name].is_lines else body, content_type=content_type)
    assert (told.failure.kind, told.failure.message) == (FailureKind.RATE_LIMIT, "Slow down.")


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("stream", [True, False])
async def test_a_document_that_breaks_off_is_no_reply(name: str, stream: bool, fakes: Any, tell: Any) -> None:
    raw = fakes.transcript(VOICES[name].whole).raw
    told = await tell(name, raw[: len(raw) // 2], content_type=DOCUMENT, stream=stream)
    assert told.failure.kind in (FailureKind.BAD_EVENT, FailureKind.CUT)
    assert told.finish is None


# --- bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("piece_bytes", [None, 1])
async def test_bytes_that_are_no_utf_8_become_a_mark(name: str, piece_bytes: int | None, tell: Any) -> None:
    voice = VOICES[name]
    body = voice.piece("a!b").encode().replace(b"!", b"\xe4\xb8\xff\xf0\x9f") + (voice.piece("c") + voice.end).encode()
    told = await tell(name, body, piece_bytes=piece_bytes)
    assert told.failure is None
    assert told.text.replace("\ufffd", "") == "abc"
    assert "\ufffd" in told.text


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("piece_bytes", [None, 5])
async def test_lines_may_end_in_any_way(name: str, end: str, piece_bytes: int | None, fakes: Any, tell: Any) -> None:
    raw = fakes.transcript(VOICES[name].transcript).raw.decode().replace("\r\n", "\n").replace("\n", end)
    check_whole(await tell(name, "\ufeff" + raw, piece_bytes=piece_bytes))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
async def test_lines_of_ollama_may_end_as_elsewhere(end: str, fakes: Any, tell: Any) -> None:
    raw = fakes.transcript(VOICES["ollama"].transcript).raw.decode().replace("\n", end)
    check_whole(await tell("ollama", raw, piece_bytes=1))
    check_whole(await tell("ollama", raw.rstrip()))


@pytest.mark.parametrize("name", EVENTS)
async def test_comments_between_events_are_passed_over(name: str, fakes: Any, tell: Any) -> None:
    raw = fakes.transcript(VOICES[name].transcript).raw.decode().replace("\r\n", "\n")
    check_whole(await tell(name, ": hold on\n\n:\n\n" + raw.replace("\n\n", "\n\n: hold on\n\nid: 7\nretry: 9\n\n")))


@pytest.mark.parametrize("name", VOICES)
async def test_one_large_piece_is_read(name: str, tell: Any) -> None:
    voice, text = VOICES[name], "wörd " * 400_000
    told = await tell(name, voice.piece(text) + voice.end)
    assert told.failure is None
    assert told.text == text


# --- markers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("marks", ["", "data: [DONE]\n\n", "data: [DONE] \n\ndata:[DONE]\n\n", "data: [DONE]"])
async def test_the_marker_of_the_end_may_be_missing_or_come_twice(name: str, marks: str, fakes: Any, tell: Any) -> None:
    raw = fakes.transcript(VOICES[name].transcript).raw.decode().replace("data: [DONE]\n\n", "")
    check_whole(await tell(name, raw + marks))


@pytest.mark.parametrize("name", EVENTS)
async def test_a_marker_before_the_word_for_the_end_is_no_trouble(name: str, tell: Any) -> None:
    voice = VOICES[name]
    told = await tell(name, voice.piece("Hello") + voice.end + "data: [DONE]\n\n" * 2)
    assert (told.failure, told.text, told.finish, told.warnings) == (None, "Hello", Finish.STOP, [])


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json", "text/plain"])
async def test_a_marker_or_comments_alone_are_empty(name: str, content_type: str, tell: Any) -> None:
    for body in ("", "\n", *(() if VOICES[name].is_lines else (": wait\n\n" * 3, "data: [DONE]\n\n"))):
        told = await tell(name, body, content_type=content_type)
        assert told.failure.kind is FailureKind.EMPTY


# --- shapes -----------------------------------------------------------------------------------------------------------


def _nulled(value: Any) -> Any:
    """The same with every leaf null but words that tell what something is."""
    if isinstance(value, dict):
        return {key: one if key in ("type", "object", "role") else _nulled(one) for key, one in value.items()}
    return [_nulled(one) for one in value] if isinstance(value, list) else None


def _variants(value: Any) -> Any:
    """Each member of the outer levels in turn as null, a text, a number, a list and an object."""
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        for other in (None, "x", "7", 7, -1.5, True, [], [None], {}, {"x": None}):
            yield {**value, key: other}
        if isinstance(inner, dict):
            yield from ({**value, key: each} for each in _variants(inner))
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield from ({**value, key: [each, *inner[1:]]} for each in _variants(inner[0]))


@pytest.mark.parametrize("name", VOICES)
async def test_nulls_everywhere_are_passed_over(name: str, fakes: Any, tell: Any) -> None:
    voice, raw = VOICES[name], fakes.transcript(VOICES[name].transcript).raw.decode().replace("\r\n", "\n")
    lines = [line.removeprefix("data: ") for line in raw.split("\n") if line.startswith(("data: {", "{"))]
    nulled = [json.dumps(_nulled(json.loads(line))) for line in lines]
    noise = "".join(f"{line}\n" if voice.is_lines else _data(line) for line in nulled)
    if name == "anthropic":  # a null end is an end
        noise = noise.replace(_data({"type": "message_stop"}), "")
    told = await tell(name, voice.piece("Hel") + noise + voice.piece("lo") + voice.end)
    if name.endswith("responses"):  # the first word for the end is the end, whatever it says beside
        assert told.text == "Hel"
    else:
        assert told.text == "Hello"
    assert (told.failure, told.warnings) == (None, [])


@pytest.mark.parametrize("name", VOICES)
async def test_any_member_may_be_anything(name: str, fakes: Any, tell: Any) -> None:
    """Nothing but events and failures comes of it; what one event says wrong takes no text from the others."""
    voice, raw = VOICES[name], fakes.transcript(VOICES[name].transcript).raw.decode().replace("\r\n", "\n")
    lines = [line.removeprefix("data: ") for line in raw.split("\n") if line.startswith(("data: {", "{"))]
    for line in lines:
        events = [json.dumps(each) for each in _variants(json.loads(line))]
        body = voice.piece("Hello") + "".join(f"{each}\n" if voice.is_lines else _data(each) for each in events)
        told = await tell(name, body + voice.end)
        assert told.text.startswith("Hello")
        assert (told.failure is None) is (told.finish is not None)


@pytest.mark.parametrize("name", VOICES)
async def test_any_member_of_a_whole_reply_may_be_anything(
    name: str, server: Any, fakes: Any, ask: Any, tell: Any
) -> None:
    voice = VOICES[name]
    value = json.loads(fakes.transcript(voice.whole).raw)
    scripts = [fakes.Script(json.dumps(each), headers={"content-type": DOCUMENT}) for each in _variants(value)]
    server.play(voice.path, *scripts)
    for _ in scripts:
        told = await ask(voice.provider, server.url(), settings=voice.settings, max_output=100, stream=False)
        assert (told.failure is None) is (told.finish is not None)
