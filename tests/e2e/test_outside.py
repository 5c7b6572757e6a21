"""The command line when the world is against it: a sentence, the right code, no traceback, and nothing sent unkept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.e2e.command_line import GOOD, STREAM, Ended, chain, chunk, play, refused, run
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services

BUSY_TIMEOUT_S = 5.0
IN_A_SMALL_FILE = """
import os, sys
from functools import partial
from switchyard import bootstrap
from switchyard.cli.main import main
opening = partial(bootstrap.open_services, max_pages=int(sys.argv[1]))
sys.exit(main(sys.argv[2:], opening, partial(bootstrap.report_bug, environment=os.environ)))
"""


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    """A provider that would answer, with its account and chain set up."""
    async with HttpServer.running() as running:
        await chain(running, "a")
        play(running, "a", GOOD)
        yield running


# --- the data directory -----------------------------------------------------------------------------------------------


async def test_a_newer_database_is_said_and_nothing_is_sent(server: HttpServer, data_dir: Path) -> None:
    with contextlib.closing(sqlite3.connect(data_dir / "switchyard.db")) as connection:
        connection.execute("PRAGMA user_version = 9999")
        connection.commit()
    ended = await run("ask", "hi")
    assert (ended.code, ended.out) == (6, "")
    assert ended.err == (
        "This data directory belongs to a newer version of Switchyard.\n"
        "Update Switchyard, or use another data directory.\n"
    )
    assert not server.received


async def test_a_locked_database_is_waited_for_then_said_and_nothing_is_sent(
    server: HttpServer, data_dir: Path
) -> None:
    with contextlib.closing(sqlite3.connect(data_dir / "switchyard.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began_s = time.monotonic()
        ended = await run("ask", "hi")
        took_s = time.monotonic() - began_s
        other.execute("ROLLBACK")
    assert (ended.code, ended.out) == (6, "")
    assert ended.err == (
        "The database is locked by another program.\nClose the other program, then try again. Nothing was sent.\n"
    )
    assert took_s >= BUSY_TIMEOUT_S, "it did not wait for the other program"
    assert not server.received
    assert (await run("ask", "hi")).code == 0


def assert_full(ended: Ended, server: HttpServer) -> None:
    """It was said that the disk is full, and nothing was sent."""
    assert (ended.code, ended.out) == (6, "")
    assert ended.err == (
        "The disk is full, so your words could not be saved.\nFree some space, then try again. Nothing was sent.\n"
    )
    assert not server.received


async def test_a_file_that_cannot_grow_is_said_and_nothing_is_sent(server: HttpServer, data_dir: Path) -> None:
    pages = (data_dir / "switchyard.db").stat().st_size // 4096
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", IN_A_SMALL_FILE, str(pages + 20), "ask", "-",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(b"many words\n" * 100_000)
    assert_full(Ended(process.returncode or 0, out.decode(), err.decode()), server)
    assert (await run("ask", "few words")).code == 0


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of its own for the data directory."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be made by root on Linux")
    monkeypatch.setenv("SWITCHYARD_DATA_DIR", str(place / "data"))
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.skip_ok_in_ci("needs the right to mount; a file that cannot grow is tested everywhere")
async def test_a_full_disk_is_said_and_nothing_is_sent(small_disk: Path, server: HttpServer) -> None:
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    ended = await run("ask", "hi")
    filler.unlink()
    assert_full(ended, server)
    assert (await run("ask", "hi")).code == 0


# --- the provider -----------------------------------------------------------------------------------------------------

PAGE = Script("<html><body>Sign in to the network</body></html>", 200, {"content-type": "text/html"})
NOBODY = "No model answered."


def twice(line: str) -> list[str]:
    """What is said where the only model fails, is tried again, and fails once more."""
    return [line, "Trying a/m again.", line]


ANSWERS: dict[str, tuple[Script, str, list[str]]] = {
    # what comes back, what of it is a reply, and what is said
    "a wrong key": (
        refused(401, "invalid_api_key"),
        "",
        ["a/m rejected its key. stub 401 (401, invalid_api_key)", NOBODY],
    ),
    "a limit": (
        refused(429, "rate_limit_exceeded", retry_after="3600"),
        "",
        ["a/m was rate limited. stub 429 (429, rate_limit_exceeded)", NOBODY],
    ),
    "no credit": (
        refused(429, "insufficient_quota"),
        "",
        ["a/m has no credit. stub 429 (429, insufficient_quota)", NOBODY],
    ),
    "an error": (refused(500), "", [*twice("a/m had a server error. stub 500 (500, x)"), NOBODY]),
    "a page": (
        PAGE,
        "",
        ["a/m sent something that is no reply. The address answered with a web page that is no reply. (200)", NOBODY],
    ),
    "a cut": (
        Script(sse(chunk(content="half a"), done=False), headers=STREAM, ending="close"),
        "half a\n",
        ["a/m broke off. The connection broke off in the middle of the answer.", "The reply was cut off."],
    ),
    "a malformed event": (
        Script("data: {oh dear\n\n", headers=STREAM),
        "",
        [
            "a/m sent something that is no reply. The answer held nothing that is a reply. (200)",
            "A piece of the reply could not be read and was left out.",
            NOBODY,
        ],
    ),
    "nothing": (
        Script("data: [DONE]\n\n", headers=STREAM),
        "",
        [*twice("a/m sent nothing. The answer was empty."), NOBODY],
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_what_a_provider_does_wrong_is_said_plainly(server: HttpServer, kind: str) -> None:
    script, text, said = ANSWERS[kind]
    play(server, "a", script)
    ended = await run("ask", "hi")
    assert (ended.code, ended.out) == (3, text)
    assert ended.err.splitlines() == said


async def test_a_host_that_is_dead_is_said_plainly(server: HttpServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with open_services(environment=os.environ) as services:
            await services.accounts.change("a", base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        ended = await run("ask", "hi")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.splitlines() == [*twice("a/m could not be reached. The connection was refused."), NOBODY]
