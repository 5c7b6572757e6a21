"""Faults that users of routers have filed, as courses that any router can be put on: what a caller must see of each."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate

from tests.compare.rigs import Limits, Rig
from tests.fakes.desk import ANTHROPIC, COMPATIBLE, Dialect
from tests.fakes.http_server import Script, sse
from tests.fakes.replies import (
    JSON,
    STREAM,
    body,
    broken,
    chunk,
    failing,
    good,
    half_body,
    named,
    streamed,
    tokens,
    whole,
    words,
)

GOOD = "w0 w1"
HALF, REST = words(0, 40), words(40, 60)
IN_BAND = {"error": {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": 429}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
STARTED = {"type": "message_start", "message": {"id": "m", "model": "m", "usage": {"input_tokens": 1}}}
UPSTREAM = {"code": 502, "message": "Upstream error"}
FILTERED = {"error": {"message": "Your request was rejected.", "code": "content_policy_violation"}}

Course = Callable[[Rig, bool], Awaitable[bool]]


@dataclass(frozen=True)
class Case:
    """One fault. `streamed_only` where there is no such thing without a stream."""

    number: int
    what: str
    wanted: str
    course: Course
    streamed_only: bool = False


async def _falls_over(rig: Rig, stream: bool, script: Script, first: Dialect = COMPATIBLE) -> bool:
    """Whether one call each leads to the second one's answer and to nothing else."""
    await rig.set_up("p", "f", first=first)
    rig.play("p", script)
    rig.play("f", good(stream))
    seen = await rig.ask(stream)
    return seen.is_answer(GOOD) and rig.calls("p", "f") == (1, 1)


async def cut(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f")
    rig.play("p", broken(*HALF) if stream else half_body())
    rig.play("f", streamed(*REST) if stream else good(False))
    seen = await rig.ask(stream)
    return seen.is_answer("".join([*HALF, *REST]) if stream else GOOD) and rig.calls("p", "f") == (1, 1)


async def silence(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f", limits=Limits(idle_s=1.0))
    rig.play("p", broken(*words(0, 20), ending="stall"))
    rig.play("f", good(stream))
    seen = await rig.ask(stream)
    return seen.is_answer(GOOD, "".join(words(0, 20)) + GOOD) and rig.calls("p", "f") == (1, 1) and seen.seconds < 3


async def bad_event(rig: Rig, stream: bool) -> bool:
    events = [json.dumps(event) for event in tokens(*HALF, *REST)]
    await rig.set_up("p", "f")
    rig.play("p", Script(sse(*events[:30], '{"choices": [{', *events[30:]), headers=STREAM))
    seen = await rig.ask(stream)
    return seen.is_answer("".join([*HALF, *REST])) and rig.calls("p", "f") == (1, 0)


async def no_finish(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p")
    rig.play("p", Script(sse(*tokens(*HALF, ends=False), done=False), headers=STREAM) if stream else half_body("close"))
    seen = await rig.ask(stream)
    return not seen.is_answer(seen.text) and (seen.text == "".join(HALF) or not stream)


async def error_after_role(rig: Rig, stream: bool) -> bool:
    script = Script(sse(chunk(role="assistant", content=""), IN_BAND), headers=STREAM)
    return await _falls_over(rig, stream, script if stream else body(IN_BAND))


async def overloaded(rig: Rig, stream: bool) -> bool:
    return await _falls_over(rig, stream, named(STARTED, OVERLOADED) if stream else body(OVERLOADED), ANTHROPIC)


async def error_among_choices(rig: Rig, stream: bool) -> bool:
    event = {"error": UPSTREAM, "choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}
    reply = {"error": UPSTREAM, "choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "error"}]}
    return await _falls_over(rig, stream, Script(sse(event), headers=STREAM) if stream else body(reply))


async def error_without_choices(rig: Rig, stream: bool) -> bool:
    value = {"error": UPSTREAM, "choices": []}
    return await _falls_over(rig, stream, Script(sse(value), headers=STREAM) if stream else body(value))


async def no_bytes(rig: Rig, stream: bool) -> bool:
    return await _falls_over(rig, stream, Script("", headers=STREAM if stream else JSON, chunked=stream))


async def no_text(rig: Rig, stream: bool) -> bool:
    return await _falls_over(rig, stream, Script("data: [DONE]\n\n", headers=STREAM) if stream else whole(""))


async def only_comments(rig: Rig, stream: bool) -> bool:
    return await _falls_over(rig, stream, Script(": ping\n\n" * 10, headers=STREAM))


async def only_thoughts(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f")
    thought = Script(sse(chunk(reasoning_content="Well."), chunk("stop")), headers=STREAM)
    rig.play("p", thought if stream else whole("", reasoning_content="Well."))
    rig.play("f", good(stream))
    seen = await rig.ask(stream)
    return not seen.is_answer("") and rig.calls("p", "f") == (1, 0)


async def head_only(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f", limits=Limits(idle_s=1.0) if stream else Limits(total_s=2.0))
    rig.play("p", Script(" ", headers=STREAM if stream else JSON, ending="stall"))
    rig.play("f", good(stream))
    seen = await rig.ask(stream)
    return seen.is_answer(GOOD) and rig.calls("p", "f") == (1, 1) and seen.seconds < 2.5


async def comments_in_between(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f", limits=Limits(idle_s=1.0))
    comment = ": processing\n\n"
    rig.play("p", Script(comment * 10, headers=STREAM, piece_bytes=len(comment), pause_s=0.4, ending="stall"))
    rig.play("f", good(stream))
    seen = await rig.ask(stream)
    return seen.is_answer(GOOD) and rig.calls("p", "f") == (1, 1) and seen.seconds < 2.5


async def two_errors(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "q", "f")
    for name in "pq":
        rig.play(name, Script(sse(chunk(role="assistant", content=""), IN_BAND), headers=STREAM))
    rig.play("f", streamed(*HALF))
    seen = await rig.ask(stream)
    return seen.is_answer("".join(HALF)) and rig.calls("p", "q", "f") == (1, 1, 1)


async def refusal(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f")
    rig.play("p", body(FILTERED, 400))
    rig.play("f", good(stream))
    seen = await rig.ask(stream)
    return not seen.is_answer(seen.text) and rig.calls("p", "f") == (1, 0)


async def filtered(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f")
    end = Script(sse(chunk(role="assistant", content="Well,"), chunk("content_filter")), headers=STREAM)
    rig.play("p", end if stream else whole("Well,", "content_filter"))
    rig.play("f", good(stream))
    seen = await rig.ask(stream)
    return seen.text == "Well," and "content_filter" in seen.finishes and rig.calls("p", "f") == (1, 0)


async def two_waits(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p")
    rig.play("p", failing(429, retry_after="1"), failing(429, retry_after="3"), good(stream))
    seen = await rig.ask(stream)
    return seen.is_answer(GOOD) and rig.calls("p") == (3,) and 4 <= seen.seconds < 6


async def dead_for_long(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f")
    rig.play("p", failing(500))
    rig.play("f", good(stream))
    seen = [await rig.ask(stream) for _ in range(25)]
    return all(one.is_answer(GOOD) for one in seen) and rig.calls("p") == (3,)


async def parked_alone(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p")
    rig.play("p", failing(429, retry_after="2"), good(stream))
    seen = await rig.ask(stream)
    return seen.is_answer(GOOD) and rig.calls("p") == (2,) and 2 <= seen.seconds < 3.5


async def no_credit(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f")
    rig.play("p", failing(429, "insufficient_quota", "You exceeded your current quota."))
    rig.play("f", good(stream))
    seen = [await rig.ask(stream) for _ in range(2)]
    return all(one.is_answer(GOOD) for one in seen) and rig.calls("p", "f") == (1, 2)


async def _is_parked(rig: Rig, stream: bool, **headers: str) -> bool:
    """Whether the second message leaves alone who wanted to be left alone in the first."""
    await rig.set_up("p", "f")
    rig.play("p", failing(429, **headers))
    rig.play("f", good(stream))
    seen = [await rig.ask(stream) for _ in range(2)]
    return all(one.is_answer(GOOD) for one in seen) and rig.calls("p", "f") == (1, 2)


async def wait_in_seconds(rig: Rig, stream: bool) -> bool:
    return await _is_parked(rig, stream, retry_after="38")


async def wait_until_a_date(rig: Rig, stream: bool) -> bool:
    return await _is_parked(rig, stream, retry_after=formatdate(time.time() + 38, usegmt=True))


async def wait_in_milliseconds(rig: Rig, stream: bool) -> bool:
    return await _is_parked(rig, stream, retry_after_ms="38000")


async def unwritable(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "f")
    for name in "pf":
        rig.play(name, good(stream))
    seen = await rig.ask(stream, unwritable=True)
    return seen.error is not None and rig.calls("p", "f") == (0, 0)


async def ten_failing(rig: Rig, stream: bool) -> bool:
    names = [f"p{n}" for n in range(10)]
    await rig.set_up(*names)
    for name in names:
        rig.play(name, failing(500))
    seen = await rig.ask(stream)
    return seen.error is not None and 0 < sum(rig.calls(*names)) <= 6


async def two_hang(rig: Rig, stream: bool) -> bool:
    await rig.set_up("p", "q", "f", limits=Limits(total_s=3.0))
    for name in "pq":
        rig.play(name, Script(" ", headers=STREAM if stream else JSON, ending="stall"))
    rig.play("f", good(stream))
    seen = await rig.ask(stream)
    return seen.is_answer(GOOD) and seen.seconds < 3.3


_BOTH_ANSWERS = "the second one's answer, one call to each"
CASES = (
    Case(1, "cut in the middle", "the whole text, nothing twice", cut),
    Case(2, "silence in the middle", "the answer, after the second that was set", silence, streamed_only=True),
    Case(3, "one undecodable event among sixty", "all sixty tokens", bad_event, streamed_only=True),
    Case(4, "an end without a finish", "not told as complete", no_finish),
    Case(5, "an error after the first event", _BOTH_ANSWERS, error_after_role),
    Case(6, "an overload inside a 200", _BOTH_ANSWERS, overloaded),
    Case(7, "an error among the choices of a 200", _BOTH_ANSWERS, error_among_choices),
    Case(7, "an error and no choices in a 200", _BOTH_ANSWERS, error_without_choices),
    Case(8, "a 200 without a byte", _BOTH_ANSWERS, no_bytes),
    Case(8, "a 200 without text", _BOTH_ANSWERS, no_text),
    Case(8, "a 200 of comments", _BOTH_ANSWERS, only_comments, streamed_only=True),
    Case(9, "thoughts and no answer", "not told as complete, nobody else billed", only_thoughts),
    Case(10, "a head, then silence", "the second one's answer in time", head_only),
    Case(10, "comments in the silence", "the second one's answer in time", comments_in_between, streamed_only=True),
    Case(12, "two errors in streams, one after the other", "the third one's text", two_errors, streamed_only=True),
    Case(15, "a refusal of the prompt", "nobody else asked unbidden", refusal),
    Case(16, "an answer cut by a filter", "told as such, nobody else asked unbidden", filtered),
    Case(20, "two waits of different length", "each waited for as it was named", two_waits),
    Case(23, "25 messages while one fails", "three calls to it", dead_for_long),
    Case(24, "the only one wants two seconds", "waited for, then the answer", parked_alone),
    Case(25, "no credit", "one call in two messages", no_credit),
    Case(26, "a wait in seconds", "one call in two messages", wait_in_seconds),
    Case(26, "a wait until a date", "one call in two messages", wait_until_a_date),
    Case(26, "a wait in milliseconds", "one call in two messages", wait_in_milliseconds),
    Case(27, "a request that cannot be written", "no call", unwritable),
    Case(27, "ten that fail", "six calls at most", ten_failing),
    Case(28, "two hang, three seconds in all", "the third one's answer in time", two_hang),
)
