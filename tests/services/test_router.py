"""The router against scripted providers: what it calls, what it tells, what it keeps."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from switchyard.core.catalog import Deployment, Endpoint, Model, Place
from switchyard.core.chain import DeploymentName, Limits, OnLimit, Policy, plain_chain, step_to
from switchyard.core.content import Parameters
from switchyard.core.errors import DatabaseLocked, DataDirError, StorageFull
from switchyard.core.events import (
    AttemptEnded,
    AttemptLoading,
    AttemptStarted,
    CallFailed,
    Continued,
    Finish,
    Finished,
    ModelLoading,
    ModelNamed,
    ProviderEvent,
    ReasoningDelta,
    RouteEnded,
    RouteEvent,
    Shown,
    TakenBack,
    TextDelta,
    UsageReported,
    WaitStarted,
    Warned,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.guard import Shut, Unguarded
from switchyard.core.message import ChatMessage, MessageState, Role
from switchyard.core.moves import Candidate
from switchyard.core.route import AttemptRecord, Joint, Outcome, Reason, RouteRecord, Seam, SkipReason
from switchyard.core.sentence import sentence
from switchyard.core.usage import NANOS, CostSource, Price, Usage
from switchyard.providers.base import Call
from switchyard.services.recorder import RouteEnd
from switchyard.services.route_request import RouteRequest
from switchyard.services.router import Router, Run
from switchyard.services.standing import Alone, Standing

K = FailureKind
Script = Sequence[object]
GOOD: Script = [TextDelta("hello "), TextDelta("world"), UsageReported(Usage(3, 2)), Finished(Finish.STOP)]


@dataclass
class Scripted:
    """A provider that plays a script per model: events, failures to raise, seconds to sleep, or "silence"."""

    scripts: dict[str, list[Script]]
    calls: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    sent_messages: list[tuple[ChatMessage, ...]] = field(default_factory=list)
    sent_parameters: list[Parameters] = field(default_factory=list)
    sent: bool = True

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        self.calls.append(call.model)
        self.sent_messages.append(call.messages)
        self.sent_parameters.append(call.parameters)
        scripts = self.scripts[call.model]
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        if self.sent:
            call.on_sent()
        batches = self._play(script)
        try:
            yield batches
        finally:
            await batches.aclose()
            self.closed.append(call.model)

    async def _play(self, script: Script):  # type: ignore[no-untyped-def]  # an async generator of batches
        for item in script:
            if isinstance(item, Failure):
                raise CallFailed(item)
            if item == "silence":
                await asyncio.Event().wait()
            elif isinstance(item, float):
                await asyncio.sleep(item)
            else:
                yield [item]

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        return []

    async def close(self) -> None:
        return None


@dataclass
class Memory:
    """A recorder that remembers, in order."""

    log: list[str] = field(default_factory=list)
    checkpoints: list[tuple[int, str, str]] = field(default_factory=list)
    kept: dict[str, bool] = field(default_factory=dict)
    end: RouteEnd | None = None
    full: set[str] = field(default_factory=set)
    error: DataDirError = field(default_factory=StorageFull)

    def _note(self, what: str, detail: object = "") -> None:
        self.log.append(f"{what} {detail}".strip())
        if what in self.full:
            raise self.error

    async def begin(self, attempt: AttemptRecord | None) -> None:
        self._note("begin", attempt.deployment if attempt else "-")

    async def attempt_started(self, attempt: AttemptRecord) -> None:
        self._note("started", attempt.deployment)

    async def checkpoint(self, attempt: AttemptRecord, text: str, reasoning: str) -> None:
        self.checkpoints.append((attempt.n, text, reasoning))
        self._note("checkpoint")

    async def attempt_ended(self, attempt: AttemptRecord, text: str, reasoning: str, *, counts: bool) -> None:
        self.kept[attempt.deployment] = counts
        self._note("left", attempt.deployment)

    async def ended(self, end: RouteEnd) -> None:
        self.end = end
        self._note("ended", end.state.value)


def request(*models: str, barred: dict[str, SkipReason] | None = None, **more: Any) -> RouteRequest:
    step = {key: more.pop(key) for key in ("first_token_s", "idle_s", "retries") if key in more}
    limits = Limits(**{key: more.pop(key) for key in ("deadline_s", "calls") if key in more})
    facts = more.pop("facts", {})
    policy = more.pop("policy", Policy())
    steps = tuple(step_to(DeploymentName("acc", m), **step) for m in models)
    candidates = tuple(
        Candidate(
            i,
            s,
            Deployment(
                **(
                    {
                        "account": "acc",
                        "model": s.use.model,
                        "provider": "scripted",
                        "provider_name": "Scripted",
                        "place": Place.CLOUD,
                        "has_key": True,
                        "price": Price(NANOS, NANOS),
                    }
                    | facts
                )
            ),
            (barred or {}).get(s.use.model),
        )
        for i, s in enumerate(steps, 1)
    )
    values: dict[str, Any] = {
        "uid": "r1",
        "chain": replace(plain_chain("test", steps, limits), policy=policy),
        "chain_name": "test",
        "candidates": candidates,
        "endpoints": {"acc": Endpoint("acc", "scripted", "http://127.0.0.1")},
        "messages": (ChatMessage(Role.USER, "hi"),),
    }
    return RouteRequest(**(values | more))


@dataclass
class Played:
    events: list[RouteEvent]
    provider: Scripted
    memory: Memory

    @property
    def record(self) -> RouteRecord:
        last = self.events[-1]
        assert isinstance(last, RouteEnded)
        return last.record

    @property
    def text(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, Shown))

    @property
    def end(self) -> RouteEnd:
        assert self.memory.end is not None
        return self.memory.end


async def play(
    wanted: RouteRequest,
    scripts: dict[str, list[Script]],
    *,
    memory: Memory | None = None,
    during: Callable[[Run, RouteEvent], None] = lambda run, event: None,
    sent: bool = True,
    patience_s: float = 20,
    standing: Standing | None = None,
) -> Played:
    provider = Scripted(scripts, sent=sent)
    memory = memory or Memory()
    router = Router({"scripted": provider}, wall_ms=lambda: 1_000_000, jitter=lambda: 0.0, standing=standing)
    events: list[RouteEvent] = []
    async with asyncio.timeout(patience_s), router.route(wanted, memory) as run:
        async for batch in run:
            for event in batch:
                events.append(event)
                during(run, event)
    return Played(events, provider, memory)


async def test_an_answer() -> None:
    played = await play(request("m"), {"m": [[ModelNamed("m-1"), *GOOD]]})
    assert played.text == "hello world"
    assert played.record.finish is Finish.STOP
    (attempt,) = played.record.attempts
    assert (attempt.outcome, attempt.served_model, attempt.reason) == (Outcome.COMPLETED, "m-1", Reason.FIRST)
    assert (attempt.usage, attempt.cost_nanos, attempt.cost_source) == (Usage(3, 2), 5000, CostSource.COMPUTED)
    assert attempt.ttft_ms is not None
    told = [event.ttft_ms for event in played.events if isinstance(event, Shown)]
    assert told == [attempt.ttft_ms, None]  # what is shown while it comes is what stays
    assert played.memory.log == ["begin acc/m", "ended complete"]
    assert [type(e) for e in played.events] == [AttemptStarted, Shown, Shown, AttemptEnded, RouteEnded]
    assert (played.end.text, played.end.state) == ("hello world", MessageState.COMPLETE)


async def test_it_falls_over_and_closes_what_failed() -> None:
    played = await play(request("a", "b"), {"a": [[Failure(K.SERVER, "boom", status=500)]], "b": [GOOD]})
    assert played.provider.calls == ["a", "b"]
    assert played.provider.closed == ["a", "b"]
    assert [(a.outcome, a.cost_nanos) for a in played.record.attempts] == [
        (Outcome.FAILED, 0),
        (Outcome.COMPLETED, 5000),
    ]
    assert played.memory.log == ["begin acc/a", "left acc/a", "started acc/b", "ended complete"]
    assert [line.english() for line in played.record.decision] == ["acc/a had a server error.", "acc/b answered."]
    assert [reason.english() for reason in played.record.why] == ["step 2"]


async def test_blank_beginnings_are_held_and_released_whole() -> None:
    played = await play(request("m"), {"m": [[TextDelta(" "), TextDelta("\n"), TextDelta("x"), Finished(Finish.STOP)]]})
    assert [e.text for e in played.events if isinstance(e, Shown)] == [" \nx"]


async def test_white_space_alone_is_empty_and_falls_over() -> None:
    played = await play(request("a", "b"), {"a": [[TextDelta(" \n"), Finished(Finish.STOP)]], "b": [GOOD]})
    assert played.record.attempts[0].failure is not None
    assert played.record.attempts[0].failure.kind is K.EMPTY
    assert played.text == "hello world"


async def test_after_text_the_partial_reply_stays() -> None:
    played = await play(request("a"), {"a": [[TextDelta("half"), Failure(K.CUT)]]})
    assert played.provider.calls == ["a"]
    assert (played.end.state, played.end.text) == (MessageState.INCOMPLETE, "half")
    assert played.record.finish is Finish.INCOMPLETE
    assert played.record.attempts[0].usage is not None
    assert played.record.attempts[0].usage.estimated


async def test_little_text_is_taken_back_and_said_again_by_another() -> None:
    played = await play(request("a", "b"), {"a": [[TextDelta("half"), Failure(K.CUT)]], "b": [GOOD]})
    kinds = [type(e) for e in played.events]
    assert kinds.index(TakenBack) < kinds.index(AttemptStarted, 1)
    assert (played.end.state, played.end.text) == (MessageState.COMPLETE, "hello world")
    assert played.memory.kept == {"acc/a": False}


async def test_longer_text_is_continued_behind_a_seam() -> None:
    shown = "".join(f"word{n} " for n in range(40))
    again = [TextDelta("word38 word39 "), TextDelta("and the rest"), Finished(Finish.STOP)]
    played = await play(request("a", "b"), {"a": [[TextDelta(shown), Failure(K.STALL)]], "b": [again]})
    assert TakenBack not in [type(e) for e in played.events]
    assert "".join(e.text for e in played.events if isinstance(e, Shown)) == f"{shown}and the rest"
    assert [e for e in played.events if isinstance(e, Continued)] == [Continued(2, Seam(len(shown), Joint.USER_TURN))]
    assert played.memory.kept == {"acc/a": True}
    assert played.end.text == "and the rest"
    assert played.record.seams == ((2, Seam(len(shown), Joint.USER_TURN)),)
    sent = played.provider.sent_messages[1]
    assert [message.role for message in sent] == [Role.USER, Role.ASSISTANT, Role.USER]
    assert sent[1].text == shown.rstrip()
    assert shown.rstrip()[-100:] in sent[2].text


async def test_reasoning_is_taken_back_when_another_starts_over() -> None:
    played = await play(request("a", "b"), {"a": [[ReasoningDelta("hm"), Failure(K.CUT)]], "b": [GOOD]})
    kinds = [type(e) for e in played.events]
    assert kinds.index(TakenBack) < kinds.index(AttemptStarted, 1)
    assert (played.end.text, played.end.reasoning) == ("hello world", "")


async def test_no_first_token() -> None:
    wanted = request("a", "b", first_token_s=0.05)
    played = await play(wanted, {"a": [["silence"]], "b": [GOOD]})
    failure = played.record.attempts[0].failure
    assert failure is not None
    assert (failure.kind, failure.message) == (K.TIMEOUT_TTFT, "No first token within 0.05 s.")
    assert played.provider.closed == ["a", "b"]
    assert played.record.attempts[0].cost_nanos is None


async def test_blanks_and_named_models_are_no_first_token() -> None:
    wanted = request("a", "b", first_token_s=0.1)
    drip: Script = [0.04, TextDelta(" "), 0.04, ModelNamed("x"), 0.04, TextDelta(" "), "silence"]
    played = await play(wanted, {"a": [drip], "b": [GOOD]})
    assert played.record.attempts[0].failure is not None
    assert played.record.attempts[0].failure.kind is K.TIMEOUT_TTFT


async def test_a_stall() -> None:
    played = await play(request("a", idle_s=0.05), {"a": [[TextDelta("one"), "silence"]]})
    failure = played.record.attempts[0].failure
    assert failure is not None
    assert failure.kind is K.STALL
    assert played.end.state is MessageState.INCOMPLETE


async def test_progress_keeps_an_attempt_alive() -> None:
    drip = [piece for n in range(8) for piece in (0.04, TextDelta(f"{n} "))]
    played = await play(request("a", idle_s=0.1), {"a": [[*drip, Finished(Finish.STOP)]]})
    assert played.record.attempts[0].outcome is Outcome.COMPLETED


async def test_the_clock_starts_when_the_request_is_written() -> None:
    wanted = request("a", first_token_s=0.05)
    played = await play(wanted, {"a": [[0.15, *GOOD]]}, sent=False)
    assert played.record.attempts[0].outcome is Outcome.COMPLETED


async def test_a_whole_reply_has_no_first_token() -> None:
    played = await play(request("a", stream=False, first_token_s=0.01, idle_s=0.01), {"a": [[0.1, *GOOD]]})
    (attempt,) = played.record.attempts
    assert (attempt.outcome, attempt.ttft_ms) == (Outcome.COMPLETED, None)


async def test_loading_is_no_silence() -> None:
    wanted = request("a", "b", deadline_s=0.3, facts={"place": Place.COMPUTER})
    played = await play(wanted, {"a": [[ModelLoading(), 0.6, *GOOD]], "b": [GOOD]})
    assert played.provider.calls == ["a"]
    assert any(isinstance(e, AttemptLoading) for e in played.events)


class Ahead(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to what it would have slept for: minutes pass at once."""

    def __init__(self) -> None:
        selector = selectors.DefaultSelector()
        super().__init__(selector)
        self.ahead_s = 0.0
        select = selector.select

        def jump(timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            ready = select(0 if timeout is not None else 5)
            if timeout is not None and not ready:
                self.ahead_s += timeout
            return ready

        selector.select = jump  # type: ignore[method-assign]  # the standard library's own, not ours

    def time(self) -> float:
        return super().time() + self.ahead_s


def play_ahead(*wanted: Any, **more: Any) -> tuple[Played, float]:
    """Play on a loop that jumps; return how many seconds passed on its clock, too."""
    with asyncio.Runner(loop_factory=Ahead) as runner:
        loop = runner.get_loop()
        began = loop.time()
        return runner.run(play(*wanted, patience_s=1000, **more)), loop.time() - began


BUSY = Failure(K.LOADING, "Loading model", status=503, raw="{}")
LOCAL: dict[str, Any] = {"place": Place.COMPUTER, "loads_unseen": True}


@pytest.mark.parametrize("more", [{}, {"stream": False}, {"facts": LOCAL}, {"facts": {"place": Place.COMPUTER}}])
def test_a_server_that_still_loads_is_asked_again_within_one_attempt(more: dict[str, Any]) -> None:
    wanted = request("a", "b", calls=2, deadline_s=10, **more)
    played, took_s = play_ahead(wanted, {"a": [*[[BUSY]] * 20, GOOD], "b": [GOOD]})
    assert played.provider.calls == ["a"] * 21
    assert played.provider.closed == ["a"] * 21
    (attempt,) = played.record.attempts
    assert (attempt.outcome, attempt.reason, attempt.failure) == (Outcome.COMPLETED, Reason.FIRST, None)
    assert 40 <= took_s < 41
    kinds = [type(event) for event in played.events]
    assert kinds.count(AttemptStarted) == kinds.count(AttemptLoading) == kinds.count(AttemptEnded) == 1
    assert WaitStarted not in kinds
    assert [line.english() for line in played.record.decision] == ["acc/a answered."]


def test_a_server_that_never_ends_loading_fails_once() -> None:
    played, took_s = play_ahead(request("a", "b", facts=LOCAL), {"a": [[BUSY]], "b": [GOOD]})
    (attempt,) = played.record.attempts
    assert attempt.failure == Failure(K.LOADING, "The model did not finish loading within 300 s.", status=503, raw="{}")
    assert attempt.cost_nanos == 0
    assert 300 <= took_s < 301
    assert len(played.provider.calls) == 150
    assert set(played.provider.calls) == {"a"}


def test_a_number_ends_the_patience_with_a_load_and_calls_the_next() -> None:
    played, took_s = play_ahead(request("a", "b", first_token_s=5.0, facts=LOCAL), {"a": [[BUSY]], "b": [GOOD]})
    assert played.text == "hello world"
    assert 5 <= took_s < 6
    assert [attempt.model for attempt in played.record.attempts] == ["a", "b"]


WHOLE: dict[str, Any] = {"stream": False, "deadline_s": 10, "facts": {"place": Place.COMPUTER}}
LOADED_LATE: Script = [ModelLoading(), 298.0, TextDelta("hello ")]


def test_a_whole_reply_that_has_begun_is_no_load_any_more() -> None:
    rest: Script = [4.0, TextDelta("world"), Finished(Finish.STOP)]
    played, took_s = play_ahead(request("a", **WHOLE), {"a": [[*LOADED_LATE, *rest]]})
    assert (played.text, played.record.finish) == ("hello world", Finish.STOP)
    assert 302 <= took_s < 303


def test_a_whole_reply_that_stops_after_its_load_is_late() -> None:
    played, took_s = play_ahead(request("a", **WHOLE), {"a": [[*LOADED_LATE, "silence"]]})
    (attempt,) = played.record.attempts
    assert attempt.failure == Failure(K.TIMEOUT_TTFT, "No answer within 10 s.")
    assert 308 <= took_s < 309


def test_a_number_for_first_words_ends_no_load_for_a_whole_reply() -> None:
    wanted = request("a", "b", first_token_s=5.0, **WHOLE)
    played, took_s = play_ahead(wanted, {"a": [[ModelLoading(), 200.0, *GOOD]], "b": [GOOD]})
    assert played.provider.calls == ["a"]
    assert 200 <= took_s < 201


def test_the_patience_with_a_load_begins_with_the_first_refusal() -> None:
    silent_at_last: list[Script] = [*[[BUSY]] * 10, ["silence"]]
    played, took_s = play_ahead(request("a", facts=LOCAL), {"a": silent_at_last})
    assert played.record.attempts[0].failure is not None
    assert played.record.attempts[0].failure.kind is K.LOADING
    assert 300 <= took_s < 301


def test_another_trouble_ends_the_wait_for_a_load() -> None:
    gone: Script = [Failure(K.BAD_REQUEST, "Too large", status=400)]
    played, _ = play_ahead(request("a"), {"a": [[BUSY], gone]})
    (attempt,) = played.record.attempts
    assert attempt.failure is not None
    assert attempt.failure.kind is K.BAD_REQUEST


def test_stopping_while_a_server_loads() -> None:
    def stop(run: Run, event: RouteEvent) -> None:
        if isinstance(event, AttemptLoading):
            run.stop()

    played, took_s = play_ahead(request("a"), {"a": [[BUSY]]}, during=stop)
    assert played.provider.calls == ["a"]
    assert [attempt.outcome for attempt in played.record.attempts] == [Outcome.CANCELLED]
    assert played.record.finish is Finish.CANCELLED
    assert took_s < 1


async def test_a_limit_is_waited_out() -> None:
    played = await play(request("a"), {"a": [[Failure(K.RATE_LIMIT, retry_after_s=0.5)], GOOD]})
    assert played.text == "hello world"
    (waiting,) = [e for e in played.events if isinstance(e, WaitStarted)]
    assert (waiting.deployment, waiting.rate_limited) == ("acc/a", True)
    assert [a.reason for a in played.record.attempts] == [Reason.FIRST, Reason.RETRY]


async def test_stopping_keeps_what_came() -> None:
    def stop(run: Run, event: RouteEvent) -> None:
        if isinstance(event, Shown):
            run.stop()

    played = await play(request("a", "b"), {"a": [[TextDelta("one"), "silence"]], "b": [GOOD]}, during=stop)
    assert played.provider.calls == ["a"]
    assert (played.record.finish, played.end.state, played.end.text) == (
        Finish.CANCELLED,
        MessageState.STOPPED,
        "one",
    )
    assert played.record.attempts[0].outcome is Outcome.CANCELLED


class QuickerThanTheDisk(Memory):
    """A recorder during whose first write the person stops the reply."""

    run: Run

    async def begin(self, attempt: AttemptRecord | None) -> None:
        self.run.stop()
        await super().begin(attempt)


async def test_a_stop_while_the_words_are_kept_calls_nobody() -> None:
    provider, memory = Scripted({"m": [GOOD]}), QuickerThanTheDisk()
    router = Router({"scripted": provider}, wall_ms=lambda: 1_000_000, jitter=lambda: 0.0)
    async with asyncio.timeout(20), router.route(request("m"), memory) as run:
        memory.run = run
        events = [event async for batch in run for event in batch]
    assert provider.calls == []
    assert memory.log == ["begin acc/m", "ended stopped"]
    last = events[-1]
    assert isinstance(last, RouteEnded)
    assert [attempt.outcome for attempt in last.record.attempts] == [Outcome.CANCELLED]


async def test_stopping_a_countdown() -> None:
    def stop(run: Run, event: RouteEvent) -> None:
        if isinstance(event, WaitStarted):
            run.stop()

    played = await play(request("a"), {"a": [[Failure(K.RATE_LIMIT, retry_after_s=20)]]}, during=stop)
    assert played.record.finish is Finish.CANCELLED


async def test_switching_by_hand() -> None:
    def switch(run: Run, event: RouteEvent) -> None:
        if isinstance(event, AttemptStarted) and event.attempt.model == "a":
            asyncio.get_running_loop().call_later(0.02, run.switch_now)

    played = await play(request("a", "b"), {"a": [["silence"]], "b": [GOOD]}, during=switch)
    assert played.text == "hello world"


async def test_switching_by_hand_where_nobody_else_is_left_waits_on() -> None:
    class Parked(Unguarded):
        def shut(self, candidate: Candidate, tokens: int, now: float, *, forced: bool) -> Shut | None:
            return Shut(SkipReason.PARKED, K.QUOTA, None) if candidate.deployment.model == "b" else None

    def switch(run: Run, event: RouteEvent) -> None:
        if isinstance(event, Shown) and event.reasoning:
            run.switch_now()

    thinks: list[Sequence[object]] = [[ReasoningDelta("hm"), TextDelta("Yes."), Finished(Finish.STOP)]]
    for names, standing in ((("a",), Alone()), (("a", "b"), Alone())):
        if len(names) == 2:
            standing.guard = Parked()
        played = await play(request(*names), {"a": thinks}, during=switch, standing=standing)
        assert played.text == "Yes."
        (started,) = [event for event in played.events if isinstance(event, AttemptStarted)]
        assert started.instead is None


class Limited(Unguarded):
    """Knows of a deployment that would pass its rate limit."""

    def shut(self, candidate: Candidate, tokens: int, now: float, *, forced: bool) -> Shut | None:
        return Shut(SkipReason.LIMITED, K.RATE_LIMIT, now + 20) if candidate.deployment.model == "a" else None


async def test_a_countdown_names_who_could_be_called_at_once_and_is_ended_by_hand() -> None:
    def switch(run: Run, event: RouteEvent) -> None:
        if isinstance(event, WaitStarted):
            asyncio.get_running_loop().call_later(0.02, run.switch_now)

    standing = Alone()
    standing.guard = Limited()
    wanted = request("a", "b", policy=Policy(rate_limit=OnLimit.WAIT))
    played = await play(wanted, {"b": [GOOD]}, during=switch, standing=standing)
    (waiting,) = [e for e in played.events if isinstance(e, WaitStarted)]
    assert (waiting.deployment, waiting.instead, waiting.provider) == ("acc/a", "acc/b", "scripted")
    assert played.text == "hello world"
    assert [(s.deployment, s.reason) for s in played.record.skipped] == [("acc/a", SkipReason.LIMITED)]


async def test_the_words_are_kept_before_a_countdown_begins() -> None:
    memory, at_the_countdown = Memory(), list[str]()

    def look(run: Run, event: RouteEvent) -> None:
        if isinstance(event, WaitStarted):
            at_the_countdown.extend(memory.log)
            run.switch_now()

    standing = Alone()
    standing.guard = Limited()
    wanted = request("a", "b", policy=Policy(rate_limit=OnLimit.WAIT))
    played = await play(wanted, {"b": [GOOD]}, memory=memory, during=look, standing=standing)
    assert at_the_countdown == ["begin -"]
    assert memory.log == ["begin -", "started acc/b", "ended complete"]
    assert played.text == "hello world"


async def test_switching_by_hand_while_it_only_thinks() -> None:
    def switch(run: Run, event: RouteEvent) -> None:
        if isinstance(event, Shown) and event.reasoning:
            run.switch_now()

    played = await play(request("a", "b"), {"a": [[ReasoningDelta("hm"), "silence"]], "b": [GOOD]}, during=switch)
    assert played.text == "hello world"
    failure = played.record.attempts[0].failure
    assert failure is not None
    assert (failure.kind, failure.message) == (K.TIMEOUT_TTFT, "You did not wait for it any longer.")


async def test_a_silent_thinker_is_announced() -> None:
    played = await play(request("a", facts={"reasons_silently": True}), {"a": [GOOD]})
    assert [e.silent for e in played.events if isinstance(e, AttemptStarted)] == [True]


async def test_leaving_early_keeps_what_came_and_leaves_no_task() -> None:
    provider = Scripted({"a": [[TextDelta("one"), "silence"]]})
    memory = Memory()
    router = Router({"scripted": provider}, wall_ms=lambda: 0, jitter=lambda: 0.0)
    before = asyncio.all_tasks()
    async with router.route(request("a"), memory) as run:
        async for batch in run:
            if any(isinstance(event, Shown) for event in batch):
                break
    assert memory.end is not None
    assert (memory.end.state, memory.end.text) == (MessageState.STOPPED, "one")
    assert provider.closed == ["a"]
    assert asyncio.all_tasks() == before


async def test_cancelling_the_listener_keeps_what_came() -> None:
    provider = Scripted({"a": [[TextDelta("one"), "silence"]]})
    memory = Memory()
    router = Router({"scripted": provider}, wall_ms=lambda: 0, jitter=lambda: 0.0)
    shown = asyncio.Event()

    async def listen() -> None:
        async with router.route(request("a"), memory) as run:
            async for batch in run:
                if any(isinstance(event, Shown) for event in batch):
                    shown.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(listen())
        await shown.wait()
        task.cancel()
    assert memory.end is not None
    assert memory.end.state is MessageState.STOPPED
    assert provider.closed == ["a"]


async def test_nothing_is_sent_when_the_words_cannot_be_kept() -> None:
    provider = Scripted({"a": [GOOD]})
    router = Router({"scripted": provider}, wall_ms=lambda: 0, jitter=lambda: 0.0)

    async def send() -> None:
        async with router.route(request("a"), Memory(full={"begin"})) as run:
            async for _ in run:
                pass

    with pytest.raises(StorageFull):
        await send()
    assert provider.calls == []


SLOW: Script = [TextDelta("one "), 1.0, TextDelta("two"), Finished(Finish.STOP)]


@pytest.mark.parametrize(
    ("error", "warning"),
    [
        (StorageFull(), "The disk is full: this reply could not be saved."),
        (DatabaseLocked(), "Another program locks the database: this reply could not be saved."),
        (DataDirError(sentence("Damaged.")), "The database cannot be used: this reply could not be saved."),
    ],
)
async def test_what_cannot_be_kept_during_a_reply_is_a_warning(error: DataDirError, warning: str) -> None:
    memory = Memory(full={"ended", "checkpoint", "left", "started"}, error=error)
    played = await play(request("a", "b"), {"a": [[Failure(K.SERVER)]], "b": [SLOW]}, memory=memory)
    assert played.text == "one two"
    assert [each.english() for each in played.record.warnings] == [warning]


async def test_a_reply_that_was_kept_in_the_end_has_no_warning() -> None:
    played = await play(request("a"), {"a": [SLOW]}, memory=Memory(full={"checkpoint"}))
    assert played.memory.checkpoints
    assert played.record.warnings == ()


async def test_a_warning_is_given_once() -> None:
    left_out = sentence("A piece of the reply could not be read and was left out.")
    empty: Script = [Warned(left_out), Warned(left_out), Finished(Finish.STOP)]
    played = await play(request("a", retries=1), {"a": [empty]})
    assert len(played.record.attempts) == 2
    assert played.record.warnings == (left_out,)


async def test_checkpoints_come_while_text_does() -> None:
    played = await play(request("a"), {"a": [[TextDelta("one "), 1.0, TextDelta("two"), Finished(Finish.STOP)]]})
    assert played.memory.checkpoints == [(1, "one ", "")]


class Stuck(Memory):
    """A recorder whose checkpoints wait for the disk until the end is to be kept."""

    free = asyncio.Event()

    async def checkpoint(self, attempt: AttemptRecord, text: str, reasoning: str) -> None:
        await super().checkpoint(attempt, text, reasoning)
        await self.free.wait()

    async def ended(self, end: RouteEnd) -> None:
        self.free.set()
        await super().ended(end)


async def test_checkpoints_do_not_queue_up_before_a_slow_disk() -> None:
    script: Script = [TextDelta("one "), 0.9, TextDelta("two "), 0.9, TextDelta("three"), Finished(Finish.STOP)]
    played = await play(request("a"), {"a": [script]}, memory=Stuck())
    assert played.memory.checkpoints == [(1, "one ", "")]
    assert played.end.text == "one two three"


async def test_all_skipped() -> None:
    wanted = request("a", "b", barred={"a": SkipReason.OFFLINE, "b": SkipReason.OFFLINE})
    played = await play(wanted, {})
    assert played.record.failure is not None
    assert played.record.failure.kind is K.OFFLINE
    assert played.memory.log == ["begin -", "ended failed"]
    assert [type(e) for e in played.events] == [RouteEnded]


async def test_a_refusal_asks() -> None:
    played = await play(request("a", "b"), {"a": [[Finished(Finish.REFUSAL)]], "b": [GOOD]})
    assert played.record.question is not None
    assert played.record.finish is Finish.REFUSAL
    assert played.provider.calls == ["a"]


async def test_a_burst_gives_way_to_others() -> None:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        asyncio.get_running_loop().call_soon(tick)

    asyncio.get_running_loop().call_soon(tick)
    await play(request("a"), {"a": [[*(TextDelta("word ") for _ in range(20_000)), Finished(Finish.STOP)]]})
    assert ticks > 10
