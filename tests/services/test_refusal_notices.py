"""What the window says of keys that are rejected, while others answer in their place."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt
from switchyard.services.notices import Level

JSON = {"content-type": "application/json"}
REJECTED = Script('{"error":{"message":"Invalid key","code":"invalid_api_key"}}', 401, JSON, chunked=False)
SPENT = Script('{"error":{"message":"Quota","code":"RequestsPerDay-Free"}}', 429, JSON, chunked=False)
EMPTY = Script('{"error":{"message":"No credit","code":"insufficient_quota"}}', 429, JSON, chunked=False)
GOOD = Script(
    sse({"choices": [{"delta": {"content": "Hello."}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
    headers={"content-type": "text/event-stream"},
)


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        running.play("/b/v1/chat/completions", GOOD)
        yield running


@pytest.fixture
async def services(server: HttpServer) -> AsyncIterator[Services]:
    async with open_services(environment=os.environ) as opened:
        for name in ("a", "b"):
            await opened.accounts.add("openai-compatible", name, base_url=server.url(f"/{name}/v1"))
            await opened.accounts.keep_key_for_session(name, "k")
        await opened.chains.save(plain_chain("Pair", tuple(step_to(DeploymentName(name, "m")) for name in ("a", "b"))))
        yield opened


async def ask(services: Services) -> None:
    async with services.chat.open(Prompt("hi", Target(chain="Pair"), save=False)) as turn:
        async for _ in turn.run:
            pass


@contextmanager
def told(services: Services) -> Iterator[dict[str, str]]:
    """Gather what the banner would say, by its id."""
    shown: dict[str, str] = {}

    def withdraw(id_: str) -> None:
        shown.pop(id_, None)

    forget = [
        services.notices.posted.connect(
            lambda notice: shown.update({notice.id: f"{notice.level} {notice.title.english()}"})
        ),
        services.notices.withdrawn.connect(withdraw),
    ]
    services.notices.listen()
    yield shown
    for each in forget:
        each()


async def test_a_rejected_key_is_told_once_until_it_is_another_one(services: Services, server: HttpServer) -> None:
    server.play("/a/v1/chat/completions", REJECTED)
    with told(services) as shown:
        await ask(services)
        assert list(shown.values()) == [f"{Level.ERROR} The key of a was rejected."]
        shown.clear()
        await ask(services)
        assert shown == {}, "it is no news"
        await services.accounts.keep_key_for_session("a", "another")
        server.play("/a/v1/chat/completions", GOOD)
        shown["refused key a"] = "still on the screen"
        await ask(services)
        assert shown == {}


async def test_an_account_without_credit_is_told(services: Services, server: HttpServer) -> None:
    server.play("/a/v1/chat/completions", EMPTY)
    with told(services) as shown:
        await ask(services)
    assert list(shown.values()) == [f"{Level.ERROR} a has no credit."]


async def test_a_quota_that_comes_back_is_told_as_one(services: Services, server: HttpServer) -> None:
    server.play("/a/v1/chat/completions", SPENT)
    with told(services) as shown:
        await ask(services)
    assert list(shown.values()) == [f"{Level.WARNING} a has used up its quota for today."]


async def test_a_key_that_was_rejected_before_is_told_by_the_next_process(
    services: Services, server: HttpServer
) -> None:
    server.play("/a/v1/chat/completions", REJECTED)
    await ask(services)
    async with open_services(environment=os.environ) as later:
        for name in ("a", "b"):
            await later.accounts.keep_key_for_session(name, "k")
        with told(later) as shown:
            await ask(later)
    assert list(shown.values()) == [f"{Level.ERROR} The key of a was rejected."]


async def test_what_heals_by_itself_is_not_told(services: Services, server: HttpServer) -> None:
    server.play("/a/v1/chat/completions", Script("{}", 429, JSON | {"retry-after": "60"}, chunked=False))
    with told(services) as shown:
        await ask(services)
    assert shown == {}
