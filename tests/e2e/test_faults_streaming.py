"""Faults that users of other routers have filed, of streams: cut, silent, empty, failing in the middle of a 200.

Each test names its source. A real server plays the fault; the program must not repeat it, with a stream or without.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from tests.fakes.desk import ANTHROPIC, COMPATIBLE, OPENROUTER, RESPONSES, Desk, Dialect, answered, warnings
from tests.fakes.http_server import Script, sse
from tests.fakes.replies import (
    JSON,
    STREAM,
    body,
    broken,
    chunk,
    good,
    half_body,
    named,
    streamed,
    tokens,
    whole,
    words,
)

from switchyard.core.events import AttemptStarted, Continued, Finish, TakenBack
from switchyard.core.failures import DECISIONS, FailureKind, Fix
from switchyard.core.message import MessageState
from switchyard.core.route import Outcome, QuestionKind

K = FailureKind
BOTH = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk.open() as opened:
        yield opened


@pytest.mark.parametrize("ending", ["reset", "close"])
async def test_fault_01_a_cut_after_forty_tokens_is_continued_without_a_gap(
    desk: Desk, ending: Literal["reset", "close"]
) -> None:
    """BerriAI/litellm#40404."""
    await desk.chain("p", "f")
    desk.play("p", broken(*words(0, 40), ending=ending))
    desk.play("f", streamed(*words(38, 60)))
    told = await desk.ask()
    assert desk.calls("p", "f") == (1, 1)
    answered(told, "".join(words(0, 60)))
    (seam,) = told.of(Continued)
    assert (seam.n, seam.seam.at) == (2, len("".join(words(0, 40))))
    assert not told.of(TakenBack)
    assert told.kept is not None
    assert told.kept.route is not None
    assert [(a.deployment, a.outcome) for a in told.kept.route.attempts] == [
        ("p/m", Outcome.FAILED),
        ("f/m", Outcome.COMPLETED),
    ]
    assert [a.usage is not None for a in told.attempts] == [True, True]


async def test_fault_01_who_is_to_go_on_and_sends_nothing_has_not_answered(desk: Desk) -> None:
    """BerriAI/litellm#40404, with decolua/9router#3051 behind it: half a reply is not whole for an empty 200."""
    await desk.chain("p", "e", "f")
    desk.play("p", broken(*words(0, 40)))
    desk.play("e", Script(sse(chunk("stop")), headers=STREAM))
    desk.play("f", streamed(*words(40, 60)))
    told = await desk.ask()
    assert told.kinds == [K.CUT, K.EMPTY, None]
    answered(told, "".join(words(0, 60)))
    await desk.chain("q", "g")
    desk.play("q", broken(*words(0, 40)))
    desk.play("g", Script(sse(chunk("stop")), headers=STREAM))
    told = await desk.ask()
    assert (told.finish, told.text) == (Finish.INCOMPLETE, "".join(words(0, 40)))


async def test_fault_01_who_only_says_again_what_was_said_has_come_to_the_end(desk: Desk) -> None:
    """BerriAI/litellm#40404: the connection may be lost between the last word and the finish."""
    await desk.chain("p", "f")
    desk.play("p", broken(*words(0, 40)))
    desk.play("f", streamed(*words(30, 40)))
    answered(await desk.ask(), "".join(words(0, 40)))
    assert desk.calls("p", "f") == (1, 1)


async def test_fault_01_a_whole_reply_that_is_cut_is_asked_for_elsewhere(desk: Desk) -> None:
    """BerriAI/litellm#40404, without a stream."""
    await desk.chain("p", "f")
    desk.play("p", half_body())
    desk.play("f", good(False))
    told = await desk.ask(stream=False)
    assert desk.calls("p", "f") == (1, 1)
    answered(told)
    assert told.kinds == [K.CUT, None]
    assert not told.record.seams


async def test_fault_02_silence_after_twenty_tokens_is_left_at_the_idle_limit(desk: Desk) -> None:
    """BerriAI/litellm#40404, tensorzero/tensorzero#6328."""
    await desk.chain("p", "f", step="    idle_s: 0.5\n")
    long = [f"{word}and some more " for word in words(0, 20)]
    desk.play("p", broken(*long, ending="stall"))
    desk.play("f", streamed("the end"))
    told = await desk.ask()
    assert told.kinds == [K.STALL, None]
    answered(told, "".join(long) + "the end")
    duration_ms = told.attempts[0].duration_ms
    assert duration_ms is not None
    assert 500 <= duration_ms < 5000
    await desk.server.left.wait()


async def test_fault_02_a_body_that_stands_still_is_left_at_its_share_of_the_time(desk: Desk) -> None:
    """BerriAI/litellm#40404, without a stream: there is no idle limit, but the chain's time is shared."""
    await desk.chain("p", "f", limits="{deadline_s: 2}")
    desk.play("p", half_body("stall"))
    desk.play("f", good(False))
    told = await desk.ask(stream=False)
    assert told.kinds == [K.TIMEOUT_TTFT, None]
    answered(told)
    await desk.server.left.wait()


async def test_fault_03_one_bad_event_does_not_stop_a_healthy_stream(desk: Desk) -> None:
    """BerriAI/litellm#40404."""
    await desk.chain("p", "f")
    events = [json.dumps(event) for event in tokens(*words(0, 60))]
    desk.play("p", Script(sse(*events[:30], '{"choices": [{', *events[30:]), headers=STREAM))
    told = await desk.ask()
    assert desk.calls("p", "f") == (1, 0)
    answered(told, "".join(words(0, 60)))
    assert len(warnings(told)) == 1
    assert len(told.record.warnings) == 1


async def test_fault_04_an_end_without_a_finish_is_no_stop(desk: Desk) -> None:
    """Portkey-AI/gateway#1797."""
    await desk.chain("p")
    desk.play("p", Script(sse(*tokens(*words(0, 3), ends=False), done=False), headers=STREAM))
    told = await desk.ask()
    assert (told.finish, told.state) == (Finish.INCOMPLETE, MessageState.INCOMPLETE)
    assert told.text == "".join(words(0, 3))
    await desk.chain("p", "f")
    desk.play("f", streamed(*words(40, 60)))
    answered(await desk.ask(), "".join(words(40, 60)))
    desk.play("p", Script(sse(*tokens(*words(0, 40), ends=False), done=False), headers=STREAM))
    answered(await desk.ask(), "".join(words(0, 60)))


async def test_fault_04_a_whole_reply_without_its_end_is_no_stop(desk: Desk) -> None:
    """Portkey-AI/gateway#1797, without a stream."""
    await desk.chain("p")
    desk.play("p", half_body("close"))
    told = await desk.ask(stream=False)
    assert told.finish is not Finish.STOP
    assert told.kinds == [K.CUT]


ERROR = {"error": {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": 429}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
STARTED = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 11, "output_tokens": 1}}}
UPSTREAM = {"code": 502, "message": "Upstream error"}
CREATED = {"type": "response.created", "response": {"id": "r", "model": "m", "status": "in_progress"}}
FAILED: dict[str, Any] = {
    "id": "r", "model": "m", "status": "failed", "output": [],
    "error": {"code": "server_error", "message": "The server had an error"},
}  # fmt: skip


# What a 200 tells of a failure: its dialect, as a stream and whole, and the class.
IN_BAND: dict[str, tuple[Dialect, Script, Script, FailureKind]] = {
    "a role, then no credit": (
        COMPATIBLE, Script(sse(chunk(role="assistant", content=""), ERROR), headers=STREAM), body(ERROR), K.QUOTA,
    ),
    "created, then failed": (
        RESPONSES, named(CREATED, {"type": "response.failed", "response": FAILED}), body(FAILED), K.SERVER,
    ),
    "created, then an error": (
        RESPONSES, named(CREATED, {"type": "error", "code": "server_error", "message": "x"}), body(FAILED), K.SERVER,
    ),
    "overloaded": (ANTHROPIC, named(OVERLOADED), body(OVERLOADED), K.OVERLOADED),
    "a start, then overloaded": (ANTHROPIC, named(STARTED, OVERLOADED), body(OVERLOADED), K.OVERLOADED),
    "an error among choices": (
        OPENROUTER,
        Script(sse({"error": UPSTREAM, "choices": [{"delta": {}, "finish_reason": "error"}]}), headers=STREAM),
        body({"error": UPSTREAM, "choices": [{"message": {"content": ""}, "finish_reason": "error"}]}),
        K.SERVER,
    ),
    "an error inside a choice": (
        OPENROUTER,
        Script(sse({"choices": [{"delta": {}, "error": UPSTREAM, "finish_reason": "error"}]}), headers=STREAM),
        body({"choices": [{"message": {"content": ""}, "error": UPSTREAM, "finish_reason": "error"}]}),
        K.SERVER,
    ),
    "an error without choices": (
        OPENROUTER, Script(sse({"error": UPSTREAM, "choices": []}), headers=STREAM),
        body({"error": UPSTREAM, "choices": []}), K.SERVER,
    ),
}  # fmt: skip


async def check_in_band(desk: Desk, kind: str, stream: bool) -> None:
    dialect, as_stream, as_whole, failure = IN_BAND[kind]
    await desk.account("p", dialect)
    await desk.chain("p", "f")
    desk.play("p", as_stream if stream else as_whole)
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == (1, 1)
    assert told.kinds == [failure, None]
    answered(told)


@BOTH
@pytest.mark.parametrize("kind", ["a role, then no credit", "created, then failed", "created, then an error"])
async def test_fault_05_an_error_after_the_first_event_falls_over(desk: Desk, kind: str, stream: bool) -> None:
    """maximhq/bifrost#5395."""
    await check_in_band(desk, kind, stream)


@BOTH
@pytest.mark.parametrize("kind", ["overloaded", "a start, then overloaded"])
async def test_fault_06_an_overload_inside_a_200_counts_towards_the_breaker(
    desk: Desk, kind: str, stream: bool
) -> None:
    """BerriAI/litellm#6957."""
    await check_in_band(desk, kind, stream)
    assert not await desk.closed("p")
    for _ in range(2):
        answered(await desk.ask(stream=stream))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == (3, 4)
    assert [skip.reason.value for skip in told.record.skipped] == ["breaker"]


@BOTH
@pytest.mark.parametrize("kind", ["an error among choices", "an error inside a choice", "an error without choices"])
async def test_fault_07_an_error_in_a_chunk_is_no_empty_success(desk: Desk, kind: str, stream: bool) -> None:
    """damianvtran/local-operator#223, diegosouzapw/OmniRoute#8210."""
    await check_in_band(desk, kind, stream)


@pytest.mark.parametrize(
    ("stream", "script"),
    [
        (True, Script("", headers=STREAM)),
        (True, Script("data: [DONE]\n\n", headers=STREAM)),
        (True, Script(": ping\n\n" * 10, headers=STREAM)),
        (True, Script(sse(chunk("stop")), headers=STREAM)),
        (True, streamed(" ", "\n")),
        (False, Script("", headers=JSON, chunked=False)),
        (False, whole("")),
        (False, whole(None)),
        (False, whole(" \n")),
    ],
    ids=[
        "no bytes",
        "done",
        "comments",
        "finish",
        "blanks",
        "whole: no bytes",
        "whole: no text",
        "null",
        "whole: blanks",
    ],
)
async def test_fault_08_nothing_is_no_success(desk: Desk, script: Script, stream: bool) -> None:
    """decolua/9router#3051."""
    await desk.chain("p", "f")
    desk.play("p", script)
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == (1, 1)
    assert told.kinds == [K.EMPTY, None]
    answered(told)


@BOTH
async def test_fault_09_thoughts_without_an_answer_ask_the_person(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#10144."""
    await desk.chain("p", "f")
    thought = Script(sse(chunk(reasoning_content="Well."), chunk("stop")), headers=STREAM)
    desk.play("p", thought if stream else whole("", reasoning_content="Well."))
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == (1, 0)
    assert told.kinds == [K.EMPTY_ANSWER]
    assert told.reasoning == "Well."
    assert told.record.question is not None
    assert told.record.question.kind is QuestionKind.EMPTY_ANSWER
    answered(await desk.answer(told, "other", stream=stream))
    assert desk.calls("p", "f") == (1, 1)


async def test_fault_10_comments_do_not_put_off_the_first_tokens_deadline(desk: Desk) -> None:
    """router-for-me/CLIProxyAPI#2447."""
    await desk.chain("p", "f", step="    first_token_s: 0.5\n")
    comments = ": OPENROUTER PROCESSING\n\n"
    script = Script(comments * 10, headers=STREAM, piece_bytes=len(comments), pause_s=0.3, ending="stall")
    desk.play("p", script)
    desk.play("f", good(True))
    told = await desk.ask()
    assert told.kinds == [K.TIMEOUT_TTFT, None]
    answered(told)
    duration_ms = told.attempts[0].duration_ms
    assert duration_ms is not None
    assert 500 <= duration_ms < 3000, "ten comments take three seconds"


async def test_fault_10_headers_and_then_silence_for_a_whole_reply(desk: Desk) -> None:
    """router-for-me/CLIProxyAPI#2447, without a stream."""
    await desk.chain("p", "f", limits="{deadline_s: 2}")
    desk.play("p", Script(" " * 100, headers=JSON, chunked=False, piece_bytes=1, pause_s=0.1))
    desk.play("f", good(False))
    told = await desk.ask(stream=False)
    assert told.kinds == [K.TIMEOUT_TTFT, None]
    answered(told)


LOST: dict[str, list[Script]] = {
    "before text": [Script(sse(ERROR), headers=STREAM)],
    "after a thought": [Script(sse(chunk(reasoning_content="hm"), done=False), headers=STREAM, ending="close")],
    "after little text": [broken(*words(0, 3))],
    "after much text": [broken(*words(0, 40))],
    "twice": [broken(*words(0, 40)), broken(*words(40, 80))],
    "with a limit": [Script("{}", 429, JSON | {"retry-after": "60"}, chunked=False)],
}


@pytest.mark.parametrize("kind", LOST)
async def test_fault_11_the_listener_hears_one_beginning_and_one_end(desk: Desk, kind: str) -> None:
    """zirkelc/ai-retry#51. That the events are in order, and the route's end is the last, `Desk` checks of each."""
    names = ["p", "q", "f"][-len(LOST[kind]) - 1 :]
    await desk.chain(*names)
    for name, script in zip(names, LOST[kind], strict=False):
        desk.play(name, script)
    desk.play("f", good(True))
    told = await desk.ask()
    assert len(told.of(AttemptStarted)) == len(told.attempts)
    assert len(await desk.services.conversations.list()) == 1
    (conversation,) = await desk.services.conversations.list()
    assert conversation.messages == 2, "one reply, whatever it took"
    assert (told.text[-5:] == "w0 w1") == (kind != "twice")


async def test_fault_11_a_whole_reply_has_one_beginning_and_one_end(desk: Desk) -> None:
    """zirkelc/ai-retry#51, without a stream."""
    await desk.chain("p", "q", "f")
    desk.play("p", half_body())
    desk.play("q", body(ERROR))
    desk.play("f", good(False))
    answered(await desk.ask(stream=False))


@BOTH
async def test_fault_12_errors_of_earlier_attempts_leave_nothing_behind(desk: Desk, stream: bool) -> None:
    """maximhq/bifrost#4788, maximhq/bifrost#4911."""
    await desk.chain("p", "q", "f")
    in_band = Script(sse(chunk(role="assistant", content=""), ERROR), headers=STREAM) if stream else body(ERROR)
    desk.play("p", in_band)
    desk.play("q", in_band)
    text = "".join(words(0, 60))
    desk.play("f", streamed(*words(0, 60)) if stream else whole(text))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "q", "f") == (1, 1, 1)
    answered(told, text)


async def test_fault_14_a_pinned_model_is_not_left_in_the_middle_either(desk: Desk) -> None:
    """BerriAI/litellm#19077."""
    await desk.chain("p", "f")
    desk.play("p", broken(*words(0, 10)))
    desk.play("f", good(True))
    told = await desk.ask(model="p/m")
    assert desk.calls("p", "f") == (1, 0)
    assert (told.text, told.finish, told.state) == ("".join(words(0, 10)), Finish.INCOMPLETE, MessageState.INCOMPLETE)
    assert DECISIONS[K.CUT].fix is Fix.TRY_AGAIN
    long = await desk.ask(model="p/m", text="again")
    assert (desk.calls("p", "f"), long.finish) == ((2, 0), Finish.INCOMPLETE)


async def test_fault_14_a_pinned_model_is_not_left_without_a_stream(desk: Desk) -> None:
    """BerriAI/litellm#19077, without a stream."""
    await desk.chain("p", "f")
    desk.play("p", half_body())
    desk.play("f", good(False))
    told = await desk.ask(model="p/m", stream=False)
    assert desk.calls("p", "f") == (1, 0)
    assert (told.kinds, told.finish) == ([K.CUT], Finish.ERROR)
