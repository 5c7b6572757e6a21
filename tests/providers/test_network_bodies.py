"""Answers that are packed, too large, or without an end: what is read of them, and what is said."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import threading
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import brotli
import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed, Finish, ProviderEvent, TextDelta
from switchyard.core.failures import FailureKind
from switchyard.providers.client import BODY_BYTES, Answer, Clients
from switchyard.providers.compression import PIECE_BYTES, unpackers
from switchyard.providers.reading import EVENT_BYTES, Reader, Reply
from switchyard.providers.sse import SseDecoder, SseEvent

PROVIDER = "openai-compatible"
MB = 1024 * 1024
Play = Callable[[], Iterator[bytes]]
HEAD = b"HTTP/1.1 %d Scripted\r\ncontent-type: %b\r\n\r\n"  # the body ends with the connection


@asynccontextmanager
async def answering(answer: Play) -> AsyncIterator[str]:
    """Write an answer, bytes for bytes, to whoever asks anything; return the address."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            for piece in answer():
                writer.write(piece)
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(client, "127.0.0.1", 0) as listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"


def endless(head: bytes, piece: bytes) -> Play:
    """An answer without an end."""

    def answer() -> Iterator[bytes]:
        yield head
        while True:
            yield piece

    return answer


def event(text: str) -> bytes:
    """An event of OpenAI's dialect with some text."""
    return b"data: %b\n\n" % json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode()


# --- packed -----------------------------------------------------------------------------------------------------------


def packed_raw(raw: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(raw) + stream.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": lambda raw: gzip.compress(raw[:50]) + gzip.compress(raw[50:]),
    "deflate": zlib.compress,
    "Deflate": packed_raw,
    "br": brotli.compress,
    "gzip, br": lambda raw: brotli.compress(gzip.compress(raw)),
    "identity": bytes,
    "utf-8": bytes,
}


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("piece_bytes", [1, 7, None])
async def test_packed_answers_are_read(
    encoding: str, piece_bytes: int | None, server: Any, fakes: Any, ask: Any
) -> None:
    plain = fakes.transcript("openai-chat.sse")
    headers = {**plain.headers, "content-encoding": encoding}
    packed = PACKERS[encoding](plain.raw)
    server.play("/plain/chat/completions", plain)
    server.play("/chat/completions", fakes.Script(packed, headers=headers, piece_bytes=piece_bytes))
    told = await ask(PROVIDER, server.url())
    assert (told.failure, told.finish) == (None, Finish.STOP)
    assert told.text == (await ask(PROVIDER, server.url("/plain"))).text != ""
    assert server.received[0].headers["accept-encoding"] == "gzip, deflate, br"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_what_cannot_be_unpacked_is_a_bad_event(encoding: str, server: Any, fakes: Any, ask: Any) -> None:
    headers = {"content-type": "text/event-stream", "content-encoding": encoding}
    server.play("/chat/completions", fakes.Script(b"\xff\x00 no such thing" * 9, headers=headers))
    told = await ask(PROVIDER, server.url())
    assert told.failure.kind is FailureKind.BAD_EVENT
    assert told.failure.message == "The answer could not be decompressed."


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_few_bytes_are_unpacked_in_pieces(encoding: str) -> None:
    raw = b"word" * (8 * MB)
    [unpacker] = unpackers(encoding)
    sizes = [len(piece) for piece in unpacker.feed(PACKERS[encoding](raw))]
    assert sum(sizes) == len(raw)
    assert max(sizes) <= 4 * PIECE_BYTES


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
async def test_a_bomb_takes_no_more_than_an_answer_may(content_type: str, server: Any, fakes: Any, ask: Any) -> None:
    packed = brotli.compress(b" " * (3 * BODY_BYTES), quality=4)
    headers = {"content-type": content_type, "content-encoding": "br"}
    server.play("/chat/completions", fakes.Script(packed, headers=headers, chunked=False))
    tracemalloc.start()
    told = await ask(PROVIDER, server.url())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told.failure.kind is FailureKind.BAD_EVENT
    assert peak < 2 * BODY_BYTES


# --- large and without an end -----------------------------------------------------------------------------------------


async def test_an_event_of_20_mb_is_read(ask: Any) -> None:
    text = "word " * (EVENT_BYTES // 5)
    body = HEAD % (200, b"text/event-stream") + event(text) + b"data: [DONE]\n\n"
    async with answering(lambda: iter([body])) as address:
        told = await ask(PROVIDER, address)
    assert told.failure is None
    assert told.text == text


class Noting(Reader[SseEvent]):
    """Notes which thread reads what."""

    def __init__(self, endpoint: Endpoint, answer: Answer) -> None:
        super().__init__(endpoint, answer)
        self.read: list[tuple[str, bool]] = []

    def take(self, item: SseEvent, out: list[ProviderEvent]) -> None:
        self.recognised = True
        self.read.append((item.data[:1], threading.current_thread() is threading.main_thread()))
        self.add_text(item.data[:1], out)
        self.finish = Finish.STOP


async def test_only_large_events_are_read_in_a_thread(clients: Clients) -> None:
    body = b"data: a\n\ndata: b" + b"b" * MB + b"\n\ndata: c\n\ndata: d" + b"d" * MB  # which nothing ends
    async with answering(lambda: iter([HEAD % (200, b"text/event-stream") + body])) as address:
        endpoint = Endpoint("here", PROVIDER, address)
        async with clients.request(endpoint, "POST", "/", headers={}, body={}) as answer:
            reader = Noting(endpoint, answer)
            batches = [batch async for batch in Reply(answer, SseDecoder(), reader, stream=True)]
    assert [event.text for batch in batches for event in batch if isinstance(event, TextDelta)] == list("abcd")
    in_thread = {name for name, in_main in reader.read if not in_main}
    assert {"b", "d"} <= in_thread
    assert "a" not in in_thread


@pytest.mark.parametrize("piece", [b"w" * MB, b"data: word\n" * 100_000, b": comment\n\n" * 100_000])
async def test_an_event_without_an_end_is_given_up(piece: bytes, ask: Any) -> None:
    head = HEAD % (200, b"text/event-stream") + event("Hello") + b"data: "
    async with answering(endless(head, piece)) as address:
        told = await ask(PROVIDER, address)
    assert told.text == "Hello"
    assert told.failure.kind is FailureKind.BAD_EVENT
    assert told.failure.message == "An event of the answer is larger than 20 MB."


@pytest.mark.parametrize("provider", [PROVIDER, "anthropic", "gemini"])
async def test_a_document_without_an_end_is_given_up(provider: str, ask: Any) -> None:
    async with answering(endless(HEAD % (200, b"application/json"), b" " * MB)) as address:
        told = await ask(provider, address, stream=False, max_output=10)
    assert told.failure.kind is FailureKind.BAD_EVENT
    assert told.failure.message == "The answer is larger than 64 MB."


async def test_a_list_without_an_end_is_given_up(providers: Any) -> None:
    async with answering(endless(HEAD % (200, b"application/json"), b" " * MB)) as address:
        with pytest.raises(CallFailed) as failed:
            await providers[PROVIDER].list_models(Endpoint("here", PROVIDER, address))
    assert failed.value.failure.kind is FailureKind.BAD_EVENT


@pytest.mark.parametrize(("status", "content_type"), [(500, b"text/plain"), (404, b"text/html"), (200, b"text/html")])
async def test_of_an_error_without_an_end_the_beginning_is_read(status: int, content_type: bytes, ask: Any) -> None:
    async with answering(endless(HEAD % (status, content_type), b"sorry " * 1000)) as address:
        told = await ask(PROVIDER, address)
    assert told.failure.status == status
    assert len(told.failure.raw) == 64 * 1024


async def test_a_stream_without_an_end_takes_no_memory(ask: Any, providers: Any) -> None:
    events = 0
    async with answering(endless(HEAD % (200, b"text/event-stream"), event("word") * 100)) as address:
        from switchyard.core.message import ChatMessage, Role
        from switchyard.providers.base import Call

        call = Call(Endpoint("here", PROVIDER, address), "m", (ChatMessage(Role.USER, "Go on."),))
        async with providers[PROVIDER].stream(call) as batches:
            async for batch in batches:
                events += len(batch)
                if events > 2000 and not tracemalloc.is_tracing():
                    tracemalloc.start()
                if events > 40_000:
                    break
            current = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
    assert current < MB


# --- heads ------------------------------------------------------------------------------------------------------------


async def test_headers_without_an_end_are_given_up(ask: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\n"
    async with answering(endless(head, b"x-more: " + b"m" * 1000 + b"\r\n")) as address:
        told = await ask(PROVIDER, address)
    assert told.failure.kind is FailureKind.CONNECT
    assert told.failure.message == "The server's answer is not HTTP."


async def test_headers_that_come_a_byte_at_a_time_are_read(server: Any, ask: Any, fakes: Any) -> None:
    body = fakes.transcript("openai-chat.sse").raw
    head = HEAD % (200, b"text/event-stream")
    async with answering(lambda: (head[at : at + 1] for at in range(len(head)))) as address:
        told = await ask(PROVIDER, address)
        assert told.failure.kind is FailureKind.EMPTY
    async with answering(lambda: iter([*(head[at : at + 1] for at in range(len(head))), body])) as address:
        assert (await ask(PROVIDER, address)).failure is None


@pytest.mark.parametrize("raw", [b"", b"220 mail.example.invalid ready\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46" * 9])
async def test_what_is_no_http_is_said(raw: bytes, ask: Any) -> None:
    async with answering(lambda: iter([raw])) as address:
        told = await ask(PROVIDER, address)
    assert told.failure.kind is FailureKind.CONNECT
    assert told.failure.message in (
        "The server's answer is not HTTP.",
        "The server closed the connection before it answered.",
    )
