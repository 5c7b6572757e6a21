"""`switchyard ask --continue --answer` from outside: what a route asked is answered by another command."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from tests.e2e.command_line import GOOD, JSON, STREAM, chain, chunk, finish, play, run
from tests.fakes.http_server import HttpServer, Script, sse

DECLINED = Script(sse(chunk(refusal="I cannot help with that."), finish("stop")), headers=STREAM)
HALF = Script(sse(chunk(content="Half of it"), done=False), headers=STREAM, ending="reset")
NOBODY = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


def called(server: HttpServer) -> list[str]:
    """Return whose models were called, in order."""
    return [request.path.split("/")[1] for request in server.received]


async def test_another_model_is_asked_by_another_command(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", DECLINED)
    play(server, "b", GOOD)
    asked = await run("ask", "hi", "--json")
    uid = asked.json["conversation"]
    assert (asked.code, asked.json["question"]["kind"]) == (5, "refusal")
    assert f"switchyard ask --continue {uid} --answer other|leave" in asked.err
    answered = await run("ask", "--continue", uid, "--answer", "other", "--json")
    assert (answered.code, answered.json["text"], answered.json["question"]) == (0, "w0 w1", None)
    assert answered.json["conversation"] == uid
    assert answered.json["route"]["skipped"] == [{"step": 1, "deployment": "a/m", "reason": "tried"}]
    assert called(server) == ["a", "b"]
    assert server.received[1].json()["messages"] == server.received[0].json()["messages"]


async def test_a_pinned_model_is_asked_again(server: HttpServer) -> None:
    await chain(server, "a")
    thought = Script(sse(chunk(reasoning_content="Hm."), finish("stop")), headers=STREAM)
    play(server, "a", thought, GOOD)
    asked = await run("ask", "hi", "--model", "a/m", "--json")
    assert (asked.code, asked.json["question"]["kind"]) == (5, "empty_answer")
    answered = await run("ask", "--continue", "--answer", "again")
    assert (answered.code, answered.out) == (0, "w0 w1\n")
    assert called(server) == ["a", "a"]


async def test_who_thought_up_to_a_limit_is_asked_again_without_it(server: HttpServer) -> None:
    await chain(server, "a", head="set:\n  max_output: 50\n")
    thought = Script(sse(chunk(reasoning_content="Hm."), finish("length")), headers=STREAM)
    play(server, "a", thought, GOOD)
    asked = await run("ask", "hi", "--json")
    assert (asked.code, asked.json["question"]["kind"]) == (5, "empty_answer")
    answered = await run("ask", "--continue", "--answer", "again")
    assert (answered.code, answered.out) == (0, "w0 w1\n")
    assert [request.json().get("max_tokens") for request in server.received] == [50, None]


async def test_a_reply_that_broke_off_is_started_again_or_left(server: HttpServer) -> None:
    await chain(server, "a", "b", head="policy:\n  after_text: ask\n")
    play(server, "a", HALF)
    play(server, "b", GOOD)
    asked = await run("ask", "hi", "--json")
    uid = asked.json["conversation"]
    assert (asked.code, asked.json["question"]["kind"]) == (5, "after_text")
    left = await run("ask", "--continue", uid, "--answer", "leave")
    assert (left.code, left.out) == (0, "Half of it\n")
    told = await run("ask", "--continue", uid, "--answer", "leave", "--json")
    assert (told.code, told.json["text"], told.json["question"]) == (0, "Half of it", None)
    assert called(server) == ["a"]
    again = await run("ask", "--continue", uid, "--answer", "restart", "--json")
    assert (again.code, again.json["text"]) == (0, "w0 w1")
    assert called(server) == ["a", "b"]


async def test_a_reply_that_broke_off_is_continued(server: HttpServer) -> None:
    await chain(server, "a", "b", head="policy:\n  after_text: ask\n")
    play(server, "a", HALF)
    play(server, "b", GOOD)
    asked = await run("ask", "hi", "--json")
    assert [option["id"] for option in asked.json["question"]["options"]] == ["continue", "restart", "leave"]
    uid = asked.json["conversation"]
    went_on = await run("ask", "--continue", uid, "--answer", "continue", "--json")
    assert (went_on.code, went_on.json["text"]) == (0, "Half of itw0 w1")
    assert went_on.json["seams"] == [{"at": len("Half of it"), "attempt": 1, "how": "user_turn"}]
    assert went_on.json["usage"]["output"] == 20, "what was carried over is nobody's to pay again"
    assert called(server) == ["a", "b"]
    sent = server.received[-1].json()["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert sent[1]["content"] == "Half of it"
    kept = json.loads((await run("history", "show", uid, "--json")).out)["messages"][-1]
    assert (kept["text"], kept["state"]) == ("Half of itw0 w1", "complete")


async def test_a_reply_that_nobody_continues_keeps_what_it_had(server: HttpServer) -> None:
    await chain(server, "a", "b", head="policy:\n  after_text: ask\n")
    play(server, "a", HALF)
    play(server, "b", Script('{"error":{"message":"no"}}', 400, JSON, chunked=False))
    uid = (await run("ask", "hi", "--json")).json["conversation"]
    went_on = await run("ask", "--continue", uid, "--answer", "continue", "--json")
    assert (went_on.code, went_on.json["text"], went_on.json["finish"]) == (3, "Half of it", "incomplete")
    kept = json.loads((await run("history", "show", uid, "--json")).out)["messages"][-1]
    assert (kept["text"], kept["state"]) == ("Half of it", "incomplete")


async def test_a_chat_that_is_too_long_is_trimmed(server: HttpServer) -> None:
    await chain(server, "a", head="policy:\n  overflow: ask\n")
    play(server, "a", GOOD)
    first = await run("ask", "word " * 4_000, "--json")
    assert first.code == 0
    assert (await run("models", "set", "a/m", "context=3000")).code == 0
    asked = await run("ask", "and now?", "--continue", first.json["conversation"], "--json")
    assert (asked.code, asked.json["question"]["kind"]) == (5, "overflow")
    answered = await run("ask", "--continue", "--answer", "trim", "--json")
    assert (answered.code, answered.json["text"]) == (0, "w0 w1")
    assert any("older messages were left out" in warning for warning in answered.json["warnings"])
    assert len(server.received[-1].body) < 2_000


async def test_what_is_no_answer_is_refused(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", DECLINED, GOOD)
    uid = (await run("ask", "hi", "--json")).json["conversation"]
    for options, words in (
        (("--continue", uid, "--answer", "trim"), "Choose one of: other, leave"),
        (("--continue", NOBODY, "--answer", "other"), "There is no conversation"),
        (("--answer", "other"), "--answer goes with --continue alone."),
        (("more", "--continue", uid, "--answer", "other"), "There is no other question with --answer."),
    ):
        ended = await run("ask", *options)
        assert (ended.code, words in ended.err) == (2, True), ended.err
    assert (await run("ask", "next", "--continue", uid)).code == 0
    ended = await run("ask", "--continue", uid, "--answer", "other")
    assert (ended.code, "asks nothing" in ended.err) == (2, True)
    assert called(server) == ["a", "a"]
