"""`switchyard simulate` from outside: the same course for the same seed, faults that bite, and what cannot be meant."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.e2e.command_line import GOOD, chain, play, run
from tests.fakes.http_server import HttpServer

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "simulate.json").read_text(encoding="utf-8"))


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def simulated(*arguments: str) -> dict[str, Any]:
    """Return the object that is printed, which keeps to its schema."""
    ended = await run("simulate", "Everyday", "--json", *arguments)
    assert ended.code == 0, ended.err
    value: dict[str, Any] = json.loads(ended.out)
    jsonschema.validate(value, SCHEMA)
    return value


async def test_the_same_seed_gives_the_same_course_and_another_another(server: HttpServer) -> None:
    await chain(server, "a", "b")
    faults = ("--fault", "cut=0.4", "--fault", "error:a=0.5", "--turns", "60")
    first, again, other = [await simulated(*faults, "--seed", seed) for seed in ("7", "7", "8")]
    assert first == again
    assert first | {"seed": 8} != other
    assert (first["seed"], first["turns"], sum(first["ends"].values())) == (7, 60, 60)


async def test_nothing_is_sent_and_nothing_is_remembered(server: HttpServer) -> None:
    await chain(server, "a", "b")
    play(server, "a", GOOD)
    play(server, "b", GOOD)
    value = await simulated("--fault", "revoked:a", "--turns", "5")
    assert value["deployments"]["a/m"] == {
        "calls": 1, "answered": 0, "failed": {"AUTH": 1}, "skipped": {"parked": 4},
    }  # fmt: skip
    assert server.received == []
    health = json.loads((await run("health", "--json")).out)["health"]
    assert {one["state"] for one in health} == {"healthy"}
    assert json.loads((await run("history", "list", "--json")).out)["conversations"] == []


async def test_every_fault_bites(server: HttpServer) -> None:
    await chain(server, "a", "b")
    down = await simulated("--fault", "down:a", "--turns", "20")
    assert down["ends"]["answered"] == 20
    assert down["deployments"]["a/m"]["answered"] == 0
    limited = await simulated("--fault", "limited:a=1", "--turns", "20")
    assert limited["deployments"]["a/m"]["failed"].keys() == {"RATE_LIMIT"}
    wrong = await simulated("--fault", "error:a/m=1", "--turns", "20")
    assert wrong["deployments"]["a/m"]["failed"].keys() == {"SERVER"}
    assert wrong["deployments"]["a/m"]["skipped"].keys() == {"breaker"}
    calm, slow = await simulated(), await simulated("--fault", "slow=4")
    assert slow["first_token_s"]["p50"] > 2 * calm["first_token_s"]["p50"]
    cut = await simulated("--fault", "cut:a=0.5")
    assert 0 < cut["seams"] < cut["turns"]
    for fault in ("offline", "budget"):
        alone = await simulated("--fault", fault, "--turns", "5")
        assert alone["ends"]["answered"] == 0
        assert alone["first_token_s"] == {"p50": None, "p95": None}


async def test_people_are_told_in_lines(server: HttpServer) -> None:
    await chain(server, "a", "b")
    ended = await run("simulate", "Everyday", "--fault", "down:a", "--turns", "10")
    lines = ended.out.splitlines()
    assert ended.code == 0
    assert lines[0] == "10 of 10 answered"
    assert lines[1].startswith("First token: ")
    assert lines[2] == "Cost: 10 calls without a price"
    assert lines[4] == "b/m\t10 answered\t10 calls"
    assert ended.err == ""


async def test_money_is_told_as_everywhere_else(server: HttpServer) -> None:
    await chain(server, "a", "b")
    assert (await run("models", "set", "a/m", "price_in=1", "price_out=10")).code == 0
    paid = await run("simulate", "Everyday", "--turns", "3")
    assert paid.out.splitlines()[2] == "Cost: $0.0105"
    both = await run("simulate", "Everyday", "--turns", "3", "--fault", "cut:a=1")
    assert both.out.splitlines()[2].startswith("Cost: $0.0")
    assert both.out.splitlines()[2].endswith("and 3 calls without a price")
    assert (await run("models", "set", "a/m", "price_in=0", "price_out=0")).code == 0
    free = await run("simulate", "Everyday", "--turns", "3")
    assert free.out.splitlines()[2] == "Cost: free"


async def test_a_fault_that_strikes_nobody_is_told(server: HttpServer) -> None:
    await chain(server, "a")
    ended = await run("simulate", "Everyday", "--fault", "down:openai", "--fault", "slow:a", "--turns", "3")
    assert ended.code == 0
    assert ended.err == "The fault down:openai strikes nobody in this chain.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Everyday", "--fault", "fire"], "there is no fault fire"),
        (["Everyday", "--fault", "cut=2"], "cut cannot be 2"),
        (["Everyday", "--fault", "cut=half"], "half is no number"),
        (["Everyday", "--fault", "down:a=0.5"], "down cannot be 0.5"),
        (["Nope"], "There is no chain named Nope."),
        (["Everyday", "--turns", "0"], "0 is not a number from 1 to"),
        (["Everyday", "--seed", "x"], "--seed"),
        ([], "CHAIN"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_what_cannot_be_meant_is_wrong_usage(server: HttpServer, arguments: list[str], told: str) -> None:
    await chain(server, "a")
    ended = await run("simulate", *arguments, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
