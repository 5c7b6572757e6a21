"""What every network provider keeps to, whatever its dialect: one suite over all of them."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed, Finish, ResponseStarted, TextDelta
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Call, Provider
from switchyard.providers.presets import PRESETS, Dialect

TEXT = "Hello, 世界 👋🏽\n\n- one\u2028two"
REASONING = "A greeting. Answer in kind."
REQUESTS = Path(__file__).parent.parent / "data" / "requests"
KEY = "sk-test-0123456789abcdef"


@dataclass(frozen=True)
class Voice:
    """How a dialect says the same thing."""

    path: str
    stream: str
    whole: str
    list_path: str
    start: str
    malformed: str
    error_inside: str

    @property
    def ending(self) -> str:
        return Path(self.stream).suffix


VOICES = {
    Dialect.OPENAI_CHAT: Voice(
        "/chat/completions",
        "openai-chat.sse",
        "openai-chat.json",
        "/models",
        'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n',
        'data: {"choices": [\n\n',
        'data: {"error":{"message":"It broke.","type":"server_error","code":null}}\n\n',
    ),
    Dialect.ANTHROPIC: Voice(
        "/messages",
        "anthropic.sse",
        "anthropic.json",
        "/models",
        'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}\n\n',
        'event: content_block_delta\ndata: {"type": "content_bl\n\n',
        'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"It broke."}}\n\n',
    ),
    Dialect.GEMINI: Voice(
        "/models/*",
        "gemini.sse",
        "gemini.json",
        "/models",
        'data: {"candidates":[{"content":{"parts":[{"text":"Hel"}],"role":"model"}}]}\r\n\r\n',
        'data: {"candidates": [\r\n\r\n',
        'data: {"error":{"code":500,"message":"It broke.","status":"INTERNAL"}}\r\n\r\n',
    ),
    Dialect.OLLAMA: Voice(
        "/api/chat",
        "ollama.ndjson",
        "ollama.json",
        "/api/tags",
        '{"message":{"role":"assistant","content":"Hel"},"done":false}\n',
        '{"message": {"role"\n',
        '{"error":"internal server error"}\n',
    ),
}
NETWORK = [preset.id for preset in PRESETS.values() if preset.dialect in VOICES]
ONE_OF_EACH = ["openai-compatible", "anthropic", "gemini", "ollama"]


def voice_of(provider: str) -> Voice:
    voice = VOICES[PRESETS[provider].dialect]
    if provider == "azure":  # the same voice, below the resource's root
        return replace(voice, path=f"/openai/v1{voice.path}", list_path=f"/openai/v1{voice.list_path}")
    return voice


def body_with(voice: Voice, fakes: Any, *inserted: str) -> str:
    """The good stream with something put behind its first event."""
    whole: str = fakes.transcript(voice.stream).body.decode()
    end = "\n" if voice.ending == ".ndjson" else "\r\n\r\n" if "\r" in whole else "\n\n"
    first, mark, rest = whole.partition(end)
    return first + mark + "".join(inserted) + rest


@pytest.fixture(params=NETWORK)
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=ONE_OF_EACH)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- what comes in --------------------------------------------------------------------------------------------------


def check_whole(told: Any) -> None:
    assert told.failure is None
    assert told.text == TEXT
    assert told.reasoning == REASONING
    assert told.finish is Finish.STOP
    assert told.model == "model-1-2026"
    assert told.usage.input == 12
    assert told.warnings == []


async def test_stream(provider: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(provider)
    server.play(voice.path, fakes.transcript(voice.stream, headers={"x-request-id": "req-7"}))
    told = await ask(provider, server.url())
    check_whole(told)
    assert told.usage.output == 9 + (5 if provider == "xai" else 0)
    assert told.request_id == "req-7"
    assert told.batches[0] == [ResponseStarted("req-7")]
    assert told.sent == 1


async def test_whole_reply_is_one_batch(provider: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(provider)
    server.play(voice.path, fakes.transcript(voice.whole, headers={"x-request-id": "req-8"}))
    told = await ask(provider, server.url(), stream=False)
    check_whole(told)
    assert len(told.batches) == 1
    assert told.request_id == "req-8"
    if provider == "gemini":
        assert server.paths()[-1] == "/models/model-1:generateContent"
    else:
        assert server.received[-1].json()["stream"] is False


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 16, 1000])
async def test_stream_in_pieces(dialect: str, piece_bytes: int, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.transcript(voice.stream, piece_bytes=piece_bytes))
    check_whole(await ask(dialect, server.url()))


@pytest.mark.parametrize("piece_bytes", [None, 1])
async def test_compressed_stream(dialect: str, piece_bytes: int | None, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.transcript(voice.stream, zipped=True, piece_bytes=piece_bytes))
    check_whole(await ask(dialect, server.url()))


async def test_document_in_place_of_a_stream(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    body = json.dumps(json.loads(fakes.transcript(voice.whole).body), ensure_ascii=False)
    server.play(voice.path, fakes.Script(body, headers={"content-type": "application/json"}))
    check_whole(await ask(dialect, server.url()))


async def test_stream_in_place_of_a_document(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.transcript(voice.stream))
    check_whole(await ask(dialect, server.url(), stream=False))


async def test_pieces_that_come_together_are_one_batch(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.transcript(voice.stream))
    told = await ask(dialect, server.url())
    assert len([batch for batch in told.batches if any(isinstance(event, TextDelta) for event in batch)]) == 1


# --- broken off -----------------------------------------------------------------------------------------------------


async def test_cut_anywhere_is_never_a_good_end(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    raw = fakes.transcript(voice.stream).raw
    enough = max(raw.rfind(mark) for mark in (b'"stop"', b'"end_turn"', b'"STOP"', b'"done": true'))
    for cut_at in range(0, len(raw), 37):
        server.play(voice.path, fakes.transcript(voice.stream, cut_at=cut_at, ending="close"))
        told = await ask(dialect, server.url())
        assert TEXT.startswith(told.text)
        if cut_at < enough:
            assert told.failure is not None
            assert told.failure.kind is FailureKind.CUT
            assert told.finish is None
        else:
            assert (told.failure is None) is (told.finish is Finish.STOP)


async def test_reset_keeps_what_came(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    raw = fakes.transcript(voice.stream).raw
    server.play(voice.path, fakes.transcript(voice.stream, cut_at=raw.index("世界".encode()) + 40, ending="close"))
    told = await ask(dialect, server.url())
    assert told.text.startswith("Hello")
    assert told.failure.kind is FailureKind.CUT
    assert told.failure.message == "The connection broke off in the middle of the answer."


async def test_clean_end_without_a_word_of_it_is_cut(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.Script(voice.start, headers={"content-type": "text/event-stream"}))
    told = await ask(dialect, server.url())
    assert told.text == "Hel"
    assert told.failure.kind is FailureKind.CUT


async def test_leaving_early_closes_the_connection(
    dialect: str, server: Any, fakes: Any, providers: dict[str, Provider]
) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.Script(voice.start, headers={"content-type": "text/event-stream"}, ending="stall"))
    call = Call(Endpoint("a", dialect, server.url(), key="k"), "m", (ChatMessage(Role.USER, "Hi"),), max_output=10)
    async with providers[dialect].stream(call) as batches:
        async for batch in batches:
            if any(isinstance(event, TextDelta) for event in batch):
                break
    await asyncio.wait_for(server.left.wait(), 10)


async def test_cancelling_closes_the_connection(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.Script(voice.start, headers={"content-type": "text/event-stream"}, ending="stall"))
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(ask(dialect, server.url(), max_output=10))
        await asyncio.wait_for(server.stalled.wait(), 20)
        asking.cancel()
    assert asking.cancelled()
    await asyncio.wait_for(server.left.wait(), 10)


# --- nothing and nonsense -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["", "\n\n", ": comment\n\n: another\n\n"])
async def test_nothing_is_empty(dialect: str, body: str, server: Any, fakes: Any, ask: Any) -> None:
    if dialect == "ollama" and body.startswith(":"):
        body = "\n"
    voice = voice_of(dialect)
    server.play(voice.path, fakes.Script(body, headers={"content-type": "text/event-stream", "x-request-id": "r"}))
    told = await ask(dialect, server.url())
    assert told.failure.kind is FailureKind.EMPTY
    assert told.failure.request_id == "r"


async def test_empty_document_is_empty(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    server.play(voice_of(dialect).path, fakes.Script("", headers={"content-type": "application/json"}))
    told = await ask(dialect, server.url(), stream=False)
    assert told.failure.kind is FailureKind.EMPTY


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "text/event-stream", ""])
@pytest.mark.parametrize("stream", [True, False])
async def test_page_is_no_reply(
    provider: str, content_type: str, stream: bool, server: Any, fakes: Any, ask: Any
) -> None:
    page = "<!DOCTYPE html>\n<html><body>\n<h1>Log in to the hotel's network</h1>\n</body></html>\n"
    server.play(voice_of(provider).path, fakes.Script(page, headers={"content-type": content_type}))
    told = await ask(provider, server.url(), stream=stream)
    assert told.failure.kind is FailureKind.BAD_EVENT
    assert told.failure.status == 200
    assert "<" not in told.failure.message
    assert not told.text


async def test_document_of_something_else_is_no_reply(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    for body in ('{"hello":"world"}', "[1,2]", '"text"', "null"):
        server.play(voice_of(dialect).path, fakes.Script(body, headers={"content-type": "application/json"}))
        told = await ask(dialect, server.url(), stream=False)
        assert told.failure.kind is FailureKind.BAD_EVENT


async def test_one_malformed_event_is_left_out(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.Script(body_with(voice, fakes, voice.malformed)))
    told = await ask(dialect, server.url())
    assert told.text == TEXT
    assert told.finish is Finish.STOP
    assert told.warnings == ["A piece of the reply could not be read and was left out."]


async def test_three_malformed_events_are_too_many(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.Script(body_with(voice, fakes, *[voice.malformed] * 3)))
    told = await ask(dialect, server.url())
    assert told.failure.kind is FailureKind.BAD_EVENT


@pytest.mark.parametrize("ended", [True, False])
async def test_nothing_but_malformed_events(dialect: str, ended: bool, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    body = voice.malformed if ended else voice.malformed.rstrip("\n")
    server.play(voice.path, fakes.Script(body, headers={"content-type": "text/event-stream"}))
    told = await ask(dialect, server.url())
    assert told.failure.kind is FailureKind.BAD_EVENT


async def test_error_inside_the_stream_keeps_what_came(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.Script(voice.start + voice.error_inside))
    told = await ask(dialect, server.url())
    assert told.text == "Hel"
    assert told.failure.kind is FailureKind.SERVER
    assert told.failure.message in ("It broke.", "internal server error")


# --- errors ---------------------------------------------------------------------------------------------------------


async def test_page_of_a_proxy_is_a_server_error(provider: str, server: Any, fakes: Any, ask: Any) -> None:
    page = "<html><head><title>502 Bad Gateway</title></head><body>rate limit</body></html>"
    server.play(voice_of(provider).path, fakes.Script(page, 502, {"content-type": "text/html"}))
    told = await ask(provider, server.url())
    assert told.failure.kind is FailureKind.SERVER
    assert told.failure.message == "Bad Gateway"
    assert told.failure.raw == page


async def test_redirect_is_not_followed(provider: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(provider)
    server.play(voice.path, fakes.Script("", 307, {"location": server.url("/elsewhere")}))
    server.play("/elsewhere", fakes.transcript(voice.stream))
    told = await ask(provider, server.url())
    assert told.failure.kind is FailureKind.UNKNOWN
    assert told.failure.status == 307
    assert "/elsewhere" not in server.paths()


async def test_echoed_key_is_never_told(provider: str, server: Any, fakes: Any, ask: Any) -> None:
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}.", "code": KEY}})
    headers = {"content-type": "application/json", "x-request-id": KEY}
    server.play(voice_of(provider).path, fakes.Script(body, 401, headers))
    told = await ask(provider, server.url())
    assert told.failure.kind is FailureKind.AUTH
    assert KEY not in repr(told.failure)
    assert told.failure.message == "Incorrect API key provided: [key]."


async def test_the_head_of_an_error_is_kept_without_what_may_be_a_secret(
    dialect: str, server: Any, fakes: Any, ask: Any
) -> None:
    headers = {
        "content-type": "application/json",
        "retry-after": "7",
        "x-ratelimit-remaining-requests": "0",
        "x-request-id": f"req-{KEY}",
        "set-cookie": "session=secret",
        "openai-organization": "org-of-somebody",
    }
    server.play(voice_of(dialect).path, fakes.Script('{"error":{"message":"Slow down."}}', 429, headers))
    told = await ask(dialect, server.url())
    lines = told.failure.head.splitlines()
    assert lines[0] == "HTTP 429"
    assert {"content-type: application/json", "retry-after: 7", "x-ratelimit-remaining-requests: 0"} <= {*lines}
    assert not any(word in told.failure.head for word in ("secret", "somebody", KEY))
    assert told.failure.answer == f"{told.failure.head}\n\n{told.failure.raw}"


async def test_raw_body_is_kept_but_not_without_end(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    body = json.dumps({"error": {"message": "no"}, "padding": "x" * 1_000_000})
    server.play(voice_of(dialect).path, fakes.Script(body, 500))
    told = await ask(dialect, server.url())
    assert told.failure.kind is FailureKind.SERVER
    assert len(told.failure.raw) == 64 * 1024


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "7"}, 7), ({"retry-after-ms": "250"}, 0.25), ({}, None)]
)
async def test_retry_after(
    dialect: str, headers: dict[str, str], seconds: float | None, server: Any, fakes: Any, ask: Any
) -> None:
    server.play(voice_of(dialect).path, fakes.Script('{"error":{"message":"slow down"}}', 429, headers))
    told = await ask(dialect, server.url())
    assert told.failure.kind is FailureKind.RATE_LIMIT
    assert told.failure.retry_after_s == seconds


async def test_nobody_listens(provider: str, ask: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = await ask(provider, f"http://127.0.0.1:{port}")
    assert (told.failure.kind, told.failure.code) == (FailureKind.CONNECT, "not_running")
    assert told.failure.message == "The connection was refused."
    assert told.sent == 0


async def test_name_that_is_not_there(dialect: str, ask: Any) -> None:
    told = await ask(dialect, "http://nowhere.invalid/v1")
    assert told.failure.kind is FailureKind.CONNECT
    assert told.failure.message == "The server's name could not be found."


async def test_connection_closed_without_an_answer(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    server.play(voice_of(dialect).path, fakes.Script(drop=True))
    told = await ask(dialect, server.url())
    assert told.failure.kind is FailureKind.CONNECT
    assert told.failure.message == "The server closed the connection before it answered."
    assert told.sent == 1


async def test_no_secure_connection(dialect: str, server: Any, ask: Any) -> None:
    told = await ask(dialect, server.url().replace("http:", "https:"))
    assert told.failure.kind is FailureKind.CONNECT
    assert told.failure.message == "No secure connection could be made."


@pytest.mark.parametrize("key", ["sk-line\nbreak", "sk-ключ-0123"])
async def test_key_that_cannot_be_sent(dialect: str, key: str, server: Any, ask: Any) -> None:
    told = await ask(dialect, server.url(), key=key)
    assert told.failure.kind is FailureKind.AUTH
    assert key not in repr(told.failure)


# --- what goes out --------------------------------------------------------------------------------------------------


async def test_request_body(provider: str, server: Any, fakes: Any, ask: Any) -> None:
    """Compared with a file for each provider: a change of what is sent has to be meant."""
    voice = voice_of(provider)
    server.play(voice.path, fakes.transcript(voice.stream))
    messages = (
        ChatMessage(Role.USER, 'Hi, "you" 你好'),
        ChatMessage(Role.ASSISTANT, "Hello."),
        ChatMessage(Role.USER, "Go on."),
    )
    await ask(provider, server.url(), system="Be brief.", messages=messages)
    sent = server.received[-1]
    assert sent.json() == json.loads((REQUESTS / f"{provider}.json").read_text("utf-8"))
    assert sent.method == "POST"


async def test_headers(provider: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(provider)
    server.play(voice.path, fakes.transcript(voice.stream))
    await ask(provider, server.url(), key=f" {KEY} ")
    headers = server.received[-1].headers
    assert "origin" not in headers
    assert "cookie" not in headers
    assert headers["user-agent"] == "Switchyard/test"
    assert headers["content-type"] == "application/json"
    if provider == "anthropic":
        assert headers["x-api-key"] == KEY
        assert headers["anthropic-version"] == "2023-06-01"
        assert "authorization" not in headers
    elif provider == "gemini":
        assert headers["x-goog-api-key"] == KEY
        assert "authorization" not in headers
        assert KEY not in server.received[-1].path
    elif provider == "azure":
        assert headers["api-key"] == KEY
        assert "authorization" not in headers
    else:
        assert headers["authorization"] == f"Bearer {KEY}"


async def test_no_key_no_header(server: Any, fakes: Any, ask: Any) -> None:
    for provider in ("openai-compatible", "ollama"):
        server.play(voice_of(provider).path, fakes.transcript(voice_of(provider).stream))
        await ask(provider, server.url(), key=None)
        assert "authorization" not in server.received[-1].headers


async def test_long_conversation_arrives_whole(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.transcript(voice.stream))
    text = "words 世界 \ud83d " * 60_000  # with half a surrogate pair, as a clipboard may give
    await ask(dialect, server.url(), messages=(ChatMessage(Role.USER, text),))
    body = server.received[-1].json()
    if dialect == "gemini":
        assert body["contents"][-1]["parts"][0]["text"] == text
    elif dialect == "anthropic":
        assert body["messages"][-1]["content"] == [{"type": "text", "text": text}]
    else:
        assert body["messages"][-1]["content"] == text


# --- connections ----------------------------------------------------------------------------------------------------


async def test_connection_is_used_again(provider: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(provider)
    server.play(voice.path, fakes.transcript(voice.stream))
    for _ in range(3):
        check_whole(await ask(provider, server.url()))
    assert server.connections == 1


async def test_error_leaves_the_connection_usable(dialect: str, server: Any, fakes: Any, ask: Any) -> None:
    voice = voice_of(dialect)
    server.play(voice.path, fakes.Script("{}", 500), fakes.transcript(voice.stream))
    assert (await ask(dialect, server.url())).failure.kind is FailureKind.SERVER
    check_whole(await ask(dialect, server.url()))


async def test_a_proxy_has_no_part_in_loopback(
    dialect: str, server: Any, fakes: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.play(voice_of(dialect).path, fakes.transcript(voice_of(dialect).stream))
    check_whole(await ask(dialect, server.url()))


# --- lists ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, "<html>not here</html>", FailureKind.UNKNOWN),
        (401, '{"error":{"message":"no"}}', FailureKind.AUTH),
        (200, "<html>hello</html>", FailureKind.BAD_EVENT),
        (200, '"text"', FailureKind.BAD_EVENT),
        (200, '{"error":{"message":"busy","code":503}}', FailureKind.OVERLOADED),
    ],
)
async def test_list_that_fails(
    provider: str, status: int, body: str, kind: FailureKind, server: Any, fakes: Any, providers: dict[str, Provider]
) -> None:
    server.play(voice_of(provider).list_path, fakes.Script(body, status))
    with pytest.raises(CallFailed) as caught:
        await providers[provider].list_models(Endpoint("a", provider, server.url(), key="k"))
    assert caught.value.failure.kind is kind
