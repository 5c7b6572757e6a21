"""`switchyard ask` before an answer begins: nobody trusts the certificate, takes the call, or has loaded the model."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.e2e.command_line import GOOD, JSON, chain, play, run
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services

NOBODY = "No model answered."
BUSY = Script('{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}', 503, JSON, chunked=False)


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    """A provider that would answer, with its account and chain set up; it gives up waiting early."""
    async with HttpServer.running() as running:
        await chain(running, "a", "b", step="    first_token_s: 1\n")
        play(running, "a", GOOD)
        play(running, "b", GOOD)
        yield running


async def move(base_url: str) -> None:
    """Point the first account elsewhere."""
    async with open_services(environment=os.environ) as services:
        await services.accounts.change("a", base_url=base_url)


def twice(line: str) -> list[str]:
    """What is said where the only model fails, is tried again, and fails once more."""
    return [line, "Trying a/m again.", line, NOBODY]


@pytest.fixture
async def untrusted(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS whose certificate nobody has signed but itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "1",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await made.wait() == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.parametrize("second", [False, True], ids=["alone", "with another"])
async def test_a_certificate_that_nobody_trusts(server: HttpServer, untrusted: ssl.SSLContext, second: bool) -> None:
    heard = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    listener = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=untrusted)
    async with listener:
        await move(f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1")
        ended = await run("ask", "hi", *([] if second else ["--model", "a/m"]))
    told = "a/m could not be reached. The server's certificate comes from an issuer that this computer does not trust."
    assert heard == [], "it spoke to a server that nobody vouches for"
    if second:
        assert (ended.code, ended.out, ended.err.splitlines()) == (0, "w0 w1\n", [told])
    else:
        assert (ended.code, ended.out, ended.err.splitlines()) == (3, "", twice(told))


@contextlib.contextmanager
def crowded() -> Iterator[int]:
    """Yield a port at which everybody waits: the queue is full, so the system drops who comes next."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses")
@pytest.mark.parametrize("second", [False, True], ids=["alone", "with another"])
async def test_a_connection_that_nobody_takes(server: HttpServer, second: bool) -> None:
    if not second:
        async with open_services(environment=os.environ) as services:
            text = "switchyard-chain: 1\nname: Everyday\nsteps:\n  - use: a/m\n    first_token_s: 1\n"
            await services.chains.import_text(text)
    with crowded() as port:
        await move(f"http://127.0.0.1:{port}/v1")
        ended = await run("ask", "hi")
    told = "a/m could not be reached. No connection within 1 s."
    if second:
        assert (ended.code, ended.out, ended.err.splitlines()) == (0, "w0 w1\n", [told])
    else:
        assert (ended.code, ended.out, ended.err.splitlines()) == (3, "", twice(told))


async def test_a_local_server_that_still_loads_is_asked_again_within_one_attempt(server: HttpServer) -> None:
    async with open_services(environment=os.environ) as services:
        await services.accounts.change("a", settings={"place": "local"})
    play(server, "a", BUSY, GOOD)
    ended = await run("ask", "hi", "--model", "a/m", "--json")
    assert ended.code == 0, ended.err
    (attempt,) = ended.json["route"]["attempts"]
    assert (attempt["reason"], attempt["outcome"], attempt["failure"]) == ("first", "completed", None)
    assert server.paths() == ["/a/v1/chat/completions"] * 2
    assert ended.err == "Loading a/m.\n"
