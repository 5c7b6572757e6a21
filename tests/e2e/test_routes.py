"""`switchyard routes show` from outside: what a route did, by its own id or by that of its conversation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import jsonschema
import pytest
from tests.e2e.command_line import GOOD, chain, play, refused, run
from tests.fakes.http_server import HttpServer

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "routes.json").read_text(encoding="utf-8"))


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def test_a_route_is_shown_as_the_answer_told_it(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", refused(500))
    play(server, "b", GOOD)
    answer = (await run("ask", "hello", "--json")).json
    for uid in (answer["route"]["id"], answer["conversation"]):
        ended = await run("routes", "show", uid, "--json")
        assert ended.code == 0
        value = json.loads(ended.out)
        jsonschema.validate(value, SCHEMA)
        assert value == {"schema": 1, "route": answer["route"]}


async def test_a_conversation_means_its_last_route(server: HttpServer) -> None:
    await chain(server, "a")
    play(server, "a", GOOD)
    first = (await run("ask", "hello", "--json")).json
    second = (await run("ask", "--continue", first["conversation"], "--json", stdin="more")).json
    shown = json.loads((await run("routes", "show", first["conversation"], "--json")).out)
    assert shown["route"]["id"] == second["route"]["id"] != first["route"]["id"]


async def test_people_are_told_what_was_decided_and_every_attempt(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", refused(500))
    play(server, "b", GOOD)
    answer = (await run("ask", "hello", "--json")).json
    ended = await run("routes", "show", answer["route"]["id"])
    lines = ended.out.splitlines()
    assert lines[:2] == answer["route"]["decision"]
    first, second = (line.split("\t") for line in lines[2:])
    assert first[:4] == ["1", "a/m", "first", "failed"]
    assert first[-1].endswith("stub 500 (500, x)")
    assert second[:4] == ["2", "b/m", "fallback", "completed"]
    assert second[4].endswith(" ms")
    assert second[5:] == ["no price"]
    assert (await run("models", "set", "b/m", "price_in=1", "price_out=10")).code == 0
    answer = (await run("ask", "hello", "--json")).json
    ended = await run("routes", "show", answer["route"]["id"])
    first, second = (line.split("\t") for line in ended.out.splitlines()[2:])
    assert not any("$" in fact or fact == "free" for fact in first), "a refused call says nothing of money"
    assert second[5:] == ["$0.0002"]


async def test_a_route_that_is_not_there_is_wrong_usage() -> None:
    for uid in ("x", "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"):
        ended = await run("routes", "show", uid, "--json")
        assert (ended.code, ended.out) == (2, "")
        assert f"There is no route {uid}." in ended.err
