"""`switchyard budget` as it is typed: what is set is listed, what cannot be meant is refused."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.e2e.command_line import GOOD, Ended, run, start
from tests.fakes.http_server import HttpServer

from switchyard.bootstrap import open_services


async def budgets() -> list[dict[str, object]]:
    ended = await run("budget", "--json")
    assert ended.code == 0, ended.err
    listed: list[dict[str, object]] = json.loads(ended.out)["budgets"]
    return listed


async def test_a_budget_is_set_changed_listed_and_removed() -> None:
    assert await budgets() == []
    assert (await run("accounts", "add", "openai", "--name", "work")).code == 0
    ended = await run(
        "budget", "set", "--scope", "account:work", "--period", "month", "--limit", "$20.5", "--action", "block"
    )
    assert (ended.code, ended.out) == (0, "account:work\n")
    await run("budget", "set", "--scope", "account:work", "--period", "month", "--limit", "30", "--warn", "50")
    (row,) = await budgets()
    assert row.pop("resets_ms")
    assert row == {
        "scope": "account", "target": "work", "period": "month", "limit": "30", "spent": "0", "reserved": "0",
        "warn": 50, "action": "warn", "state": "ok", "default": False,
    }  # fmt: skip
    listed = await run("budget")
    assert listed.out.startswith("account:work\tmonth\t$0.00 of $30.00\twarn at 50 %\tuntil 20")
    assert (await run("budget", "remove", "--scope", "account:work", "--period", "month")).code == 0
    assert await budgets() == []


async def test_the_default_warns_from_the_first_paid_key_until_something_is_set() -> None:
    await run("accounts", "add", "openai", "--name", "work")
    key = {"SWITCHYARD_KEY_WORK": "k"}
    ended = await run("budget", "list", "--json", env=key)
    (row,) = json.loads(ended.out)["budgets"]
    assert (row["default"], row["limit"], row["period"], row["action"]) == (True, "5", "day", "warn")
    assert (await run("budget", "remove", "--period", "day", env=key)).code == 0
    (row,) = json.loads((await run("budget", "--json", env=key)).out)["budgets"]
    assert (row["default"], row["limit"]) == (False, None)


@pytest.mark.parametrize(
    "words",
    [
        ["set", "--period", "day", "--limit", "much"],
        ["set", "--period", "day", "--limit", "-1"],
        ["set", "--period", "year", "--limit", "1"],
        ["set", "--period", "day", "--limit", "1", "--warn", "0"],
        ["set", "--period", "day", "--limit", "1", "--action", "beg"],
        ["set", "--period", "day", "--limit", "1", "--scope", "chain"],
        ["set", "--period", "day", "--limit", "1", "--scope", "everything:x"],
        ["set", "--period", "day", "--limit", "1", "--scope", "chain:nothing"],
        ["set", "--period", "day", "--limit", "1", "--scope", "provider:nothing"],
        ["set", "--period", "day"],
        ["remove", "--period", "day"],
    ],
)
async def test_what_cannot_be_meant_is_refused(words: list[str]) -> None:
    ended = await run("budget", *words)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err


# --- what a budget does to `ask` --------------------------------------------------------------------------------------

KEY = {"SWITCHYARD_KEY_WORK": "k"}
COMPLETIONS = "/v1/chat/completions"


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        async with open_services(environment=os.environ) as services:
            await services.accounts.add("openai", "work", base_url=running.url("/v1"), settings={"api": "chat"})
        running.play(COMPLETIONS, GOOD)
        yield running


async def limit(dollars: str, action: str = "block") -> None:
    assert (await run("budget", "set", "--period", "day", "--limit", dollars, "--action", action)).code == 0


async def ask(*words: str) -> Ended:
    return await run("ask", "hello", "--model", "work/gpt-4o-mini", "--json", *words, env=KEY)


def asked_for(server: HttpServer) -> list[int | None]:
    """Return how long the answers might be at most."""
    return [json.loads(call.body).get("max_completion_tokens") for call in server.received]


async def test_the_answer_is_capped_so_that_it_cannot_pass_the_limit(server: HttpServer) -> None:
    await limit("0.0005")
    ended = await ask()
    assert ended.code == 0, ended.err
    (most,) = asked_for(server)
    assert most is not None
    assert 256 <= most < 1000  # at $0.60 for a million tokens
    (row,) = await budgets()
    assert (row["spent"], row["reserved"]) == (ended.json["cost"], "0")


async def test_what_would_pass_the_limit_is_not_called(server: HttpServer) -> None:
    await limit("0.0001")
    ended = await ask()
    assert ended.code == 4
    assert ended.json["route"]["failure"]["kind"] == "BUDGET"
    assert [skip["reason"] for skip in ended.json["route"]["skipped"]] == ["budget"]
    assert "would pass the budget" in ended.err
    assert not server.received


async def test_a_budget_that_warns_calls_all_the_same(server: HttpServer) -> None:
    await limit("0", "warn")
    assert (await ask()).code == 0
    assert asked_for(server) == [None]


async def test_fault_39_two_concurrent_sends_cannot_both_pass_the_last_cent(server: HttpServer) -> None:
    await limit("0.0004")
    ended = await asyncio.gather(*(ask("--max-output", "600") for _ in range(3)))
    answered = [each for each in ended if each.code == 0]
    assert answered
    assert {each.code for each in ended} <= {0, 4}
    assert len(server.received) == len(answered)
    (row,) = await budgets()
    assert float(str(row["spent"])) <= 0.0004
    assert row["reserved"] == "0"


async def test_fault_38_a_kill_leaks_nothing(server: HttpServer) -> None:
    await limit("1")
    gate = asyncio.Event()
    server.play(COMPLETIONS, replace(GOOD, gate=gate))
    process = await start("ask", "hello", "--model", "work/gpt-4o-mini", env=KEY)
    await server.until_received(1)
    (row,) = await budgets()
    assert float(str(row["reserved"])) > 0
    process.kill()
    await process.communicate()
    gate.set()
    (row,) = await budgets()
    assert (row["reserved"], row["spent"]) == ("0", "0")


# --- what is known before a message is sent ---------------------------------------------------------------------------


async def test_searches_are_part_of_the_most_that_a_call_may_cost(server: HttpServer) -> None:
    async with open_services(environment=os.environ) as services:
        await services.accounts.add("anthropic", "claude", base_url=server.url("/c/v1"))
    server.play("/c/v1/messages", GOOD)
    await limit("0.04")
    asked = ["ask", "hello", "--model", "claude/claude-sonnet-4-5", "--max-output", "256", "--json", "--no-stream"]
    key = {"SWITCHYARD_KEY_CLAUDE": "k"}
    assert (await run(*asked, "--web-search", env=key)).code == 4, "five searches are a cent each"
    assert server.received == []
    await run(*asked, env=key)
    await limit("10")
    await run(*asked, "--web-search", env=key)
    tools = [json.loads(call.body).get("tools") for call in server.received]
    assert tools[0] is None
    assert tools[-1] == [{"type": "web_search_20250305", "name": "web_search", "max_uses": 5}]


async def test_a_dear_message_is_asked_about_at_the_first_use_of_its_model(server: HttpServer) -> None:
    ended = await run("ask", "hello", "--model", "work/o1-pro", "--json", env=KEY)
    assert ended.code == 5, "the price list knows what it costs, and the list of its provider was never read"
    assert ended.json["question"]["kind"] == "turn_cost"
    assert server.received == []


async def test_what_the_chain_tells_the_model_is_part_of_what_a_message_costs(server: HttpServer) -> None:
    assert (await run("models", "set", "work/gpt-4o-mini", "price_in=100", "price_out=1")).code == 0
    assert (await ask()).code == 0
    ended = await ask("--system", "word " * 4_000)
    assert (ended.code, ended.json["question"]["kind"]) == (5, "turn_cost")
