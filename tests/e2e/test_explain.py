"""`switchyard ask --explain` from outside: who would be called, who would not and why, for how much."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.e2e.command_line import GOOD, chain, play, refused, run
from tests.fakes.http_server import HttpServer

from switchyard.bootstrap import open_services

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "explain.json").read_text(encoding="utf-8"))


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def imported(text: str) -> None:
    """Save a chain and make it the default."""
    async with open_services(environment=os.environ) as services:
        await services.chains.set_default(await services.chains.import_text(f"switchyard-chain: 1\n{text}"))


async def explained(*arguments: str) -> dict[str, Any]:
    """Return the object that is printed, which keeps to its schema."""
    ended = await run("ask", "--explain", "--json", *arguments)
    assert ended.code == 0, ended.err
    value: dict[str, Any] = json.loads(ended.out)
    jsonschema.validate(value, SCHEMA)
    return value


def ranks(value: dict[str, Any]) -> list[tuple[str, int | str]]:
    """Return who would be called, with the rank, and who would not, with the reason."""
    return [(one["deployment"], one["rank"] or one["skipped"]) for one in value["plan"]]


async def test_nothing_is_sent_and_nothing_is_kept(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", GOOD)
    play(server, "b", GOOD)
    assert ranks(await explained("hello")) == [("a/m", 1), ("b/m", 2)]
    assert server.received == []
    listed = json.loads((await run("history", "list", "--json")).out)
    assert listed["conversations"] == []


async def test_whoever_is_skipped_is_told_with_the_reason(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", refused(401, "invalid_api_key"))
    play(server, "b", GOOD)
    assert (await run("ask", "hello")).code == 0
    asked = len(server.received)
    assert (await run("accounts", "add", "openai", "--name", "work")).code == 0
    await imported(
        "name: Mixed\nsteps: [{use: a/m}, {use: work/gpt-5}, {use: b/n, only: {tokens_over: 5000}}, {use: b/m}]"
    )
    assert ranks(await explained("hello")) == [
        ("b/m", 1),
        ("a/m", "parked"),
        ("work/gpt-5", "no_key"),
        ("b/n", "only"),
    ]
    assert len(server.received) == asked
    said = await run("ask", "--explain", "hello")
    assert said.out.splitlines()[:2] == [
        "1. b/m, no price",
        "a/m was skipped: it is parked after an earlier failure.",
    ]


async def test_an_override_is_told(server: HttpServer) -> None:
    await chain(server, "a", "b")
    assert (await run("override", "freeze", "a", "--account")).code == 0
    assert ranks(await explained("hello")) == [("b/m", 1), ("a/m", "frozen")]


async def test_the_cost_is_a_range_over_all_that_can_be_reached(server: HttpServer) -> None:
    await chain(server, "a", "b")
    for name, dollars in (("a", "1"), ("b", "10")):
        assert (await run("models", "set", f"{name}/m", f"price_in={dollars}", f"price_out={dollars}")).code == 0
    value = await explained("hello", "--max-output", "1000")
    first, second = (float(one["cost"]) for one in value["plan"])
    assert 0.001 <= first <= 0.0011
    assert 0.010 <= second <= 0.011
    assert value["cost"]["known"] is True
    assert 0 < float(value["cost"]["low"]) < first
    assert float(value["cost"]["high"]) == second
    said = await run("ask", "--explain", "hello", "--max-output", "1000")
    assert said.out.splitlines() == [
        "1. a/m, up to $0.0010",
        "2. b/m, up to $0.0101",
        "This message costs between $0.0001 and $0.0101.",
    ]


async def test_what_costs_nothing_is_called_free_and_what_nobody_prices_is_said(server: HttpServer) -> None:
    said = await run("ask", "--explain", "hello", "--model", "sim/sim-steady")
    assert said.out == "1. sim/sim-steady, free\nThis message is free.\n"
    assert (await run("accounts", "add", "ollama", "--name", "here")).code == 0
    await chain(server, "a", "b")
    assert (await run("models", "set", "a/m", "price_in=0", "price_out=0")).code == 0
    await imported("name: Free\nsteps: [{use: here/qwen3}, {use: a/m}]")
    said = await run("ask", "--explain", "hello")
    assert said.out == "1. here/qwen3, free\n2. a/m, free\nThis message is free.\n"
    assert (await run("models", "set", "a/m", "price_in=0.0001", "price_out=0.00001")).code == 0
    await imported("name: Some\nsteps: [{use: a/m}, {use: b/m}]")
    said = await run("ask", "--explain", "hello")
    assert said.out.splitlines() == [
        "1. a/m, up to <$0.0001",
        "2. b/m, no price",
        "This message costs up to <$0.0001.",
        "Some of what could answer it has no price.",
    ]
    assert (await run("ask", "--explain", "hello", "--model", "b/m")).out == "1. b/m, no price\n"


async def test_a_track_that_stops_is_told(server: HttpServer) -> None:
    await chain(server, "a")
    await imported(
        "name: Careful\ntracks:\n  - {name: long, when: {tokens_over: 50}, stop: That is too long.}\n"
        "  - {name: usual, steps: [{use: a/m}]}\n"
    )
    usual = await explained("hello")
    assert [(one["track"], one["step"], one["rank"]) for one in usual["plan"]] == [("usual", 1, 1)]
    assert usual["stop"] is None
    long = await explained("word " * 100)
    assert (long["plan"], long["stop"]) == ([], "That is too long.")
    assert (await run("ask", "--explain", "word " * 100)).out == "That is too long.\n"
    asked = await run("ask", "word " * 100)
    assert (asked.code, asked.out, asked.err) == (3, "", "That is too long.\n")


async def test_what_is_not_there_is_wrong_usage() -> None:
    assert (await run("ask", "--explain", "hello", "--chain", "Nope")).code == 2
    assert (await run("ask", "--explain", "hello", "--model", "nobody/m")).code == 2


async def test_what_a_plan_would_not_reach_is_not_named(server: HttpServer) -> None:
    await chain(server, "a", "b", "c")
    await imported(
        "name: Pool\nlimits: {calls: 2}\nsteps:\n"
        "  - {use: [{to: a/m}, {to: b/m}], tries: 1}\n  - {use: c/m}\n  - {use: b/m}\n"
    )
    assert ranks(await explained("hello")) == [("a/m", 1), ("c/m", 2)]


async def test_an_account_that_is_no_fallback_comes_first_or_not_at_all(server: HttpServer) -> None:
    await chain(server, "a")
    added = ["accounts", "add", "openai-compatible", "--name", "b", "--base-url", server.url("/b/v1")]
    assert (await run(*added, "--set", "fallback=no")).code == 0
    await imported("name: Both\nsteps: [{use: a/m}, {use: b/m}]")
    assert ranks(await explained("hello")) == [("a/m", 1), ("b/m", "not_fallback")]
    await imported("name: Other\nsteps: [{use: b/m}, {use: a/m}]")
    assert ranks(await explained("hello")) == [("b/m", 1), ("a/m", 2)]
