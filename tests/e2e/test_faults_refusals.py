"""Faults that users of other routers have filed, of refusals, and of what is sent when another model goes on.

Each test names its source. A real server plays the fault; the program must not repeat it, with a stream or without.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.fakes.desk import ANTHROPIC, COMPATIBLE, Desk, Dialect, answered
from tests.fakes.http_server import Script, sse
from tests.fakes.replies import (
    STREAM,
    body,
    broken,
    chunk,
    failing,
    good,
    half_body,
    named,
    streamed,
    whole,
    words,
)

from switchyard.core.content import Parameters, Tool
from switchyard.core.events import Continued, Finish, TakenBack
from switchyard.core.failures import FailureKind
from switchyard.core.message import MessageState
from switchyard.core.route import QuestionKind

K = FailureKind
BOTH = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
TOOLS = Parameters(tools=(Tool("look", "Look.", {"type": "object", "properties": {"at": {"type": "string"}}}),))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk.open() as opened:
        yield opened


FILTERED = {"error": {"message": "Your request was rejected.", "code": "content_policy_violation"}}
DECLINED: dict[str, tuple[Dialect, Script, Script]] = {
    "a policy": (COMPATIBLE, body(FILTERED, 400), body(FILTERED, 400)),
    "inside the stream": (
        COMPATIBLE,
        Script(sse(chunk(role="assistant", content=""), FILTERED), headers=STREAM),
        body(FILTERED),
    ),
}


@BOTH
@pytest.mark.parametrize("kind", DECLINED)
async def test_fault_15_nobody_else_is_asked_after_a_refusal_until_the_person_agrees(
    desk: Desk, kind: str, stream: bool
) -> None:
    """BerriAI/litellm#40406."""
    dialect, as_stream, as_whole = DECLINED[kind]
    await desk.account("p", dialect)
    await desk.chain("p", "f")
    desk.play("p", as_stream if stream else as_whole)
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == (1, 0)
    assert told.kinds == [K.REFUSED_INPUT]
    assert told.record.question is not None
    assert told.record.question.kind is QuestionKind.REFUSAL
    assert not await desk.closed("p"), "its health is fine"
    answered(await desk.answer(told, "other", stream=stream))
    assert desk.calls("p", "f") == (1, 1)


@BOTH
async def test_fault_15_alone_there_is_nothing_to_ask(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#40406."""
    await desk.chain("p")
    desk.play("p", body(FILTERED, 400))
    told = await desk.ask(stream=stream)
    assert (told.finish, told.record.question, desk.calls("p")) == (Finish.REFUSAL, None, (1,))


@BOTH
@pytest.mark.parametrize(("policy", "calls"), [("always", (1, 1)), ("never", (1, 0))])
async def test_fault_15_a_chain_may_have_decided_it(
    desk: Desk, policy: str, calls: tuple[int, int], stream: bool
) -> None:
    """BerriAI/litellm#40406."""
    await desk.chain("p", "f", policy=f"{{refusal: {policy}}}")
    desk.play("p", body(FILTERED, 400))
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == calls
    assert told.record.question is None
    assert told.finish is (Finish.STOP if policy == "always" else Finish.REFUSAL)


def filtered(text: str, stream: bool) -> Script:
    """A reply that ends as filtered."""
    if not stream:
        return whole(text, "content_filter")
    return Script(sse(chunk(role="assistant", content=text), chunk("content_filter")), headers=STREAM)


@BOTH
@pytest.mark.parametrize("text", ["", "Well, first you", "".join(words(0, 40))], ids=["nothing", "little", "much"])
async def test_fault_16_a_content_filter_is_no_success(desk: Desk, text: str, stream: bool) -> None:
    """BerriAI/litellm#8953."""
    await desk.chain("p", "f")
    desk.play("p", filtered(text, stream))
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    assert desk.calls("p", "f") == (1, 0)
    assert (told.kinds, told.text, told.finish) == ([K.REFUSED_OUTPUT], text, Finish.CONTENT_FILTER)
    assert told.state is (MessageState.INCOMPLETE if text else MessageState.FAILED)
    assert told.record.question is not None
    assert told.record.question.kind is QuestionKind.REFUSAL
    answered(await desk.answer(told, "other", stream=stream))


@BOTH
async def test_fault_16_a_chain_that_always_goes_on_takes_the_partial_back(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#8953."""
    await desk.chain("p", "f", policy="{refusal: always}")
    desk.play("p", filtered("Well, first you", stream))
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream)
    answered(told)
    assert len(told.of(TakenBack)) == 1


OPUS, HAIKU = "claude-opus-4-6", "claude-haiku-4-5"


def claude(text: str) -> Script:
    """Anthropic's stream of a reply."""
    return named(
        {"type": "message_start", "message": {"model": OPUS, "usage": {"input_tokens": 11, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 20}},
        {"type": "message_stop"},
    )


@pytest.mark.parametrize(("model", "last"), [(OPUS, "user"), (HAIKU, "assistant")])
async def test_fault_17_a_reply_is_begun_for_a_model_only_where_it_goes_on_with_it(
    desk: Desk, model: str, last: str
) -> None:
    """BerriAI/litellm#27967."""
    await desk.account("f", ANTHROPIC)
    await desk.chain("p", f"f/{model}")
    desk.play("p", broken(*words(0, 40)))
    desk.play("f", claude("and so it ends."))
    told = await desk.ask()
    answered(told, "".join(words(0, 40)) + "and so it ends.")
    (request,) = desk.received("f")
    messages: list[dict[str, Any]] = request.json()["messages"]
    assert messages[-1]["role"] == last
    assert len(told.of(Continued)) == 1


async def test_fault_17_the_cut_stays_the_cause_that_is_told(desk: Desk) -> None:
    """BerriAI/litellm#27967."""
    await desk.account("f", ANTHROPIC)
    await desk.chain("p", f"f/{OPUS}")
    text = "This model does not support assistant message prefill. The conversation must end with a user message."
    desk.play("p", broken(*words(0, 40)))
    desk.play("f", body({"type": "error", "error": {"type": "invalid_request_error", "message": text}}, 400))
    told = await desk.ask()
    assert told.kinds == [K.CUT, K.BAD_REQUEST]
    assert (told.finish, told.state) == (Finish.INCOMPLETE, MessageState.INCOMPLETE)
    assert told.text == "".join(words(0, 40))


@pytest.mark.parametrize("script", [failing(500), failing(429, retry_after="1"), Script("", headers=STREAM)])
async def test_fault_17_who_goes_on_is_tried_again_as_anybody_is(desk: Desk, script: Script) -> None:
    """BerriAI/litellm#27967: what the second one does before it says anything does not lose the reply either."""
    await desk.chain("p", "f")
    desk.play("p", broken(*words(0, 40)))
    desk.play("f", script, streamed("the end"))
    told = await desk.ask()
    assert desk.calls("p", "f") == (1, 2)
    answered(told, "".join(words(0, 40)) + "the end")
    assert len(told.record.seams) == 1


async def test_fault_17_where_nobody_goes_on_the_partial_stays(desk: Desk) -> None:
    """BerriAI/litellm#27967."""
    await desk.chain("p", "q", "f")
    desk.play("p", broken(*words(0, 40)))
    desk.play("q", failing(401))
    desk.play("f", failing(500))
    told = await desk.ask()
    assert desk.calls("p", "q", "f") == (1, 1, 2)
    assert told.kinds[0] is K.CUT
    assert (told.finish, told.state, told.text) == (Finish.INCOMPLETE, MessageState.INCOMPLETE, "".join(words(0, 40)))


CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "Ro'}}
TOOL_REPLIES: dict[str, list[dict[str, Any]]] = {
    "words": [chunk(content=word) for word in words(0, 40)],
    "half a call": [*(chunk(content=word) for word in words(0, 40)), chunk(tool_calls=[CALL])],
    "half a call alone": [chunk(tool_calls=[CALL])],
}


@pytest.mark.parametrize("kind", TOOL_REPLIES)
async def test_fault_18_with_tools_another_model_starts_over(desk: Desk, kind: str) -> None:
    """BerriAI/litellm#31067."""
    await desk.chain("p/m1", "f/m2")
    desk.play("p", Script(sse(*TOOL_REPLIES[kind], done=False), headers=STREAM, ending="reset"))
    desk.play("f", good(True))
    told = await desk.ask(parameters=TOOLS)
    answered(told)
    assert not told.record.seams
    check_same(desk)


async def test_fault_18_with_half_a_call_another_model_starts_over_though_no_tools_were_given(desk: Desk) -> None:
    """BerriAI/litellm#31067."""
    await desk.chain("p/m1", "f/m2")
    desk.play("p", Script(sse(*TOOL_REPLIES["half a call"], done=False), headers=STREAM, ending="reset"))
    desk.play("f", good(True))
    answered(await desk.ask())
    check_same(desk)


async def test_fault_18_with_tools_another_model_starts_over_without_a_stream(desk: Desk) -> None:
    """BerriAI/litellm#31067, without a stream."""
    await desk.chain("p/m1", "f/m2")
    desk.play("p", half_body())
    desk.play("f", good(False))
    answered(await desk.ask(parameters=TOOLS, stream=False))
    check_same(desk)


def check_same(desk: Desk) -> None:
    """The second call says what the first one said, but for the model."""
    (first,), (second,) = desk.received("p"), desk.received("f")
    assert first.json() | {"model": "m2"} == second.json()


SYSTEM = "Antworte  auf Deutsch.\n\tKurz — und \u201ehöflich\u201c. "


@BOTH
async def test_fault_19_the_system_message_is_the_same_to_the_byte_on_every_attempt(desk: Desk, stream: bool) -> None:
    """BerriAI/litellm#18229."""
    await desk.chain("p", "q", "f")
    desk.play("p", failing(500))
    desk.play("q", broken(*words(0, 40)) if stream else half_body())
    desk.play("f", good(stream))
    told = await desk.ask(stream=stream, system=SYSTEM)
    assert desk.calls("p", "q", "f") == (1, 1, 1)
    assert told.finish is Finish.STOP
    for name in "pqf":
        (request,) = desk.received(name)
        said = [message["content"] for message in request.json()["messages"] if message["role"] == "system"]
        assert said == [SYSTEM]


async def test_fault_19_without_a_system_message_none_is_sent(desk: Desk) -> None:
    """BerriAI/litellm#18229."""
    await desk.chain("p", "f")
    desk.play("p", broken(*words(0, 40)))
    desk.play("f", streamed("the end"))
    answered(await desk.ask(), "".join(words(0, 40)) + "the end")
    for name in "pf":
        (request,) = desk.received(name)
        assert "system" not in [message["role"] for message in request.json()["messages"]]
