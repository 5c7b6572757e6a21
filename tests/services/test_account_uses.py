"""What a person lets an account be used for: as a fallback, for attachments, and in the lists to choose from."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.errors import UserError
from switchyard.core.route import Outcome, RouteRecord, SkipReason
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.attachments import Upload
from switchyard.services.chat import Prompt

STREAM = {"content-type": "text/event-stream"}
ANSWER = Script(sse({"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}), headers=STREAM)
BROKEN = Script(json.dumps({"error": {"message": "down"}}), 503, {"content-type": "application/json"})
NOTE = Upload("note.txt", "text/plain", b"The lift is broken.")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as server:
        yield server


async def two_servers(services: Services, server: HttpServer, *, second: dict[str, str]) -> None:
    """Add two accounts, of which the first one's server fails, and a chain of both."""
    server.play("/one/v1/chat/completions", BROKEN)
    server.play("/two/v1/chat/completions", ANSWER)
    for name, settings in (("one", {}), ("two", second)):
        address = server.url(f"/{name}/v1")
        await services.accounts.add("openai-compatible", name, base_url=address, settings=settings)
    await services.chains.save(
        plain_chain("Both", tuple(step_to(DeploymentName(name, "m")) for name in ("one", "two")))
    )


async def ask(services: Services, target: Target, *uploads: Upload) -> RouteRecord:
    """Send a message; return the route that it took."""
    async with services.chat.open(Prompt("hi", target, uploads=uploads)) as turn:
        async for _ in turn.run:
            pass
    assert turn.conversation is not None
    _, messages = await services.conversations.open(turn.conversation)
    route = messages[-1].route
    assert route is not None
    return route


def answered(route: RouteRecord) -> list[str]:
    """Return the accounts that answered."""
    return [attempt.account for attempt in route.attempts if attempt.outcome is Outcome.COMPLETED]


async def test_an_account_that_is_no_fallback_answers_first_or_not_at_all(data_dir: Path, server: HttpServer) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await two_servers(services, server, second={"fallback": "no"})
        route = await ask(services, Target(chain="Both"))
        assert answered(route) == []
        assert [(skip.deployment, skip.reason) for skip in route.skipped] == [("two/m", SkipReason.NOT_FALLBACK)]
        alone = await ask(services, Target(model=DeploymentName("two", "m")))
        assert answered(alone) == ["two"]
        await services.accounts.change("two", settings={"fallback": "yes"})
        again = await ask(services, Target(chain="Both"))
        assert answered(again) == ["two"]


async def test_an_account_that_may_get_no_attachments_is_passed_over(data_dir: Path, server: HttpServer) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await two_servers(services, server, second={"attachments": "no"})
        plain = await ask(services, Target(chain="Both"))
        assert answered(plain) == ["two"]
        route = await ask(services, Target(chain="Both"), NOTE)
        assert answered(route) == []
        assert [skip.reason for skip in route.skipped] == [SkipReason.NO_ATTACHMENTS]


async def test_such_a_setting_is_yes_or_no(data_dir: Path, server: HttpServer) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await two_servers(services, server, second={})
        for key in ("fallback", "attachments"):
            with pytest.raises(UserError):
                await services.accounts.change("two", settings={key: "perhaps"})


async def test_models_can_be_left_out_of_what_is_offered(data_dir: Path, server: HttpServer) -> None:
    listed = {"data": [{"id": "big"}, {"id": "small"}]}
    server.play("/v1/models", Script(json.dumps(listed), headers={"content-type": "application/json"}))
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        account = await services.accounts.add("openai-compatible", "house", base_url=server.url("/v1"))
        await services.accounts.test(account)
        told: list[str] = []
        services.accounts.changed.connect(told.append)
        await services.catalog.offer("house", ["small"], offered=False)
        assert told == ["house"]
        await services.accounts.test(account)  # a new list does not bring it back
        view = await services.accounts.view(account)
        assert {model.name: model.offered for model in view.models} == {"big": True, "small": False}
        entries = [one for one in await services.catalog.entries() if one.deployment.account == "house"]
        assert {one.deployment.model: one.offered for one in entries} == {"big": True, "small": False}
        await services.catalog.offer("house", ["small", "big"], offered=True)
        view = await services.accounts.view(account)
        assert all(model.offered for model in view.models)
