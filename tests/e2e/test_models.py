"""`switchyard models` from outside: what is listed, narrowed and ordered, and what a person says of a model."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.command_line import JSON, run
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services

KEY = {"SWITCHYARD_KEY_MINE": "sk-0123456789"}
FIELDS = ["deployment", "provider", "model", "context", "max_output", "price_in", "price_out", "capabilities"]
pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[HttpServer]:
    """An OpenAI of two models, with an account that knows them."""
    async with HttpServer.running() as running:
        listed = {"data": [{"id": "gpt-4o"}, {"id": "gpt-3.5-turbo"}, {"id": "our-own"}]}
        running.play("/v1/models", Script(json.dumps(listed), headers=JSON))
        async with open_services(environment=os.environ) as services:
            await services.accounts.add("openai", "mine", base_url=running.url("/v1"))
        yield running


async def models(*options: str) -> list[dict[str, Any]]:
    ended = await run("models", "--json", *options, env=KEY)
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    assert answer["schema"] == 1
    rows: list[dict[str, Any]] = answer["models"]
    assert all(list(row) == [*FIELDS, "local", "simulated"] for row in rows)
    return rows


def one(rows: list[dict[str, Any]], model: str) -> dict[str, Any]:
    (row,) = [row for row in rows if row["deployment"] == f"mine/{model}"]
    return row


async def test_a_row_has_every_field_and_null_where_nobody_knows(server: HttpServer) -> None:
    rows = await models("--refresh")
    assert one(rows, "gpt-4o") == {
        "deployment": "mine/gpt-4o",
        "provider": "openai",
        "model": "gpt-4o",
        "context": 128_000,
        "max_output": 16_384,
        "price_in": "2.5",
        "price_out": "10",
        "capabilities": ["vision", "files", "tools", "json", "schema"],
        "local": False,
        "simulated": False,
    }
    own = one(rows, "our-own")
    assert [own[field] for field in FIELDS[3:]] == [None, None, None, None, []]
    assert [row["deployment"] for row in rows if not row["simulated"]] == [
        "mine/gpt-4o",
        "mine/gpt-3.5-turbo",
        "mine/our-own",
    ]


async def test_a_list_can_be_narrowed_and_ordered(server: HttpServer) -> None:
    await models("--refresh")
    found = await models("--find", "mine", "--by", "cheapest")
    assert [row["model"] for row in found] == ["gpt-3.5-turbo", "gpt-4o", "our-own"]
    assert [row["model"] for row in await models("--needs", "vision", "--needs", "tools", "--find", "GPT")] == [
        "gpt-4o"
    ]
    assert [row["model"] for row in await models("--window", "100000", "--place", "cloud")] == ["gpt-4o"]
    assert all(row["simulated"] for row in await models("--place", "computer"))
    assert (await run("models", "--needs", "telepathy")).code == 2


async def test_what_a_person_says_stands_above_all(server: HttpServer) -> None:
    await models("--refresh")
    said = ("context=9000", "price_in=3", "price_out=0.15", "vision=no", "tools=yes")
    assert (await run("models", "set", "mine/our-own", *said, env=KEY)).code == 0
    row = one(await models(), "our-own")
    assert (row["context"], row["price_in"], row["price_out"]) == (9000, "3", "0.15")
    assert row["capabilities"] == ["tools"]
    assert (await run("models", "set", "mine/our-own", "context=unknown", "price_out=2", env=KEY)).code == 0
    row = one(await models(), "our-own")
    assert (row["context"], row["price_in"], row["price_out"]) == (None, "3", "2")
    assert (await run("models", "set", "mine/gpt-4o", "price_in=1", env=KEY)).code == 0
    assert [one(await models(), "gpt-4o")[field] for field in ("price_in", "price_out")] == ["1", "10"]
    assert (await run("models", "reset", "mine/gpt-4o", env=KEY)).code == 0
    assert one(await models(), "gpt-4o")["price_in"] == "2.5"


async def test_a_model_of_ones_own_is_added_by_what_is_said_of_it(server: HttpServer) -> None:
    assert (await run("models", "set", "mine/ft:x", "max_output=100", env=KEY)).code == 0
    assert one(await models(), "ft:x")["max_output"] == 100
    assert (await run("models", "reset", "mine/ft:x", env=KEY)).code == 0
    assert not [row for row in await models() if row["model"] == "ft:x"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("mine/m", "context=many"), "context cannot be many"),
        (("mine/m", "price_in=-1", "price_out=1"), "price_in cannot be -1"),
        (("mine/m", "context=" + "9" * 5000), "context cannot be 999"),
        (("mine/m", "price_in=1e30", "price_out=1"), "prices dollars per million tokens below 1,000,000"),
        (("mine/m", "price_in=nan", "price_out=1"), "price_in cannot be nan"),
        (("mine/m", "price_in=1"), "No price of this model is known"),
        (("mine/m", "vision=maybe"), "vision cannot be maybe"),
        (("mine/m", "colour=red"), "no fact named colour"),
        (("mine/m", "context"), "context is not understood"),
        (("m", "context=1"), "m is no model"),
        (("nobody/m", "context=1"), "no account named nobody"),
        (("sim/sim-fast", "context=1"), "cannot be changed"),
    ],
)
async def test_what_is_not_understood_is_told(server: HttpServer, words: tuple[str, ...], told: str) -> None:
    ended = await run("models", "set", *words, env=KEY)
    assert ended.code == 2
    assert told in ended.err


async def test_a_program_reads_cells_between_tabs(server: HttpServer) -> None:
    await models("--refresh")
    lines = (await run("models", "--find", "mine", env=KEY)).out.splitlines()
    assert ["mine/gpt-3.5-turbo", "16,385", "0.5", "1.5", "?", "?"] in [line.split("\t") for line in lines]
