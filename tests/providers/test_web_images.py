"""An image of a reply is fetched from the host that the person was told, without anything of theirs, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from switchyard.core.errors import UserError
from switchyard.core.events import CallFailed
from switchyard.providers.client import Clients
from switchyard.providers.web_images import LARGEST_BYTES, WebImage, fetch_image
from switchyard.services.web_images import WebImages

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


@asynccontextmanager
async def serving(answer: Callable[[str], bytes]) -> AsyncIterator[tuple[str, list[str]]]:
    """Answer requests on the loopback; hand out the address, and what was asked, head by head."""
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        writer.write(answer(head.split()[1]))
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


def http(status: str, body: bytes = b"", **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    found = Clients("switchyard/test")
    yield found
    await found.close()


async def test_an_image_is_fetched_with_nothing_but_its_address(clients: Clients) -> None:
    async with serving(lambda path: http("200 OK", PNG, content_type="image/png")) as (base, asked):
        image = await fetch_image(clients, f"{base.replace('//', '//me:secret@')}/a/b.png?size=2#part")
    assert image == WebImage(PNG)
    assert asked[0].startswith("GET /a/b.png?size=2 ")
    assert "secret" not in asked[0]
    assert "cookie" not in asked[0].lower()
    assert "authorization" not in asked[0].lower()


async def test_a_redirect_is_followed_within_the_host_and_told_where_it_leaves_it(clients: Clients) -> None:
    def answer(path: str) -> bytes:
        if path == "/near":
            return http("302 Found", location="/here.png")
        if path == "/far":
            return http("302 Found", location="http://elsewhere.example/x.png")
        return (
            http("302 Found", location="/round") if path == "/round" else http("200 OK", PNG, content_type="image/png")
        )

    async with serving(answer) as (base, _):
        assert await fetch_image(clients, f"{base}/near") == WebImage(PNG)
        assert await fetch_image(clients, f"{base}/far") == WebImage(moved_to="elsewhere.example")
        with pytest.raises(CallFailed):
            await fetch_image(clients, f"{base}/round")


async def test_what_is_no_image_or_too_large_is_not_taken(clients: Clients) -> None:
    def answer(path: str) -> bytes:
        kind = "text/html" if path == "/page" else "image/png"
        return http("200 OK", b"x" * (LARGEST_BYTES + 1 if path == "/huge" else 9), content_type=kind)

    async with serving(answer) as (base, _):
        for path in ("/page", "/huge"):
            with pytest.raises(CallFailed):
                await fetch_image(clients, base + path)


async def test_the_person_hears_why_there_is_no_image(clients: Clients) -> None:
    async with serving(lambda path: http("404 Not Found")) as (base, _):
        with pytest.raises(UserError, match="The server answered with 404"):
            await WebImages(partial(fetch_image, clients), offline=False).load(base + "/gone.png")
    with pytest.raises(UserError, match="cannot be fetched"):
        await WebImages(partial(fetch_image, clients), offline=False).load(base + "/gone.png")


async def test_offline_nothing_is_asked_for() -> None:
    async def fetch(address: str) -> WebImage:
        raise AssertionError(address)

    with pytest.raises(UserError, match="offline"):
        await WebImages(fetch, offline=True).load("http://127.0.0.1/x.png")
