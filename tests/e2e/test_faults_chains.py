"""Faults that users of other routers have filed, of retries, waits, breakers, deadlines and the chain as a whole.

Each test names its source. A real server plays the fault; the program must not repeat it, with a stream or without.
What these rest on is tested by itself, without a server and over any time, in tests/core/test_health.py.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tests.e2e.command_line import run
from tests.fakes.desk import GEMINI, OLLAMA, Desk, Told, answered
from tests.fakes.http_server import Script, sse
from tests.fakes.replies import STREAM, body, chunk, failing, good, half_body, whole

from switchyard.core.content import Parameters, Tool
from switchyard.core.errors import ChainInvalid
from switchyard.core.events import AttemptLoading, Finish, RouteEvent, WaitStarted
from switchyard.core.failures import FailureKind
from switchyard.core.route import Reason
from switchyard.services.router import Run

K = FailureKind
BOTH = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk.open() as opened:
        yield opened


def sent_s(told: Told) -> list[float]:
    """Return when the request of each attempt was written, in seconds."""
    moments = [attempt.sent_ms for attempt in told.attempts]
    return [moment / 1000 for moment in moments if moment is not None]


def skips(told: Told) -> list[tuple[str, str]]:
    return [(skip.deployment, skip.reason.value) for skip in told.record.skipped]


# --- one course, with a stream and without ----------------------------------------------------------------------------

FILTERED = {"error": {"message": "Your request was rejected.", "code": "content_policy_violation"}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
UPSTREAM = {"error": {"code": 502, "message": "Upstream error"}, "choices": []}
NO_CREDIT = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
FAULTS: dict[str, tuple[Script, Script]] = {
    # what a provider does, as a stream and whole
    "5: an error in a 200": (
        Script(sse(chunk(role="assistant", content=""), NO_CREDIT), headers=STREAM), body(NO_CREDIT),
    ),
    "6: overloaded in a 200": (Script(sse(OVERLOADED), headers=STREAM), body(OVERLOADED)),
    "7: an error among choices": (Script(sse(UPSTREAM), headers=STREAM), body(UPSTREAM)),
    "8: nothing": (Script(sse(chunk("stop")), headers=STREAM), whole("")),
    "8: no bytes": (Script("", headers=STREAM), Script("", headers=STREAM)),
    "15: refused": (body(FILTERED, 400), body(FILTERED, 400)),
    "16: filtered": (Script(sse(chunk("content_filter")), headers=STREAM), whole("", "content_filter")),
    "20: limited": (failing(429, retry_after="60"), failing(429, retry_after="60")),
    "23: an error": (failing(500), failing(500)),
    "25: no credit": (failing(429, "insufficient_quota"), failing(429, "insufficient_quota")),
    "28: a page": (
        Script("<html></html>", 200, {"content-type": "text/html"}),
        Script("<html></html>", 200, {"content-type": "text/html"}),
    ),
    "29: a dead key": (failing(401, "invalid_api_key"), failing(401, "invalid_api_key")),
    "a model that is gone": (failing(404, "model_not_found"), failing(404, "model_not_found")),
    "too long": (failing(400, "context_length_exceeded"), failing(400, "context_length_exceeded")),
    "a bad request": (failing(400, "invalid_request_error"), failing(400, "invalid_request_error")),
    "overloaded": (failing(529, "overloaded"), failing(529, "overloaded")),
    "cut": (Script(sse(chunk(role="assistant")), headers=STREAM, ending="reset", cut_at=10), half_body()),
}  # fmt: skip


@pytest.mark.parametrize("second", [True, False], ids=["two", "alone"])
@pytest.mark.parametrize("kind", FAULTS)
async def test_fault_13_a_stream_takes_the_same_course(desk: Desk, kind: str, second: bool) -> None:
    """BerriAI/litellm#25843, BerriAI/litellm#28599."""
    courses = []
    for stream, (p, f) in ((True, "pf"), (False, "qg")):
        await desk.chain(*([p, f] if second else [p]))
        desk.play(p, FAULTS[kind][0 if stream else 1])
        if second:
            desk.play(f, good(stream))
        told = await desk.ask(stream=stream)
        question = told.record.question.kind if told.record.question is not None else None
        waits = [wait.rate_limited for wait in told.of(WaitStarted)]
        calls = desk.calls(p, f) if second else desk.calls(p)
        reasons = [attempt.reason for attempt in told.attempts]
        courses.append((calls, told.kinds, reasons, told.text, told.finish, question, told.state, waits))
    assert courses[0] == courses[1]


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.begins_early
@BOTH
async def test_fault_20_each_wait_is_the_one_that_the_last_answer_named(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#20722."""
    await desk.chain("p")
    desk.play("p", failing(429, retry_after="1"), failing(429, retry_after="3"), good(stream))
    told = await desk.ask(stream=stream)
    answered(told)
    assert told.kinds == [K.RATE_LIMIT, K.RATE_LIMIT, None]
    first, second, third = sent_s(told)
    assert 0.99 <= second - first < 3
    assert 2.99 <= third - second < 6
    assert [(wait.rate_limited, round(wait.seconds)) for wait in told.of(WaitStarted)] == [(True, 1), (True, 3)]


@pytest.mark.begins_early
@BOTH
async def test_fault_21_accounts_of_one_organisation_wait_together(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#34399."""
    await desk.account("a", organisation="acme")
    await desk.account("b", organisation="acme")
    await desk.chain("a", "b")
    desk.play("a", failing(429, retry_after="2"), good(stream))
    desk.play("b", good(stream))
    told = await desk.ask(stream=stream)
    answered(told)
    first, second = sent_s(told)
    assert 1.99 <= second - first < 6, "B shares the limit of A"
    assert sum(desk.calls("a", "b")) == 2


@BOTH
async def test_fault_21_another_one_that_is_free_is_asked_at_once(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#34399."""
    await desk.account("a", organisation="acme")
    await desk.account("b", organisation="acme")
    await desk.chain("a", "b", "c")
    desk.play("a", failing(429, retry_after="20"))
    desk.play("b", good(stream))
    desk.play("c", good(stream))
    for n in (1, 2):
        told = await desk.ask(stream=stream)
        answered(told)
        assert desk.calls("a", "b", "c") == (1, 0, n)
        assert ("b/m", "parked") in skips(told)
        assert not told.of(WaitStarted)


@BOTH
@pytest.mark.parametrize("waits", [("10", "1"), ("1", "10")], ids=["shorter", "longer"])
async def test_fault_22_a_park_only_gets_longer(desk: Desk, waits: tuple[str, str], stream: bool) -> None:
    """BerriAI/litellm#40130."""
    await desk.chain("p", "f")
    gates = [asyncio.Event(), asyncio.Event()]
    answers = [failing(429, retry_after=wait) for wait in waits]
    desk.play("p", *(_held(script, gate) for script, gate in zip(answers, gates, strict=True)))
    desk.play("f", good(stream))
    async with asyncio.TaskGroup() as group:
        for _ in waits:
            group.create_task(desk.ask(stream=stream))
        await desk.server.until_received(2)
        gates[0].set()
        await desk.server.until_received(3)  # by then the first answer is known
        gates[1].set()
    (state, seconds) = (await desk.closed("p"))["key"]
    assert state == "parked"
    assert seconds is not None
    assert 5 < seconds <= 10
    answered(await desk.ask(stream=stream))
    assert desk.calls("p") == (2,)


def _held(script: Script, gate: asyncio.Event) -> Script:
    return Script(script.body, script.status, script.headers, chunked=False, gate=gate)


# --- breakers ---------------------------------------------------------------------------------------------------------


@BOTH
async def test_fault_23_three_failures_and_then_one_call_at_a_time(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#34836."""
    await desk.chain("p", "f")
    desk.play("p", failing(500))
    desk.play("f", good(stream))
    for n in (1, 2, 3):
        answered(await desk.ask(stream=stream))
        assert desk.calls("p") == (n,)
    for _ in range(50):
        told = await desk.ask(stream=stream, save=False)
        assert told.kinds == [None]
        assert skips(told) == [("p/m", "breaker")]
    assert desk.calls("p", "f") == (3, 53)
    gate = asyncio.Event()
    desk.play("p", _held(failing(500), gate))
    await desk.services.health.try_now("p")  # as if its time were over
    async with asyncio.TaskGroup() as group:
        probe = group.create_task(desk.ask(stream=stream))
        await desk.server.until_received(57)
        others = [group.create_task(desk.ask(stream=stream)) for _ in range(5)]
        for other in others:
            answered(await other)
        assert desk.calls("p") == (4,), "only the probe"
        gate.set()
    answered(probe.result())
    answered(await desk.ask(stream=stream))
    assert desk.calls("p") == (4,), "the probe failed, and it is open again"


@BOTH
async def test_fault_23_a_probe_that_is_answered_closes_it(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#34836."""
    await desk.chain("p", "f")
    desk.play("p", failing(500), failing(500), failing(500), good(stream, "p again"))
    desk.play("f", good(stream))
    for _ in range(4):
        answered(await desk.ask(stream=stream))
    await desk.services.health.try_now("p")
    for _ in range(2):
        answered(await desk.ask(stream=stream), "p again")


@BOTH
async def test_fault_23_of_messages_at_the_same_moment_one_is_the_probe(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#34836."""
    await desk.chain("p", "f")
    desk.play("p", failing(500))
    desk.play("f", good(stream))
    for _ in range(3):
        answered(await desk.ask(stream=stream))
    gate = asyncio.Event()
    desk.play("p", _held(failing(500), gate))
    await desk.services.health.try_now("p")
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(desk.ask(stream=stream)) for _ in range(6)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        await desk.server.until_received(12)  # six before, the probe, and five that went by
        assert desk.calls("p") == (4,)
        gate.set()
    for task in asked:
        answered(task.result())
    assert desk.calls("p") == (4,)


@pytest.mark.begins_early
@BOTH
async def test_fault_24_where_all_are_parked_the_message_waits(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#3646."""
    await desk.chain("p", "f")
    desk.play("p", failing(429, retry_after="3"), good(stream))
    desk.play("f", good(stream))
    answered(await desk.ask(stream=stream))
    before = await desk.closed("p")
    await desk.chain("p")
    told = await desk.ask(stream=stream)
    answered(told)
    assert [attempt.reason for attempt in told.attempts] == [Reason.FIRST]
    (wait,) = told.of(WaitStarted)
    assert wait.rate_limited
    left_s = before["key"][1]
    assert left_s is not None
    assert 1 < wait.seconds <= left_s + 0.6
    assert desk.calls("p") == (2,)


@BOTH
async def test_fault_24_an_open_breaker_is_bypassed_once_where_nothing_else_is_left(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#3646."""
    await desk.chain("p", "f")
    desk.play("p", failing(500), failing(500), failing(500), good(stream))
    desk.play("f", good(stream))
    for _ in range(3):
        answered(await desk.ask(stream=stream))
    await desk.chain("p")
    told = await desk.ask(stream=stream)
    answered(told)
    assert desk.calls("p") == (4,)
    assert any("all the same" in line.english() for line in told.record.decision)


@BOTH
async def test_fault_25_no_credit_is_left_at_once_and_not_asked_again(desk: Desk, stream: bool) -> None:
    """2389-research/tracker#547, NousResearch/hermes-agent#36276."""
    await desk.chain("p", "f")
    desk.play("p", failing(429, "insufficient_quota", "You exceeded your current quota."))
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    answered(told)
    assert told.kinds == [K.QUOTA, None]
    first, second = told.attempts
    assert first.duration_ms is not None
    assert second.started_ms - (first.started_ms + first.duration_ms) < 1000, "nobody sleeps before the next"
    assert not told.of(WaitStarted)
    assert (await desk.closed("p"))["key"][0] == "parked"
    answered(await desk.ask(stream=stream))
    assert desk.calls("p", "f") == (1, 2)


def in_38_s() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=38), usegmt=True)


WAITS: dict[str, Callable[[], Script]] = {
    "seconds": lambda: failing(429, retry_after="38"),
    "a date": lambda: failing(429, retry_after=in_38_s()),
    "milliseconds": lambda: failing(429, retry_after_ms="38000"),
    "azure's milliseconds": lambda: failing(429, x_ms_retry_after_ms="38000"),
    "milliseconds beside seconds": lambda: failing(429, retry_after="39", retry_after_ms="38000"),
}


async def check_parked_38_s(desk: Desk, stream: bool) -> None:
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    answered(told)
    assert told.kinds == [K.RATE_LIMIT, None]
    failure = told.attempts[0].failure
    assert failure is not None
    assert failure.retry_after_s == pytest.approx(38, abs=1.1)
    (state, seconds) = (await desk.closed("p"))["key"]
    assert state == "parked"
    assert seconds is not None
    assert 30 < seconds <= 38.5


@BOTH
@pytest.mark.parametrize("kind", WAITS)
async def test_fault_26_every_way_to_name_a_wait_is_read(desk: Desk, kind: str, stream: bool) -> None:
    """letterstory/lettertrace#34."""
    await desk.chain("p", "f")
    desk.play("p", WAITS[kind]())
    await check_parked_38_s(desk, stream)


@BOTH
async def test_fault_26_gemini_names_it_in_the_body(desk: Desk, stream: bool) -> None:
    """letterstory/lettertrace#34."""
    await desk.account("p", GEMINI)
    await desk.chain("p", "f")
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "RequestsPerMinute"}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "38s"},
    ]
    error = {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED", "details": details}
    desk.play("p", body({"error": error}, 429))
    await check_parked_38_s(desk, stream)


# --- the chain as a whole ---------------------------------------------------------------------------------------------


async def test_fault_27_a_chain_in_a_circle_cannot_be_saved(desk: Desk) -> None:
    """BerriAI/litellm#7091, BerriAI/litellm#19985."""
    await desk.account("p")
    tracks = (
        "tracks:\n"
        "  - {name: a, when: offline, steps: [{use: p/m}], then: b}\n"
        "  - {name: b, steps: [{use: p/m}], then: a}\n"
    )
    with pytest.raises(ChainInvalid):
        await desk.chain_text(tracks)
    assert not await desk.services.chains.list()


@BOTH
async def test_fault_27_a_message_that_cannot_be_written_calls_nobody(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#35303."""
    await desk.chain("p", "f")
    desk.play("p", good(stream))
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream, parameters=Parameters(tools=(Tool("look", "", {"type": {1, 2}}),)))
    assert desk.calls("p", "f") == (0, 0)
    assert told.kinds == [K.LOCAL]
    assert told.finish is Finish.ERROR
    assert not await desk.closed("p")


@BOTH
async def test_fault_27_ten_that_fail_are_six_calls(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#35303."""
    names = [f"p/m{n}" for n in range(10)]
    await desk.chain(*names)
    desk.play("p", failing(500))
    told = await desk.ask(stream=stream)
    assert [attempt.deployment for attempt in told.attempts] == names[:6]
    assert desk.calls("p") == (6,)
    assert told.finish is Finish.ERROR


@BOTH
async def test_fault_27_one_that_stands_in_a_chain_twice_is_called_once(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#7091."""
    await desk.chain("p", "f", "p")
    desk.play("p", failing(429, "insufficient_quota"))
    desk.play("f", failing(401))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == (1, 1)
    assert skips(told) == [("p/m", "tried")]


SILENT = Script("", headers=STREAM, cut_at=0, ending="stall")


@pytest.mark.begins_early
@BOTH
async def test_fault_28_two_that_hang_leave_time_for_the_third(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#7303, ReflexioAI/reflexio#176."""
    await desk.chain("p", "q", "f", limits="{deadline_s: 3}")
    for name in "pq":
        desk.play(name, SILENT)
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    answered(told)
    assert told.kinds == [K.TIMEOUT_TTFT, K.TIMEOUT_TTFT, None]
    assert desk.calls("p", "q", "f") == (1, 1, 1)
    first, _, third = sent_s(told)
    assert third - first < 4


@pytest.mark.begins_early
@BOTH
async def test_fault_28_all_that_hang_end_at_the_shared_deadline(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#7303."""
    await desk.chain("p", "q", "f", limits="{deadline_s: 3}")
    for name in "pqf":
        desk.play(name, SILENT)
    told = await desk.ask(stream=stream)
    assert told.kinds == [K.TIMEOUT_TTFT] * 3
    assert desk.calls("p", "q", "f") == (1, 1, 1)
    spent_ms = sum(attempt.duration_ms or 0 for attempt in told.attempts)
    assert 2900 <= spent_ms < 6000


@BOTH
async def test_fault_29_dead_keys_are_not_asked_again_by_the_next_message(desk: Desk, stream: bool) -> None:
    """damianvtran/local-operator#198."""
    await desk.chain("p", "q", "f")
    for name in "pq":
        desk.play(name, failing(401, "invalid_api_key"))
    desk.play("f", good(stream))
    for n in (1, 2, 3):
        told = await desk.ask(stream=stream)
        answered(told)
        assert desk.calls("p", "q", "f") == (1, 1, n)
    assert skips(told) == [("p/m", "parked"), ("q/m", "parked")]


def refused_addresses(stack: ExitStack, count: int) -> list[str]:
    """Return addresses at which nobody listens, for as long as the stack is open."""
    sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    return [f"http://127.0.0.1:{one.getsockname()[1]}/v1" for one in sockets]


@BOTH
async def test_fault_29_hosts_that_refuse_are_not_asked_by_the_fourth_message(desk: Desk, stream: bool) -> None:
    """damianvtran/local-operator#198."""
    with ExitStack() as stack:
        for name, address in zip("pq", refused_addresses(stack, 2), strict=True):
            await desk.account(name, at=address)
        await desk.chain("p", "q", "f")
        desk.play("f", good(stream))
        for _ in range(3):
            told = await desk.ask(stream=stream)
            answered(told)
            assert told.kinds == [K.CONNECT, K.CONNECT, None]
        told = await desk.ask(stream=stream)
    answered(told)
    assert told.kinds == [None]
    assert skips(told) == [("p/m", "breaker"), ("q/m", "breaker")]


async def test_fault_29_so_it_is_for_lines_from_outside() -> None:
    """damianvtran/local-operator#198, through `ask --jsonl`."""
    async with Desk.open() as desk:
        await desk.chain("p", "q", "f")
        for name in "pq":
            desk.play(name, failing(401, "invalid_api_key"))
        desk.play("f", good(True))
        ended = await run("ask", "--jsonl", "--no-save", stdin="one\ntwo\nthree\n")
        assert ended.code == 0, ended.err
        attempts = [len(json.loads(line)["route"]["attempts"]) for line in ended.out.splitlines()]
        assert attempts == [3, 1, 1]
        assert desk.calls("p", "q", "f") == (1, 1, 3)


# --- a model that loads -----------------------------------------------------------------------------------------------

OLLAMA_LINES = [
    {"model": "m", "message": {"role": "assistant", "content": "w0 w1"}, "done": False},
    {"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"},
]


def ollama_reply(stream: bool, gate: asyncio.Event) -> Script:
    if stream:
        lines = "".join(json.dumps(line) + "\n" for line in OLLAMA_LINES)
        return Script(lines, headers={"content-type": "application/x-ndjson"}, gate=gate)
    reply = OLLAMA_LINES[1] | {"message": OLLAMA_LINES[0]["message"]}
    return Script(json.dumps(reply), headers={"content-type": "application/json"}, chunked=False, gate=gate)


@pytest.mark.begins_early
@BOTH
async def test_fault_30_a_local_model_that_loads_is_waited_for(desk: Desk, stream: bool) -> None:
    """cline/cline#12829, rsynnot/magic-lists-for-navidrome#34."""
    await desk.account("p", OLLAMA)
    await desk.chain("p", "f", limits="{deadline_s: 1.9}")
    desk.server.play("/p/api/ps", body({"models": []}))
    gate = asyncio.Event()
    desk.play("p", ollama_reply(stream, gate))
    desk.play("f", good(stream))

    def loading(run: Run, event: RouteEvent) -> None:
        if isinstance(event, AttemptLoading):  # it takes longer than the whole chain may
            asyncio.get_running_loop().call_later(2.0, gate.set)

    told = await desk.ask(stream=stream, during=loading)
    answered(told)
    assert desk.calls("p", "f") == (1, 0)
    assert len(told.of(AttemptLoading)) == 1
    assert not await desk.closed("p")


@pytest.mark.begins_early
@BOTH
async def test_fault_30_a_server_that_says_that_it_loads_is_asked_again(desk: Desk, stream: bool) -> None:
    """cline/cline#12829, of llama.cpp's server."""
    await desk.account("p", place="local")
    await desk.chain("p", "f", limits="{deadline_s: 1.9}")  # it is asked again after two seconds
    loading = body({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, 503)
    desk.play("p", loading, good(stream))
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    answered(told)
    assert [attempt.deployment for attempt in told.attempts] == ["p/m"]
    assert desk.calls("f") == (0,)
    assert not await desk.closed("p")


# --- the table of alone and not ---------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(("status", "calls"), [(500, 2), (529, 3)])
async def test_fault_41_alone_an_error_is_tried_again_within_bounds(
    desk: Desk, status: int, calls: int, stream: bool
) -> None:
    """The decision table itself: same-deployment retries are for the last one tried."""
    await desk.chain("p")
    desk.play("p", failing(status))
    told = await desk.ask(stream=stream)
    assert desk.calls("p") == (calls,)
    assert told.finish is Finish.ERROR
    assert [attempt.reason for attempt in told.attempts] == [Reason.FIRST, *[Reason.RETRY] * (calls - 1)]


@BOTH
async def test_fault_41_alone_nothing_and_nobody_are_two_calls(desk: Desk, stream: bool) -> None:
    """The decision table itself."""
    await desk.chain("p")
    desk.play("p", Script("", headers=STREAM) if stream else whole(""))
    assert (await desk.ask(stream=stream)).kinds == [K.EMPTY, K.EMPTY]
    assert desk.calls("p") == (2,)
    with ExitStack() as stack:
        (address,) = refused_addresses(stack, 1)
        await desk.account("q", at=address)
        await desk.chain("q")
        assert (await desk.ask(stream=stream)).kinds == [K.CONNECT, K.CONNECT]


@BOTH
async def test_fault_41_of_two_only_the_last_is_tried_again(desk: Desk, stream: bool) -> None:
    """The decision table itself."""
    await desk.chain("p", "f")
    for name in "pf":
        desk.play(name, failing(500))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == (1, 2)
    assert told.kinds == [K.SERVER] * 3
