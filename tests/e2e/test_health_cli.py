"""`switchyard health` and `switchyard override` from outside: what is kept holds for every process until undone."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from tests.e2e.command_line import run

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.failures import Failure, FailureKind

KEY = {"SWITCHYARD_KEY_WORK": "sk-0123456789"}
pytestmark = pytest.mark.usefixtures("data_dir")


async def fail(model: str, *failures: Failure) -> None:
    """Let calls to a model of the account `work`, which is added where it is not there, fail so."""
    async with open_services(environment=os.environ | KEY) as services:
        if "work" not in await services.accounts.names():
            await services.accounts.add("openai", "work")
        [resolved] = await services.accounts.resolve([DeploymentName("work", model)])
        assert resolved is not None
        [scopes] = await services.health.ready([resolved])
        for failure in failures:
            await services.health.end(services.health.begin(scopes, 1), failure, None)


async def health() -> dict[tuple[str, str], dict[str, Any]]:
    """Return what `health --json` prints, by scope and name."""
    ended = await run("health", "--json", env=KEY)
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    assert answer["schema"] == 1
    return {(row["scope"], row["name"]): row for row in answer["health"]}


async def test_a_dead_key_is_shown_with_what_helps_until_it_is_tried_again() -> None:
    await fail("gpt-5", Failure(FailureKind.AUTH, "Bad key.", status=401, code="invalid_api_key"))
    row = (await health())["key", "work"]
    assert (row["state"], row["kind"], row["message"]) == ("parked", "AUTH", "401 invalid_api_key")
    assert row["until_ms"] is None
    told = (await run("health", env=KEY)).out
    assert told.splitlines() == [
        "work\tparked until something is changed\twork rejected its key.\tGive the account another key."
    ]
    ended = await run("health", "try", "work", env=KEY)
    assert (ended.code, ended.out, ended.err) == (0, "work\n", "")
    assert (await health())["key", "work"]["state"] == "healthy"
    again = await run("health", "try", "work", env=KEY)
    assert (again.code, again.out) == (0, "work\n")
    assert again.err == "Nothing stood in the way to work.\n"


async def test_another_key_makes_it_well() -> None:
    await fail("gpt-5", Failure(FailureKind.AUTH, status=401))
    after = {"SWITCHYARD_KEY_WORK": "sk-another"}
    ended = await run("health", env=after)
    assert ended.out == "work\thealthy\n"
    assert (await health())["key", "work"]["state"] == "healthy", "the park is struck out"


async def test_a_model_that_is_gone_stands_by_itself() -> None:
    await fail("gpt-2", Failure(FailureKind.MODEL_GONE, status=404))
    await fail("gpt-3", Failure(FailureKind.PERMISSION, status=403))
    rows = await health()
    assert rows["key", "work"]["state"] == "healthy"
    assert rows["model", "openai https://api.openai.com/v1 gpt-2"]["kind"] == "MODEL_GONE"
    assert rows["deployment", "work/gpt-3"]["until_ms"] > rows["deployment", "work/gpt-3"]["since_ms"]
    told = (await run("health", env=KEY)).out
    assert "gpt-2 (https://api.openai.com/v1)\tparked until something is changed" in told
    assert (await run("health", "try", "work/gpt-2", env=KEY)).err == ""
    assert [key for key, row in (await health()).items() if row["state"] == "parked"] == [("deployment", "work/gpt-3")]


async def test_health_of_an_account_that_is_not_there() -> None:
    assert (await run("health")).out == ""
    ended = await run("health", "try", "nobody")
    assert (ended.code, ended.out) == (2, "")
    assert "no account named nobody" in ended.err


async def test_an_override_is_told_until_it_is_undone() -> None:
    await fail("gpt-5")
    assert (await run("override")).err == "Nothing is overridden.\n"
    assert (await run("override", "force", "work/gpt-5")).out == "work/gpt-5\tforced\n"
    assert "openai\tprovider frozen out" in (await run("override", "freeze", "openai")).out
    ended = await run("override", "local", "--json")
    assert [(rule["kind"], rule["target"]) for rule in json.loads(ended.out)["override"]] == [
        ("force", "work/gpt-5"),
        ("freeze_provider", "openai"),
        ("local", None),
    ]
    assert (await run("override", "show")).out.splitlines()[-1] == "everything on this computer"
    assert (await run("override", "clear", "local", "openai")).out == "work/gpt-5\tforced\n"
    for wrong in (["clear", "openai"], ["freeze", "nobody"], ["force", "nobody/m"], ["force", "work"]):
        ended = await run("override", *wrong)
        assert (ended.code, ended.out) == (2, ""), wrong
    assert (await run("override", "clear")).out == ""
