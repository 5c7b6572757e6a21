"""Probes: what failed again and again is looked after where that is free, and a paid model never is."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName
from switchyard.core.facts import DatedPrice, Facts
from switchyard.core.health import HealthState, HealthView
from switchyard.core.usage import NANOS, Price
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt
from switchyard.services.probes import EVERY_S

JSON = {"content-type": "application/json"}
BROKEN = Script('{"error":{"message":"no"}}', 500, JSON, chunked=False)
GOOD = Script(
    '{"choices":[{"message":{"content":"Hi"},"finish_reason":"length"}],'
    '"usage":{"prompt_tokens":1,"completion_tokens":1}}',
    headers=JSON,
    chunked=False,
)
PATH = "/v1/chat/completions"
NEAR, FAR = DeploymentName("near", "m"), DeploymentName("far", "m")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


@pytest.fixture
async def services(server: HttpServer) -> AsyncIterator[Services]:
    """Two accounts at one server: `near` is said to be on this computer, `far` is not."""
    async with open_services(environment=os.environ) as opened:
        for name, settings in (("near", {"place": "local"}), ("far", {})):
            await opened.accounts.add("openai-compatible", name, base_url=server.url(f"/{name}/v1"), settings=settings)
            await opened.accounts.keep_key_for_session(name, "k")
        yield opened


async def fail(services: Services, server: HttpServer, name: DeploymentName) -> None:
    """Let a deployment fail until its breaker opens."""
    server.play(f"/{name.account}{PATH}", BROKEN)
    while await state(services, name) is HealthState.HEALTHY:
        async with services.chat.open(Prompt("hi", Target(model=name), save=False)) as turn:
            async for _ in turn.run:
                pass
    server.received.clear()


async def view(services: Services, name: DeploymentName) -> HealthView | None:
    troubles = (await services.health.troubles([name]))[name]
    return troubles[0] if troubles else None


async def state(services: Services, name: DeploymentName) -> HealthState:
    seen = await view(services, name)
    return seen.state if seen is not None else HealthState.HEALTHY


async def make_round(services: Services, name: DeploymentName) -> None:
    """Probe once the pause of a breaker is over; the person ends it here."""
    await services.health.try_now(name.account, name.model)
    await services.probes.run()


async def test_nothing_is_called_where_nothing_fails(services: Services, server: HttpServer) -> None:
    await services.health.troubles([NEAR, FAR])
    await services.probes.run()
    assert server.received == []


async def test_a_local_model_that_works_again_is_found_out_with_one_token(
    services: Services, server: HttpServer
) -> None:
    await fail(services, server, NEAR)
    await services.probes.run()
    assert server.received == [], "its pause is not over"
    server.play(f"/near{PATH}", GOOD)
    await make_round(services, NEAR)
    assert await state(services, NEAR) is HealthState.HEALTHY
    (asked,) = server.received
    assert asked.json()["max_tokens"] == 1
    assert [message["content"] for message in asked.json()["messages"]] == ["Hi"]
    await services.probes.run()
    assert len(server.received) == 1


async def test_a_probe_that_fails_is_one_call_and_opens_the_breaker_for_longer(
    services: Services, server: HttpServer
) -> None:
    await fail(services, server, NEAR)
    await make_round(services, NEAR)
    assert len(server.received) == 1
    assert await pause_s(services, NEAR) >= 24, "the second pause lasts 30 s, give or take a fifth"


async def test_a_probe_does_not_forgive_what_messages_have_earned(services: Services, server: HttpServer) -> None:
    await fail(services, server, NEAR)
    server.play(f"/near{PATH}", GOOD)
    await make_round(services, NEAR)
    await fail(services, server, NEAR)
    assert await pause_s(services, NEAR) >= 24


async def pause_s(services: Services, name: DeploymentName) -> float:
    seen = await view(services, name)
    assert seen is not None
    assert seen.until_ms is not None
    assert seen.since_ms is not None
    return (seen.until_ms - seen.since_ms) / 1000


@pytest.mark.parametrize("dollars", [None, 1, 0])
async def test_what_may_cost_money_is_never_probed(services: Services, server: HttpServer, dollars: int | None) -> None:
    if dollars is not None:
        await services.catalog.override(FAR, Facts(prices=(DatedPrice(Price(dollars * NANOS, dollars * NANOS)),)))
    await fail(services, server, FAR)
    await make_round(services, FAR)
    assert len(server.received) == (1 if dollars == 0 else 0)


async def test_what_is_parked_is_not_probed(services: Services, server: HttpServer) -> None:
    await fail(services, server, NEAR)
    server.play(f"/near{PATH}", Script('{"error":{"code":"model_not_found","message":"no"}}', 404, JSON, chunked=False))
    await make_round(services, NEAR)
    assert await state(services, NEAR) is HealthState.PARKED
    server.received.clear()
    await services.probes.run()
    assert server.received == []


async def test_a_probe_is_kept_as_an_attempt(services: Services, server: HttpServer) -> None:
    await fail(services, server, NEAR)
    server.play(f"/near{PATH}", GOOD)
    await make_round(services, NEAR)
    with closing(sqlite3.connect(services.data_dir / "switchyard.db")) as database:
        rows = database.execute(
            "SELECT reason, purpose, state, input, output FROM attempt WHERE purpose <> 'chat'"
        ).fetchall()
    assert rows == [("probe", "probe", "completed", 1, 1)]


async def test_a_round_is_made_each_minute_that_the_window_is_seen(services: Services, server: HttpServer) -> None:
    await fail(services, server, NEAR)
    await services.health.try_now("near", "m")
    slept: list[float] = []
    seen = [False, True]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if not seen:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await services.probes.watch(lambda: seen.pop(0), sleep)
    assert slept == [EVERY_S] * 3
    assert len(server.received) == 1
