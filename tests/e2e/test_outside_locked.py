"""Ctrl+C and SIGTERM while another program locks the database: in order, and told as an interruption."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import jsonschema
import pytest
from tests.e2e.command_line import GOOD, SCHEMA, chain, play, start
from tests.fakes.http_server import HttpServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


def wait_for_its_want_of_the_lock(data_dir: Path) -> None:
    """Wait until the command has opened the database, and then for its first row to be held up."""
    until = time.monotonic() + 30
    while not (data_dir / "locks" / "opening.lock").exists() and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.6)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interruption_while_the_database_is_locked(
    server: HttpServer, data_dir: Path, number: signal.Signals
) -> None:
    await chain(server, "a")
    play(server, "a", GOOD)
    with contextlib.closing(sqlite3.connect(data_dir / "switchyard.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await asyncio.to_thread((data_dir / "locks" / "opening.lock").unlink)
        process = await start("ask", "hi", "--json")
        await asyncio.to_thread(wait_for_its_want_of_the_lock, data_dir)
        process.send_signal(number)
        async with asyncio.timeout(30):
            out, err = await process.communicate()
    assert (process.returncode, err) == (130, b"")
    answer = json.loads(out)
    jsonschema.validate(answer, SCHEMA)
    assert (answer["finish"], answer["route"]["attempts"]) == ("cancelled", [])
    assert server.received == []
