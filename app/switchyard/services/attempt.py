"""One call to one deployment: its stream, its deadlines, what it said and what it cost.

A server that refuses because it still loads the model is asked again within the same attempt.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from switchyard.core.catalog import Deployment
from switchyard.core.charge import charge
from switchyard.core.content import Effort, Extra, GeneratedImage, Opaque, Parameter, ToolCall
from switchyard.core.errors import DataDirError
from switchyard.core.events import (
    AttemptLoading,
    CallFailed,
    CallForming,
    Cited,
    Continued,
    Finish,
    Finished,
    ImageMade,
    ModelLoading,
    ModelNamed,
    OpaqueGiven,
    ParameterRefused,
    Produced,
    ProviderEvent,
    RateLimitsTold,
    ReasoningDelta,
    ResponseStarted,
    RouteEvent,
    Shown,
    TextDelta,
    ToolCalled,
    UsageReported,
    Warned,
)
from switchyard.core.failure_words import Cause
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.moves import Try
from switchyard.core.resume import LEAST_TOKENS, Progress, Splice
from switchyard.core.route import AttemptRecord, Outcome, Seam
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.usage import Usage, estimate_tokens
from switchyard.core.value import field, record, replace
from switchyard.core.verdict import judge
from switchyard.providers.base import Call, Provider
from switchyard.services.settlement import Settlement
from switchyard.services.watch import Watch

CHECKPOINT_S = 0.8  # so that the write itself ends within the second that docs/data-model promises
LOADING_POLL_S = 2.0  # a local server that refuses while it loads is asked again after this long
SLICE_S = 0.004  # work at a stretch before others get the loop

Checkpoint = Callable[[AttemptRecord, str, str], None]


class Listener(Protocol):
    """Takes what an attempt tells."""

    @property
    def full(self) -> bool:
        """Whether whoever listens is slower than the stream."""
        ...

    def put(self, events: Sequence[RouteEvent]) -> None:
        """Take events."""
        ...

    async def wait_for_room(self) -> None:
        """Wait until whoever listens has caught up."""
        ...


@record
class Said:
    """What an attempt has said so far, in pieces. Blank beginnings are held back until something follows."""

    text_parts: list[str]
    reasoning_parts: list[str]
    held_text: str = ""
    held_reasoning: str = ""
    reasoning_from: float | None = None
    reasoning_until: float | None = None
    extras: list[Extra] = field(default_factory=list)
    opaque: Opaque | None = None

    @property
    def text(self) -> str:
        """The answer's text."""
        return "".join(self.text_parts)

    @property
    def reasoning(self) -> str:
        """The model's reasoning."""
        return "".join(self.reasoning_parts)

    @property
    def shown(self) -> bool:
        """Whether anything was released."""
        return bool(self.text_parts or self.reasoning_parts or self.extras)

    @property
    def counted(self) -> str:
        """Everything that was generated, to estimate its tokens."""
        arguments = (extra.name + extra.arguments for extra in self.extras if isinstance(extra, ToolCall))
        return "".join((self.reasoning, self.text, *arguments))

    @property
    def answers(self) -> bool:
        """Whether something stands in the place of an answer's words: a call, or an image."""
        return any(isinstance(extra, ToolCall | GeneratedImage) for extra in self.extras)

    @property
    def reasoning_ms(self) -> int | None:
        """How long the model reasoned, from its first reasoning to its first text."""
        if self.reasoning_from is None or self.reasoning_until is None:
            return None
        return round((self.reasoning_until - self.reasoning_from) * 1000)

    def release_text(self, text: str) -> str:
        """Take a piece of text; return what may be shown of it now."""
        if not self.text_parts:
            self.held_text += text
            if not self.held_text.strip():
                return ""
            text, self.held_text = self.held_text, ""
        self.text_parts.append(text)
        return text

    def release_reasoning(self, text: str) -> str:
        """Take a piece of reasoning; return what may be shown of it now."""
        if not self.reasoning_parts:
            self.held_reasoning += text
            if not self.held_reasoning.strip():
                return ""
            text, self.held_reasoning = self.held_reasoning, ""
        self.reasoning_parts.append(text)
        return text


class CarriesOn(NamedTuple):
    """What an attempt goes on with: the seam, and what joins its words to those that were shown."""

    seam: Seam
    splice: Splice


class Attempt:
    """Runs one call. The `on_` functions tell the plan; `record` is whole once `run` returned."""

    def __init__(
        self,
        record: AttemptRecord,
        move: Try,
        provider: Provider,
        call: Call,
        watch: Watch,
        outbox: Listener,
        *,
        prompt_tokens: int,
        checkpoint: Checkpoint,
        on_first_token: Callable[[], None],
        on_loading: Callable[[], None],
        on_first_text: Callable[[], None],
        settlement: Settlement,
        wall_ms: Callable[[], int],
        carries_on: CarriesOn | None = None,
        on_limits: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:
        self.record = record
        self._carries_on = carries_on
        self._on_limits = on_limits
        self.said = Said([], [])
        self.warnings: list[Sentence] = []
        self.watch = watch
        self.finish: Finish | None = None
        self._move = move
        self._provider = provider
        self._call = call
        self._prompt_tokens = prompt_tokens
        self._outbox = outbox
        self._checkpoint = checkpoint
        self._on_first_token = on_first_token
        self._on_loading = on_loading
        self._on_first_text = on_first_text
        self._settlement = settlement
        self._wall_ms = wall_ms
        self._loop = asyncio.get_running_loop()
        self._started_at = self._loop.time()
        self._ended_at = self._started_at
        self._learnt = False
        self._usage: Usage | None = None
        self._reported_nanos: int | None = None
        self._served: str | None = None
        self._request_id: str | None = None
        self._first_byte_at: float | None = None
        self._checkpoint_timer: asyncio.TimerHandle | None = None
        self._gives_way = False
        self._loads = False
        self._forming = False
        self._refusal: Failure | None = None  # what the server said last while it was loading

    def adapt(self) -> None:
        """Ask this deployment for nothing that it does not take, and tell of what was set and is sent otherwise."""
        told: list[RouteEvent] = []
        parameters, hottest = self._call.parameters, self._deployment.hottest
        given = parameters.given()
        if parameters.effort is Effort.NONE:
            given -= {Parameter.EFFORT}  # what cannot reason does as it is asked
        for parameter in sorted(given & self._call.refuses):
            self._warn(left_out(self.record.deployment, parameter), told)
        refused = Parameter.TEMPERATURE in self._call.refuses
        if parameters.temperature is not None and parameters.temperature > hottest and not refused:
            self._call = replace(self._call, parameters=replace(parameters, temperature=hottest))
            self._warn(_lowered(self.record.deployment, hottest), told)
        if told:
            self._outbox.put(told)

    @property
    def has_begun(self) -> bool:
        """Whether its first token came."""
        return self.watch.first_token_at is not None

    def give_up(self, kind: FailureKind) -> None:
        """End the call now, for this reason."""
        self.watch.expire(kind)

    @property
    def progress(self) -> Progress:
        """What was shown, for the plan to decide whether another deployment can go on with it."""
        given = self._call.parameters
        formed = bool(given.tools) or given.schema is not None or self._forming or self.said.answers
        limit = given.max_output
        said = estimate_tokens(self.said.text)
        return Progress(
            len(self.said.text), spliceable=not formed, has_room=limit is None or limit - said >= LEAST_TOKENS
        )

    async def run(self) -> Failure | None:
        """Make the call, unless it was stopped before; return why it failed, or None where it answered."""
        failure = await self._stream() if self.watch.verdict is None else self._expired()
        if failure is None:
            repeats = self._carries_on is not None and self._carries_on.splice.spoken  # that is an end as well
            answers = self.said.answers or repeats
            kind = judge(self.finish, self.said.text, self.said.reasoning, self._usage, produced=answers)
            failure = Failure(kind, request_id=self._request_id) if kind is not None else None
        self._ended_at = self._loop.time()
        await self._settle()
        self._close(failure)
        return failure

    async def _stream(self) -> Failure | None:
        watch = self.watch
        try:
            async with watch.limit:
                watch.start()
                await self._exchange_once_loaded()
        except CallFailed as failed:
            return failed.failure
        except TimeoutError:
            return self._expired()
        finally:
            watch.close()
            if self._checkpoint_timer is not None:
                self._checkpoint_timer.cancel()
        return None

    async def _exchange_once_loaded(self) -> None:
        """Ask, and ask again as long as the server refuses because it still loads the model."""
        while True:
            try:
                await self._exchange()
                return
            except CallFailed as failed:
                if failed.failure.kind is not FailureKind.LOADING or self.watch.first_token_at is not None:
                    raise
                self._refusal = failed.failure
            told = self._note_loading()
            if told:
                self._outbox.put(told)
            await asyncio.sleep(LOADING_POLL_S)

    async def _exchange(self) -> None:
        outbox, now = self._outbox, self._loop.time
        async with self._provider.stream(self._call) as batches:
            slice_ends = now() + SLICE_S
            async for batch in batches:
                came = now()
                events = self._fold(batch, came)
                if events:
                    outbox.put(events)
                if outbox.full:
                    await outbox.wait_for_room()
                elif self._gives_way or came > slice_ends:
                    self._gives_way = False
                    await asyncio.sleep(0)
                    slice_ends = now() + SLICE_S
        self._release_held()

    def _expired(self) -> Failure:
        watch = self.watch
        if watch.verdict is None:
            raise TimeoutError
        kind = watch.verdict
        if kind is FailureKind.CANCELLED:
            return Failure(kind, request_id=self._request_id)
        if watch.by_hand:
            return Failure(kind, "You did not wait for it any longer.", code=Cause.LEFT, request_id=self._request_id)
        seconds = f"{round(watch.patience_s, 1 if watch.patience_s >= 1 else 2):g}"
        awaited = "first token" if self._call.stream else "answer"
        text = {
            FailureKind.TIMEOUT_TTFT: f"No {awaited} within {seconds} s.",
            FailureKind.STALL: f"Nothing came for {seconds} s.",
            FailureKind.LOADING: f"The model did not finish loading within {seconds} s.",
        }
        if kind is FailureKind.LOADING and self._refusal is not None:
            return replace(self._refusal, message=text[kind])
        return Failure(kind, text[kind], request_id=self._request_id)

    def _fold(self, batch: Sequence[ProviderEvent], now: float) -> list[RouteEvent]:
        """Fold one batch into what is known; return what it tells, its words in one event."""
        if self._first_byte_at is None:
            self._first_byte_at = now
            self.watch.sent()
        text = reasoning = ""
        told: list[RouteEvent] = []
        for event in batch:
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, ReasoningDelta):
                reasoning += event.text
            else:
                self._note(event, told)
        if text and self._carries_on is not None:
            text = self._join(self._carries_on.splice.feed(text), told)
        if text or reasoning:
            shown = self._release(text, reasoning, now)
            if shown is not None:
                told.append(shown)
        return told

    def _join(self, text: str, told: list[RouteEvent]) -> str:
        """Put text behind a seam, which is told once; what is still held back shows that the model is at work."""
        if not text:
            self._progress()
        elif self._carries_on is not None and self.record.seam is None:
            self.record = replace(self.record, seam=self._carries_on.seam)
            told.append(Continued(self.record.n, self._carries_on.seam))
        return text

    def _release_held(self) -> None:
        """The stream is over: show what was held back at the seam."""
        text = self._carries_on.splice.close() if self._carries_on is not None else ""
        if text:
            told = list[RouteEvent]()
            shown = self._release(self._join(text, told), "", self._loop.time())
            if shown is not None:
                self._outbox.put([*told, shown])

    def _release(self, text: str, reasoning: str, now: float) -> Shown | None:
        said, ttft_ms = self.said, None
        if text and not reasoning and said.text_parts:  # the course of nearly every delta
            said.text_parts.append(text)
            self.watch.progress(now, reasoning=False)
        else:
            text, reasoning = self._release_beginning(text, reasoning, now)
            if not text and not reasoning:
                return None
            ttft_ms = _ttft_ms(self._call, self.watch)
        if self._checkpoint_timer is None:
            self._checkpoint_timer = self._loop.call_later(CHECKPOINT_S, self._checkpoint_due)
        return Shown(self.record.n, text, reasoning, ttft_ms)

    def _release_beginning(self, text: str, reasoning: str, now: float) -> tuple[str, str]:
        """Release words while it still matters whether they are blank, the first, or reasoning."""
        said, watch = self.said, self.watch
        first_text = not said.text_parts
        reasoning = said.release_reasoning(reasoning) if reasoning else ""
        text = said.release_text(text) if text else ""
        if not text and not reasoning:
            return "", ""
        if watch.first_token_at is None:
            self._on_first_token()
            self._gives_way = True  # whoever listens sees the first words before the rest is read
        watch.progress(now, reasoning=not said.text_parts)
        if reasoning and said.reasoning_from is None:
            said.reasoning_from = now
        if said.reasoning_from is not None and (reasoning or (text and first_text)):
            said.reasoning_until = now
        if text and first_text:
            self._on_first_text()
        return text, reasoning

    def _checkpoint_due(self) -> None:
        self._checkpoint_timer = None
        self._checkpoint(self.record, self.said.text, self.said.reasoning)

    def _note(self, event: ProviderEvent, told: list[RouteEvent]) -> None:
        if isinstance(event, UsageReported):
            self._usage = event.usage
            if event.cost_nanos is not None:
                self._reported_nanos = event.cost_nanos
        elif isinstance(event, Finished):
            self.finish = event.finish
        elif isinstance(event, ModelNamed):
            self._served = event.model
        elif isinstance(event, ResponseStarted):
            self._request_id = event.request_id
        elif isinstance(event, RateLimitsTold):
            if self._on_limits is not None:
                self._on_limits(event.headers)
        elif isinstance(event, ModelLoading):
            told += self._note_loading()
        elif isinstance(event, Warned):
            self._warn(event.sentence, told)
        elif isinstance(event, ParameterRefused):
            self._learnt = True
            self._settlement.learn_refusal(self._deployment, event.name)
            self._warn(left_out(self.record.deployment, event.name), told)
        elif isinstance(event, OpaqueGiven):
            self.said.opaque = event.opaque
        elif isinstance(event, CallForming):
            self._forming = True
            self._progress()
        elif isinstance(event, ToolCalled):
            self._produce(event.call, told)
        elif isinstance(event, ImageMade):
            self._produce(event.image, told)
        elif isinstance(event, Cited) and event.citation not in self.said.extras:
            self.said.extras.append(event.citation)
            told.append(Produced(self.record.n, event.citation))

    def _produce(self, extra: Extra, told: list[RouteEvent]) -> None:
        """Take what stands in the place of words: from here on nobody else may start over."""
        self._progress()
        if not self.said.text_parts:
            self._on_first_text()
        self.said.extras.append(extra)
        told.append(Produced(self.record.n, extra, _ttft_ms(self._call, self.watch)))

    def _progress(self) -> None:
        """Note that the model is at work, though not on words."""
        if self.watch.first_token_at is None:
            self._on_first_token()
        self.watch.progress(self._loop.time(), reasoning=False)

    def _warn(self, sentence: Sentence, told: list[RouteEvent]) -> None:
        self.warnings.append(sentence)
        told.append(Warned(sentence))

    def _note_loading(self) -> list[RouteEvent]:
        """Be patient from now on; return what it tells the first time."""
        if self._loads:
            return []
        self._loads = True
        self.watch.loading()
        self._on_loading()
        return [AttemptLoading(self.record.n)]

    async def _settle(self) -> None:
        """Have the prices found that the end needs; where the database cannot be used, what is known has to do."""
        usage = self._usage
        priced = self._reported_nanos is None and (usage is not None or bool(self.said.counted))
        if not priced and not self._learnt:
            return
        answered = {self._served, *(iteration.model for iteration in (usage.iterations if usage else ()))}
        models = [model for model in answered if model is not None] if priced else None
        with contextlib.suppress(DataDirError):
            await self._settlement.settle(self._deployment, models)

    @property
    def _deployment(self) -> Deployment:
        return self._move.candidate.deployment

    def _close(self, failure: Failure | None) -> None:
        """Make the record whole."""
        said, watch = self.said, self.watch
        cost = charge(
            self._deployment,
            failure=failure,
            usage=self._usage,
            reported_nanos=self._reported_nanos,
            prompt_tokens=self._prompt_tokens,
            said=said.counted,
            ended=self.finish is not None,
            served=self._served,
            price_of=partial(self._settlement.price_of, self._deployment),
        )
        self.record = replace(
            self.record,
            outcome=_outcome(failure),
            served_model=self._served,
            failure=failure,
            request_id=(failure.request_id if failure else None) or self._request_id,
            sent_ms=self._wall_at(watch.sent_at),
            first_byte_ms=self._wall_at(self._first_byte_at),
            ttft_ms=_ttft_ms(self._call, watch),
            duration_ms=round((self._ended_at - self._started_at) * 1000),
            usage=cost.usage,
            cost_nanos=cost.cost_nanos,
            cost_source=cost.source,
            price=cost.price,
            finish=self.finish,
        )

    def _wall_at(self, moment: float | None) -> int | None:
        """Return a moment of the loop's clock as UTC milliseconds."""
        return None if moment is None else self._wall_ms() - round((self._loop.time() - moment) * 1000)


def left_out(deployment: str, parameter: str) -> Sentence:
    """Return what is said where a deployment is not sent what was set."""
    return sentence(
        "{deployment} does not take {parameter}: it was left out.", deployment=deployment, parameter=parameter
    )


def _lowered(deployment: str, hottest: float) -> Sentence:
    return sentence(
        "{deployment} takes a temperature of at most {most}: it was lowered.",
        deployment=deployment,
        most=f"{hottest:g}",
    )


def _outcome(failure: Failure | None) -> Outcome:
    if failure is None:
        return Outcome.COMPLETED
    return Outcome.CANCELLED if failure.kind is FailureKind.CANCELLED else Outcome.FAILED


def _ttft_ms(call: Call, watch: Watch) -> int | None:
    """Return how long the first token took; unknown of a whole reply."""
    if not call.stream or watch.sent_at is None or watch.first_token_at is None:
        return None
    return max(round((watch.first_token_at - watch.sent_at) * 1000), 0)
