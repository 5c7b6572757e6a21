"""The catalog on real storage and a real server: what is known and from where, the person's word, prices at the end."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services
from switchyard.core.catalog import Quality
from switchyard.core.catalog_queries import Entry
from switchyard.core.chain import DeploymentName
from switchyard.core.content import Capability, Parameters
from switchyard.core.errors import UnknownName, UserError
from switchyard.core.facts import NOTHING, DatedPrice, Facts, Source
from switchyard.core.route import AttemptRecord
from switchyard.core.usage import NANOS, CostSource, Price
from switchyard.services.aims import Target
from switchyard.services.app import Services
from switchyard.services.chat import Prompt

ENVIRONMENT = {"SWITCHYARD_KEY_MINE": "sk-0123456789", "SWITCHYARD_KEY_CLAUDE": "sk-ant-0123456789"}
GPT = DeploymentName("mine", "gpt-4o")
OWN = DeploymentName("mine", "ft:our-own")


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as server:
        yield server


def reply(model: str | None, **usage: object) -> Script:
    """Return a reply in the OpenAI dialect from a model that names itself."""
    named = {} if model is None else {"model": model}
    said = {"choices": [{"index": 0, "delta": {"content": "w0"}, "finish_reason": "stop"}]}
    return Script(
        sse(named | said, named | {"choices": [], "usage": usage}), headers={"content-type": "text/event-stream"}
    )


async def add(services: Services, server: HttpServer, models: object = ("gpt-4o",)) -> None:
    """Add an OpenAI account at the server, and have it list its models."""
    entries = [model if isinstance(model, dict) else {"id": model} for model in models]  # type: ignore[attr-defined]
    listed = json.dumps({"object": "list", "data": entries})
    server.play("/v1/models", Script(listed, headers={"content-type": "application/json"}))
    account = await services.accounts.add("openai", "mine", base_url=server.url("/v1"))
    assert (await services.accounts.test(account)).failure is None


async def entry(services: Services, name: DeploymentName) -> Entry | None:
    found = [one for one in await services.catalog.entries() if one.deployment.name == str(name)]
    return found[0] if found else None


async def ask(services: Services, name: DeploymentName = GPT, parameters: Parameters | None = None) -> AttemptRecord:
    """Send a message to one deployment; return what became of it, as the database keeps it."""
    prompt = Prompt("hi", Target(model=name), parameters=parameters or Parameters())
    async with services.chat.open(prompt) as turn:
        async for _ in turn.run:
            pass
        assert turn.conversation is not None
        conversation = turn.conversation
    _, messages = await services.conversations.open(conversation)
    assert messages[-1].route is not None
    return messages[-1].route.attempts[-1]


async def test_each_field_names_who_knows_it(data_dir: Path, server: HttpServer) -> None:
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await add(services, server, ({"id": "gpt-4o", "context_length": 99_000}, "unheard-of"))
        known = await entry(services, GPT)
        assert known is not None
        deployment = known.deployment
        assert deployment.price is not None
        assert (deployment.price.input_nanos, deployment.price.output_nanos) == (2_500_000_000, 10 * NANOS)
        assert (deployment.context, deployment.max_output) == (99_000, 16_384)
        assert deployment.capabilities[Capability.VISION]
        assert not deployment.capabilities[Capability.REASONING]
        assert known.sources["context"] is Source.PROVIDER
        assert known.sources["prices"] is Source.PRICE_LIST
        assert known.sources["max_output"] is known.sources["vision"] is Source.OURS
        assert known.quality is None

        unheard = await entry(services, DeploymentName("mine", "unheard-of"))
        assert unheard is not None
        assert unheard.sources == {}
        assert (unheard.deployment.price, unheard.deployment.context) == (None, None)


async def test_a_score_is_passed_on_to_the_same_model_elsewhere(data_dir: Path, server: HttpServer) -> None:
    scored = {"id": "openai/gpt-4o", "benchmarks": {"artificial_analysis": {"intelligence_index": 17.3}}}
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await add(services, server, ("gpt-4o-2024-08-06", "gpt-4o-mini"))
        server.play("/or/models", Script(json.dumps({"data": [scored]}), headers={"content-type": "application/json"}))
        router = await services.accounts.add("openai-compatible", "claude", base_url=server.url("/or"))
        assert (await services.accounts.test(router)).failure is None
        found = {one.deployment.name: one.quality for one in await services.catalog.entries()}
        score = Quality(17.3, "Artificial Analysis Intelligence Index")
        assert found["claude/openai/gpt-4o"] == found["mine/gpt-4o-2024-08-06"] == score
        assert found["mine/gpt-4o-mini"] is None


async def test_the_persons_word_stands_above_all_until_it_is_taken_back(data_dir: Path, server: HttpServer) -> None:
    said = Facts(context=5, prices=(DatedPrice(Price(1, 2)),), capabilities={Capability.VISION: False})
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await add(services, server)
        told: list[str] = []
        services.catalog.changed.connect(told.append)
        await services.catalog.override(GPT, said)
        assert told == ["mine/gpt-4o"]
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        assert await services.catalog.said(GPT) == said
        known = await entry(services, GPT)
        assert known is not None
        assert (known.deployment.context, known.deployment.price, known.added) == (5, Price(1, 2), False)
        assert known.sources["context"] is known.sources["prices"] is known.sources["vision"] is Source.PERSON
        (resolved,) = await services.accounts.resolve([GPT])
        assert resolved is not None
        assert resolved.deployment.capabilities[Capability.VISION] is False
        assert resolved.deployment.price == Price(1, 2)
        await services.catalog.override(GPT, NOTHING)
        (resolved,) = await services.accounts.resolve([GPT])
        assert resolved is not None
        assert resolved.deployment.capabilities[Capability.VISION] is True


async def test_a_model_that_no_list_has_can_be_added_and_taken_out(data_dir: Path, server: HttpServer) -> None:
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await add(services, server)
        await services.catalog.override(OWN, Facts(context=7))
        known = await entry(services, OWN)
        assert known is not None
        assert (known.added, known.deployment.context, known.chat) == (True, 7, True)
        (view,) = await services.accounts.list()
        assert [model.name for model in view.models] == ["gpt-4o", OWN.model]
        assert (await services.accounts.test(view.account)).failure is None
        assert await entry(services, OWN) is not None
        await services.catalog.remove(OWN)
        assert await entry(services, OWN) is None


async def test_what_cannot_be_changed_is_told(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        with pytest.raises(UserError, match="Simulator"):
            await services.catalog.override(DeploymentName("sim", "sim-fast"), Facts(context=1))
        with pytest.raises(UnknownName):
            await services.catalog.override(DeploymentName("nobody", "m"), Facts(context=1))


async def test_an_attempt_is_priced_when_it_ends(data_dir: Path, server: HttpServer) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 400}}
    server.play("/v1/chat/completions", reply("gpt-4o-2024-08-06", **usage))
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await services.accounts.add("openai", "mine", base_url=server.url("/v1"))
        (resolved,) = await services.accounts.resolve([GPT])
        assert resolved is not None
        assert resolved.deployment.price is None  # the price list is not loaded to begin a message
        attempt = await ask(services)
        assert attempt.cost_source is CostSource.COMPUTED
        assert attempt.cost_nanos == 600 * 2500 + 400 * 1250 + 100 * 10_000
        assert attempt.price is not None
        assert attempt.price.cached_input_nanos == 1_250_000_000


async def test_the_model_that_answered_is_priced(data_dir: Path, server: HttpServer) -> None:
    server.play("/v1/chat/completions", reply("gpt-4o-2024-05-13", prompt_tokens=1000, completion_tokens=100))
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await services.accounts.add("openai", "mine", base_url=server.url("/v1"))
        attempt = await ask(services)
        assert attempt.cost_nanos == 1000 * 5000 + 100 * 15_000  # this one was dearer than those after it
        await services.catalog.override(GPT, Facts(prices=(DatedPrice(Price(NANOS, NANOS)),)))
        assert (await ask(services)).cost_nanos == 1100 * 1000


def anthropic(model: str, **counts: object) -> Script:
    """Return a reply in Anthropic's dialect: counts of the input at its beginning, all of them at its end."""
    begun = {name: value for name, value in counts.items() if name != "iterations"} | {"output_tokens": 1}
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": {"id": "m", "model": model, "content": [], "usage": begun}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "w0"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": counts},
        {"type": "message_stop"},
    ]
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return Script(body, headers={"content-type": "text/event-stream"})


ADVISED = [
    {"type": "message", "input_tokens": 1000, "output_tokens": 100},
    {"type": "advisor_message", "model": "claude-haiku-4-5", "input_tokens": 2000, "output_tokens": 50},
]


@pytest.mark.parametrize(
    ("model", "counts", "cost"),
    [
        (
            "claude-sonnet-4-5-20250929",
            {"input_tokens": 3, "cache_creation_input_tokens": 12_304, "output_tokens": 550},
            54_399_000,
        ),
        (
            "claude-opus-4-5-20251101",
            {"input_tokens": 6, "cache_creation_input_tokens": 159_217, "output_tokens": 2745},
            1_063_761_250,
        ),
        (
            "claude-opus-4-5-20251101",
            {"input_tokens": 1000, "output_tokens": 100, "iterations": ADVISED},
            1000 * 5000 + 100 * 25_000 + 2000 * 1000 + 50 * 5000,
        ),
    ],
    ids=["a cache write", "a large one", "two models"],
)
async def test_what_anthropic_counts_apart_is_charged_once(
    data_dir: Path, server: HttpServer, model: str, counts: dict[str, object], cost: int
) -> None:
    server.play("/v1/messages", anthropic(model, **counts))
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await services.accounts.add("anthropic", "claude", base_url=server.url("/v1"))
        attempt = await ask(services, DeploymentName("claude", model))
        assert attempt.failure is None
        assert (attempt.cost_nanos, attempt.cost_source) == (cost, CostSource.COMPUTED)


async def test_a_price_that_nobody_knows_leaves_the_cost_unknown(data_dir: Path, server: HttpServer) -> None:
    server.play("/v1/chat/completions", reply(None, prompt_tokens=1000, completion_tokens=100))
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await services.accounts.add("openai", "mine", base_url=server.url("/v1"))
        attempt = await ask(services, DeploymentName("mine", "unheard-of"))
        assert (attempt.cost_nanos, attempt.cost_source, attempt.price) == (None, CostSource.UNPRICED, None)


async def test_what_a_model_refuses_is_not_sent_to_it_again(data_dir: Path, server: HttpServer) -> None:
    refusal = {"error": {"message": "Unsupported parameter: seed", "param": "seed", "code": "unsupported_parameter"}}
    answers = [Script(json.dumps(refusal), 400, {"content-type": "application/json"}), reply(None, prompt_tokens=1)]
    server.play("/v1/chat/completions", *answers)
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await services.accounts.add("openai", "mine", base_url=server.url("/v1"))
        await ask(services, parameters=Parameters(seed=7))
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        (resolved,) = await services.accounts.resolve([GPT])
        assert resolved is not None
        assert resolved.deployment.refuses == {"seed"}
        await ask(services, parameters=Parameters(seed=7))
        assert ["seed" in request.json() for request in server.received] == [True, False, False]
        await services.catalog.forget_refusals(GPT)
        (resolved,) = await services.accounts.resolve([GPT])
        assert resolved is not None
        assert resolved.deployment.refuses == frozenset()


async def test_the_price_list_is_loaded_once_for_a_deployment(data_dir: Path, server: HttpServer) -> None:
    """A later process prices the same deployment without it, and a server nearby never needs it."""
    server.play("/v1/chat/completions", reply("gpt-4o-2024-08-06", prompt_tokens=1000, completion_tokens=100))
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await services.accounts.add("openai", "mine", base_url=server.url("/v1"))
        await services.accounts.add("openai-compatible", "near", base_url=server.url("/v1"))
    assert await _asked_apart(data_dir, "near/gpt-4o") == (None, False)
    assert await _asked_apart(data_dir, "mine/gpt-4o") == ("0.0035", True)
    assert await _asked_apart(data_dir, "mine/gpt-4o") == ("0.0035", False)
    with closing(sqlite3.connect(data_dir / "switchyard.db")) as connection:
        connection.execute("UPDATE deployment SET stamp = 'of an older list'")
        connection.commit()
    assert await _asked_apart(data_dir, "mine/gpt-4o") == ("0.0035", True)


async def test_a_list_is_looked_up_once(data_dir: Path, server: HttpServer) -> None:
    async with open_services(data_dir=str(data_dir), environment=ENVIRONMENT) as services:
        await add(services, server, ("gpt-4o", "unheard-of"))
    first, loaded = await _run_apart(data_dir, "models", "--json")
    assert loaded
    assert await _run_apart(data_dir, "models", "--json") == (first, False)


async def _asked_apart(data_dir: Path, model: str) -> tuple[str | None, bool]:
    """Ask in a process of its own; return what it cost, and whether the price list was loaded for that."""
    answer, loaded = await _run_apart(data_dir, "ask", "hi", "--model", model, "--json")
    return answer["cost"], loaded


async def _run_apart(data_dir: Path, *args: str) -> tuple[Any, bool]:
    code = (
        f"import sys, runpy; sys.argv = ['switchyard', '--data-dir', {str(data_dir)!r}, *{args!r}]\n"
        "try: runpy.run_module('switchyard', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print('genai_prices' in sys.modules, file=sys.stderr)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=_env()
    )
    out, err = await process.communicate()
    return json.loads(out), err.decode().splitlines()[-1] == "True"


def _env() -> dict[str, str]:
    return {**os.environ, **ENVIRONMENT}
