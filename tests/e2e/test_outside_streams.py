"""The standard streams as a shell may hand them over: closed, full, or a terminal at which somebody sits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.e2e.command_line import GOOD, STREAM, chain, chunk, finish, play, refused
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells and terminals of Unix")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def shell(words: str) -> tuple[int, str, str]:
    """Run a command with redirections; return its code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", f'exec "$0" -m switchyard {words}', sys.executable,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=os.environ,
    )  # fmt: skip
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("ask hi --json >&-", 0, ""),
        ("ask hi --model bad/m 2>&-", 3, ""),
        ("ask hi <&-", 0, "w0 w1\n"),
        ("ask - <&-", 2, ""),
        ("ask --jsonl <&-", 0, ""),
        ("ask hi <&- >&- 2>&-", 0, ""),
        ("ask hi --model bad/m 2>/dev/full", 3, ""),
    ],
)
async def test_closed_streams(server: HttpServer, data_dir: Path, words: str, code: int, said: str) -> None:
    await chain(server, "a")
    async with open_services(environment=os.environ) as services:
        await services.accounts.add("openai-compatible", "bad", base_url=server.url("/bad/v1"))
    play(server, "a", GOOD)
    play(server, "bad", refused(500))
    assert (await shell(words))[:2] == (code, said)
    assert not list((data_dir / "logs").rglob("bug-*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("words", ["ask hi", "ask hi --json", "doctor"])
async def test_output_that_cannot_be_written(server: HttpServer, words: str) -> None:
    await chain(server, "a")
    play(server, "a", GOOD)
    code, _, err = await shell(f"{words} >/dev/full")
    assert (code, err) == (2, "Standard output cannot be written: No space left on device.\n")


async def at_a_terminal(*args: str, typed: bytes = b"") -> tuple[int, str]:
    """Run a command at a terminal of its own; return its code and what stood on the screen."""
    here, there = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "switchyard", *args, stdin=there, stdout=there, stderr=there, env=os.environ
    )
    os.close(there)
    screen = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # the other end was closed
            while piece := os.read(here, 65536):
                screen.extend(piece)
                if typed and screen.endswith(b"Key: "):
                    os.write(here, typed)

    async with asyncio.timeout(30):
        await asyncio.to_thread(read)
        code = await process.wait()
    os.close(here)
    return code, screen.decode().replace("\r\n", "\n")


async def test_a_note_begins_on_a_line_of_its_own(server: HttpServer) -> None:
    await chain(server, "a")
    play(server, "a", Script(sse(chunk(content="half an answer"), done=False), headers=STREAM, ending="close"))
    code, screen = await at_a_terminal("ask", "hi")
    assert code == 3
    lines = screen.splitlines()
    assert lines[0] == "half an answer"
    assert lines[1].startswith("a/m broke off.")
    assert lines[-1] == "The reply was cut off."
    assert "" not in lines


async def test_words_do_not_steer_the_terminal(server: HttpServer) -> None:
    await chain(server, "a")
    words = "\x1b[2J\x1b]0;title\x07red\r\n\tend\x9b31m"
    play(server, "a", Script(sse(chunk(content=words), finish("stop")), headers=STREAM))
    assert await at_a_terminal("ask", "hi") == (0, "[2J]0;titlered\n\tend31m\n")
    play(server, "a", Script(sse(chunk(content=words), finish("stop")), headers=STREAM))
    code, out, _ = await shell("ask hi --json")
    assert (code, json.loads(out)["text"]) == (0, words)


async def test_a_key_that_is_typed_stays_off_the_screen() -> None:
    code, screen = await at_a_terminal("accounts", "add", "openai", "--name", "o", "--key-stdin", typed=b"sk-typed-7\n")
    assert code in (0, 2)  # 2 where there is no keyring
    assert screen.startswith("Key: \no\n")
    assert "sk-typed" not in screen
