"""A conversation that outgrows a model: skipped, shortened, asked about or summarised, as the chain says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from tests.e2e.command_line import GOOD, WHOLE, chain, play, run
from tests.fakes.http_server import HttpServer, Script

LONG = "lorem ipsum " * 400  # about 800 tokens


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def outgrown(server: HttpServer, policy: str) -> str:
    """Set up two models of 2,000 and of any number of tokens, and return a conversation that is too long for one."""
    await chain(server, "a", "b", head=f"policy:\n  overflow: {policy}\n")
    assert (await run("models", "set", "a/m", "context=2000")).code == 0
    play(server, "a", GOOD)
    play(server, "b", GOOD)
    first = await run("ask", LONG, "--json", "--model", "b/m")
    assert first.code == 0
    uid = str(first.json["conversation"])
    assert (await run("ask", LONG, "--json", "--model", "b/m", "--continue", uid)).code == 0
    return uid


def asked(server: HttpServer, name: str) -> list[dict[str, str]]:
    """Return the messages of the last call to an account."""
    last = [one for one in server.received if one.path == f"/{name}/v1/chat/completions"][-1]
    messages: list[dict[str, str]] = json.loads(last.body)["messages"]
    return messages


async def test_fit_goes_to_who_can_read_it(server: HttpServer) -> None:
    uid = await outgrown(server, "fit")
    ended = await run("ask", LONG, "--json", "--chain", "Everyday", "--continue", uid)
    assert ended.code == 0
    assert [skip["reason"] for skip in ended.json["route"]["skipped"]] == ["window"]
    assert ended.json["route"]["attempts"][0]["deployment"] == "b/m"


async def test_trim_leaves_out_the_oldest_and_says_so(server: HttpServer) -> None:
    uid = await outgrown(server, "trim")
    ended = await run("ask", LONG, "--json", "--chain", "Everyday", "--continue", uid)
    assert (ended.code, ended.json["route"]["attempts"][0]["deployment"]) == (0, "a/m")
    messages = asked(server, "a")
    assert messages[0]["role"] == "user"
    assert len(messages) < 5
    assert [warning for warning in ended.json["warnings"] if "older messages were left out for a/m" in warning]


async def test_ask_asks_first(server: HttpServer) -> None:
    uid = await outgrown(server, "ask")
    before = len(server.received)
    ended = await run("ask", LONG, "--json", "--chain", "Everyday", "--continue", uid)
    assert (ended.code, ended.json["question"]["kind"]) == (5, "overflow")
    assert [option["id"] for option in ended.json["question"]["options"]] == ["trim", "other", "leave"]
    assert len(server.received) == before


async def test_summarise_puts_a_summary_in_the_place_of_the_oldest(server: HttpServer) -> None:
    uid = await outgrown(server, "{summarise: b/m}")
    play(server, "b", WHOLE)
    ended = await run("ask", LONG, "--json", "--chain", "Everyday", "--continue", uid)
    assert (ended.code, ended.json["route"]["attempts"][0]["deployment"]) == (0, "a/m")
    messages = asked(server, "a")
    assert [message["role"] for message in messages][:2] == ["user", "assistant"]
    assert messages[1]["content"] == "w0 w1"
    assert "Summarise our conversation" in asked(server, "b")[-1]["content"]
    assert [warning for warning in ended.json["warnings"] if "were summarised by b/m for a/m" in warning]


async def test_without_a_summary_the_oldest_are_left_out(server: HttpServer) -> None:
    uid = await outgrown(server, "{summarise: b/m}")
    play(server, "b", Script("", 500))
    ended = await run("ask", LONG, "--json", "--chain", "Everyday", "--continue", uid)
    assert ended.code == 0
    assert [warning for warning in ended.json["warnings"] if "older messages were left out for a/m" in warning]
