"""`switchyard budget` as it is typed: what is set is listed, what cannot be meant is refused."""

from __future__ import annotations

import json

import pytest
from tests.e2e.command_line import run


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
