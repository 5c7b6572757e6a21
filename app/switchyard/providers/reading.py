"""What every dialect does alike when a reply comes in: batches out, and a just end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NoReturn, Protocol, TypeVar

from switchyard.core.catalog import Endpoint
from switchyard.core.events import (
    CallFailed,
    Finish,
    Finished,
    ModelNamed,
    ParameterRefused,
    ProviderEvent,
    RateLimitsTold,
    ReasoningDelta,
    ResponseStarted,
    TextDelta,
    Warned,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.sentence import sentence
from switchyard.providers.client import THREAD_CHARS, Answer, parse
from switchyard.providers.failures import RAW_BYTES, refused, told_inside, unreadable
from switchyard.providers.think import ThinkSplitter

Item = TypeVar("Item")

MALFORMED_LIMIT = 3
EVENT_BYTES = 20 * 1024 * 1024
_ROUND_AN_EVENT = 1024 * 1024  # what may stand around so much text
DRAIN_TIMEOUT_S = 0.25
NOTHING_CAME = "The answer was empty."
_STREAMS = ("text/event-stream", "application/x-ndjson")
_EVENTS_BEGIN = b":deir\xef"  # a comment; data, event, id and retry; a byte order mark
_LEFT_OUT = sentence("A piece of the reply could not be read and was left out.")


class Decoder(Protocol[Item]):
    """Sans-I/O: bytes in, items out. `strange` tells whether something came that belongs to no such stream."""

    strange: bool

    def feed(self, chunk: bytes) -> list[Item]:
        """Return the items that `chunk` completes."""
        ...

    def close(self) -> list[Item]:
        """Return the item that nothing ended."""
        ...


class Reader(Generic[Item]):
    """Turns the items of one reply into events, and knows whether the reply came to its end.

    A dialect adds `take` for an item of a stream and `take_whole` for a reply in one piece. `json_is_whole`: an answer
    that begins as JSON is such a reply, though a stream was asked for.
    """

    json_is_whole = True

    def __init__(self, endpoint: Endpoint, answer: Answer) -> None:
        self.endpoint = endpoint
        self.answer = answer
        self.done = False
        self.failure: Failure | None = None
        self.finish: Finish | None = None
        self.recognised = False
        self.malformed = 0
        self.model = ""
        self.think = ThinkSplitter()
        self._text_only = False  # once nothing but text can follow, nothing else is looked for
        self._closing = False
        self._torn = False

    @property
    def ended(self) -> bool:
        """Whether it came to its end though nothing said why it ended."""
        return self.done

    def take(self, item: Item, out: list[ProviderEvent]) -> None:
        """Add what an item of the stream says."""
        raise NotImplementedError

    def take_whole(self, value: object, out: list[ProviderEvent]) -> None:
        """Add what a whole reply says."""
        raise NotImplementedError

    def add_last(self, out: list[ProviderEvent]) -> None:
        """Add what is known only at the good end of a reply, before that is told."""

    def add_text(self, text: str, out: list[ProviderEvent]) -> None:
        """Add text, apart from reasoning that stands in it."""
        if self._text_only:
            out.append(TextDelta(text))
        else:
            self._add(*self.think.feed(text), out)
            self._text_only = self.think.text_only

    def add_reasoning(self, text: str, out: list[ProviderEvent]) -> None:
        """Add reasoning that comes by itself; then none is looked for in the text."""
        self.think.skip()
        out.append(ReasoningDelta(text))

    def name_model(self, model: object, out: list[ProviderEvent]) -> None:
        """Tell who answers, when it is new."""
        if model != self.model and isinstance(model, str) and model:
            self.model = model
            out.append(ModelNamed(model))

    def fail(self, value: object, out: list[ProviderEvent]) -> None:
        """Take an error that stood inside the answer. After the reply's own end it spoils nothing any more."""
        failure = told_inside(value, self.endpoint, self.answer)
        if self.finish is None:
            self.failure = failure
        else:
            out.append(Warned(sentence("The provider added: {message}", message=failure.message)))

    def miss(self, out: list[ProviderEvent]) -> None:
        """Leave out an event that cannot be read; three are too many. One torn by the end is not counted."""
        if self._closing:
            self._torn = True
            return
        self.malformed += 1
        if self.malformed >= MALFORMED_LIMIT:
            self.failure = self.failed(FailureKind.BAD_EVENT, "Several pieces of the reply could not be read.")
        else:
            out.append(Warned(_LEFT_OUT))

    def close(self, last: list[Item], broken: Failure | None, strange: bool) -> list[ProviderEvent]:
        """Return the last events of a stream; raises `CallFailed` where it did not come to its end."""
        out: list[ProviderEvent] = []
        self._closing = True
        for item in last:
            if self.failure is None:
                self.take(item, out)
        self._add(*self.think.close(), out)
        if self.failure is None and not self.recognised:
            self.failure = broken or self._nothing(strange)
        elif self.failure is None and self.finish is None and not self.ended:
            self.failure = broken or self.failed(FailureKind.CUT, "The answer ended before the model had finished.")
        if self.failure is None:
            self.add_last(out)
            out.append(Finished(self.finish or Finish.STOP))
        return out

    def _nothing(self, strange: bool) -> Failure:
        if strange or self.malformed or self._torn:
            return self.failed(FailureKind.BAD_EVENT, "The answer held nothing that is a reply.")
        return self.failed(FailureKind.EMPTY, NOTHING_CAME)

    def failed(self, kind: FailureKind, message: str) -> Failure:
        """Return a failure of this answer."""
        status = self.answer.status if kind is FailureKind.BAD_EVENT else None
        return Failure(kind, message, status=status, request_id=self.answer.request_id)

    def _add(self, reasoning: str, text: str, out: list[ProviderEvent]) -> None:
        if reasoning:
            out.append(ReasoningDelta(reasoning))
        if text:
            out.append(TextDelta(text))


class Reply(Generic[Item]):
    """Iterates over a reply's events, one batch for each piece that the network brings; raises `CallFailed`.

    `told` stands before the first of them. An event that is long enough to hold up the window is read in a thread.
    """

    def __init__(
        self,
        answer: Answer,
        decoder: Decoder[Item],
        reader: Reader[Item],
        *,
        stream: bool,
        told: Sequence[ProviderEvent] = (),
    ) -> None:
        self._answer = answer
        self._decoder = decoder
        self._reader = reader
        self._stream = stream
        self._told = told
        self._first: Callable[[], Awaitable[list[ProviderEvent]]] | None = self._begin
        self._ended = False
        self._pending_bytes = 0

    def __aiter__(self) -> Reply[Item]:
        return self

    async def __anext__(self) -> list[ProviderEvent]:
        if self._first is not None:
            first, self._first = self._first, None
            return await first()
        while not self._ended:
            try:
                chunk = await self._answer.next_chunk()
            except CallFailed as failed:
                return await self._end(failed.failure)
            if chunk is None:
                return await self._end(None)
            large = self._pending_bytes + len(chunk) > THREAD_CHARS
            batch = await asyncio.to_thread(self._decode, chunk) if large else self._decode(chunk)
            if batch:
                return batch
        return await self._stop()

    def _decode(self, chunk: bytes) -> list[ProviderEvent]:
        batch: list[ProviderEvent] = []
        reader = self._reader
        items = self._decoder.feed(chunk)
        if items:
            self._pending_bytes = 0
        else:
            self._pending_bytes += len(chunk)
            if self._pending_bytes > EVENT_BYTES + _ROUND_AN_EVENT:
                self._ended = True
                return reader.close([], self._answer.too_large("An event of the answer", EVENT_BYTES), strange=False)
        for item in items:
            reader.take(item, batch)
            if reader.done or reader.failure is not None:
                self._ended = True
                return batch + reader.close([], None, strange=False)
        return batch

    async def _begin(self) -> list[ProviderEvent]:
        answer = self._answer
        if not 200 <= answer.status < 300:
            return await self._fail()
        started: list[ProviderEvent] = [*self._told, ResponseStarted(answer.request_id)]
        limits = answer.rate_limits
        if limits:
            started.append(RateLimitsTold(limits))
        if answer.content_type in _STREAMS:
            self._first = self._look
            return started
        return [*started, *await self._read_whole()] if self._is_whole(await answer.look_ahead()) else started

    async def _fail(self) -> list[ProviderEvent]:
        """Tell what was learnt on the way, though the call came to nothing; then the failure."""
        learnt = [event for event in self._told if isinstance(event, ParameterRefused)]
        self._told = ()
        if not learnt:
            raise CallFailed(await refused(self._answer, self._reader.endpoint))
        self._first = self._fail
        return list(learnt)

    async def _look(self) -> list[ProviderEvent]:
        """Look at how it begins: not all that is called a stream is one."""
        try:
            whole = self._is_whole(await self._answer.look_ahead())
        except CallFailed as failed:
            return await self._end(failed.failure)
        batch = await self._read_whole() if whole else []
        return batch or await self.__anext__()

    def _is_whole(self, start: bytes) -> bool:
        """Whether the answer is no stream but a document: what it holds tells more than what it is called."""
        first = start[:1]
        if first in (b"{", b"["):
            return self._reader.json_is_whole or not self._stream
        if first == b"\xef" and self._answer.content_type == "application/json":
            return True
        return self._answer.content_type not in _STREAMS and bool(first) and first not in _EVENTS_BEGIN

    async def _read_whole(self) -> list[ProviderEvent]:
        """Return what a reply in one piece says. One that failed says what was counted; its reader has the failure."""
        answer, reader = self._answer, self._reader
        self._ended = True
        if (await answer.look_ahead())[:1] not in (b"{", b"[", b"\xef"):
            raise CallFailed(unreadable(answer, reader.endpoint, await answer.text(RAW_BYTES)))
        body = await answer.text()
        batch: list[ProviderEvent] = []
        try:
            reader.take_whole(await parse(body), batch)
            reader.done = True
        except ValueError:
            if not reader.json_is_whole:  # the items of a stream may begin as a document does
                self._take_all(self._decoder.feed(body.encode()), batch)
        if reader.failure is None and not reader.recognised:
            raise CallFailed(unreadable(answer, reader.endpoint, body))
        return batch + reader.close([] if reader.done else self._decoder.close(), None, strange=False)

    def _take_all(self, items: list[Item], out: list[ProviderEvent]) -> None:
        for item in items:
            if not self._reader.done and self._reader.failure is None:
                self._reader.take(item, out)

    async def _end(self, broken: Failure | None) -> list[ProviderEvent]:
        """The connection is at its end, in order or not."""
        self._ended = True
        large = self._pending_bytes > THREAD_CHARS
        last = await asyncio.to_thread(self._close, broken) if large else self._close(broken)
        return last or await self._stop()

    def _close(self, broken: Failure | None) -> list[ProviderEvent]:
        return self._reader.close(self._decoder.close(), broken, strange=self._decoder.strange)

    async def _stop(self) -> NoReturn:
        if self._reader.failure is not None:
            raise CallFailed(self._reader.failure)
        await self._drain()
        raise StopAsyncIteration

    async def _drain(self) -> None:
        """Read what follows the end of a reply, a few bytes as a rule: only then can the connection be used again."""
        with contextlib.suppress(TimeoutError, CallFailed):
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                while await self._answer.next_chunk() is not None:
                    pass
