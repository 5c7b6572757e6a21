"""Small promises of the outside contract: where options stand, what a line of JSON is, what doctor sees."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator

import pytest
from tests.e2e.command_line import STREAM, chain, chunk, finish, play, run
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard import __version__
from switchyard.bootstrap import open_services


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


@pytest.mark.parametrize(
    "args",
    [
        ("--version", "ask", "hi"),
        ("ask", "--version"),
        ("history", "list", "--version"),
        ("--log-level", "DEBUG", "doctor", "--version"),
    ],
)
async def test_global_options_stand_before_and_after_the_command(args: tuple[str, ...]) -> None:
    ended = await run(*args)
    assert (ended.code, ended.out, ended.err) == (0, f"switchyard {__version__}\n", "")


async def test_every_object_is_one_line_for_whoever_splits_lines(server: HttpServer) -> None:
    await chain(server, "a")
    words = "next\x85line\u2028separator\u2029paragraph\x0bfeed\x1e."
    play(server, "a", Script(sse(chunk(content=words), finish("stop")), headers=STREAM))
    ended = await run("ask", "--jsonl", stdin="one\ntwo\n")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [(row["line"], row["exit"], row["text"]) for row in rows] == [(1, 0, words), (2, 0, words)]


async def test_doctor_tells_of_a_default_chain_whose_accounts_are_gone(server: HttpServer) -> None:
    async def told() -> tuple[str, str]:
        ended = await run("doctor", "--json")
        assert ended.code == 0
        (check,) = [check for check in json.loads(ended.out)["checks"] if check["id"] == "default_chain"]
        return check["status"], check["message"]

    await chain(server, "a", "b")
    assert await told() == ("ok", "Everyday answers by default.")
    async with open_services(environment=os.environ) as services:
        await services.accounts.remove("b")
    assert await told() == ("warn", "Everyday answers by default, and names accounts that are gone: b.")
