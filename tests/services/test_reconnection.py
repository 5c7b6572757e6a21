"""Waiting for the network: two far hosts behind a proxy that is not there, until it is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services
from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.connectivity import out_of_reach
from switchyard.core.events import RouteEnded
from switchyard.core.failures import FailureKind
from switchyard.core.route import RouteRecord
from switchyard.providers.client import Clients
from switchyard.providers.knock import is_reached
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt
from switchyard.services.reconnection import Reconnection

NAMES = [DeploymentName("a", "m"), DeploymentName("b", "m")]


@dataclass
class Net:
    """A network that can be pulled; `knocks` are the hosts at which somebody knocked."""

    up: bool = False
    knocks: list[str] = field(default_factory=list)
    knocked: asyncio.Event = field(default_factory=asyncio.Event)

    async def reaches(self, endpoint: Endpoint) -> bool:
        self.knocks.append(endpoint.account)
        self.knocked.set()
        return self.up


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    async with open_services(environment=os.environ) as opened:
        for name in ("a", "b"):
            await opened.accounts.add("openai-compatible", name, base_url=f"http://{name}.invalid/v1")
            await opened.accounts.keep_key_for_session(name, "k-secret")
        await opened.chains.save(plain_chain("Far", tuple(step_to(name) for name in NAMES)))
        yield opened


def reconnection(services: Services, net: Net, *, offline: bool = False, gives_up_s: float = 60.0) -> Reconnection:
    return Reconnection(
        net.reaches, services.accounts, services.health, offline=offline, every_s=0.01, gives_up_s=gives_up_s
    )


async def asked(services: Services) -> RouteRecord:
    async with services.chat.open(Prompt("hi", Target(chain="Far"))) as turn:
        async for batch in turn.run:
            for event in batch:
                if isinstance(event, RouteEnded):
                    return event.record
    raise AssertionError("a route without an end")


async def test_a_message_without_a_network_can_be_sent_again_once_that_is_back(services: Services) -> None:
    net = Net()
    waiting = reconnection(services, net)
    told: list[bool] = []
    waiting.changed.connect(told.append)
    record = await asked(services)
    assert [one.failure.kind for one in record.attempts if one.failure] == [FailureKind.CONNECT, FailureKind.OFFLINE]
    assert out_of_reach(record) == ("a/m", "b/m")
    assert (await asked(services)).attempts == ()

    async def restore() -> None:
        await net.knocked.wait()
        net.up = True

    async with asyncio.TaskGroup() as group:
        group.create_task(restore())
        assert await waiting.back(NAMES, asyncio.Event())
    assert told == [True, False]
    assert net.knocks[:2] == ["a", "b"]
    assert {one.deployment for one in (await asked(services)).attempts} == {"a/m", "b/m"}, "both are called again"


async def test_the_verdict_lasts_as_long_as_nobody_answers(services: Services) -> None:
    net = Net()
    given_up = asyncio.Event()
    await asked(services)

    async def give_up() -> None:
        await net.knocked.wait()
        given_up.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(give_up())
        assert not await reconnection(services, net).back(NAMES, given_up)
    assert (await asked(services)).attempts == ()


async def test_nobody_waits_for_ever(services: Services) -> None:
    assert not await reconnection(services, Net(), gives_up_s=0.05).back(NAMES, asyncio.Event())


async def test_who_wants_no_network_does_not_wait_for_it(services: Services) -> None:
    net = Net(up=True)
    assert not await reconnection(services, net, offline=True).back(NAMES, asyncio.Event())
    assert not await reconnection(services, net).back([], asyncio.Event())
    assert net.knocks == []


async def test_what_is_near_says_nothing_of_the_network(services: Services) -> None:
    await services.accounts.add("ollama", "near", base_url="http://127.0.0.1:1")
    net = Net(up=True)
    assert not await reconnection(services, net, gives_up_s=0.05).back([DeploymentName("near", "m")], asyncio.Event())
    assert net.knocks == []


async def test_a_knock_asks_for_nothing_and_shows_no_key() -> None:
    clients = Clients("test")
    async with HttpServer.running() as server:
        server.play("/v1", Script("", 404))
        endpoint = Endpoint("a", "openai-compatible", server.url("/v1"), key="k-secret")
        assert await is_reached(clients, endpoint)
        (received,) = server.received
        assert (received.method, received.body) == ("HEAD", b"")
        assert "k-secret" not in str(received.headers)
    assert not await is_reached(clients, endpoint)
    await clients.close()
