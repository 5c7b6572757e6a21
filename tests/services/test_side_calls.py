"""Calls that are no chat: how texts are parted, what a stop does, and what a provider that counts nothing costs."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services
from switchyard.core.budget import Action, Period, Scope
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import UnknownName, UserError
from switchyard.core.events import Finish
from switchyard.core.failures import FailureKind
from switchyard.core.route import Outcome, Purpose, SkipReason
from switchyard.core.usage import NANOS, Usage
from switchyard.services.app import Services
from switchyard.services.embedding import CHARS_PER_CALL, TEXTS_PER_CALL, batches_of

NAME = DeploymentName("a", "text-embedding-3-small")
LIMITED = Script('{"error":{"message":"slow down"}}', 429, {"retry-after": "20", "content-type": "application/json"})
LIMITED_BRIEFLY = replace(LIMITED, headers={**LIMITED.headers, "retry-after": "0.1"})


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


@pytest.fixture
async def services(server: HttpServer) -> AsyncIterator[Services]:
    async with open_services(environment=os.environ) as opened:
        await opened.accounts.add("openai", "a", base_url=server.url("/v1"))
        await opened.accounts.keep_key_for_session("a", "k")
        yield opened


def vectors(count: int, **members: object) -> Script:
    return Script(json.dumps({"data": [{"embedding": [1.0]} for _ in range(count)], **members}))


@pytest.mark.parametrize(
    ("lengths", "parts"),
    [
        ([], []),
        ([1], [1]),
        ([1] * (TEXTS_PER_CALL + 1), [TEXTS_PER_CALL, 1]),
        ([CHARS_PER_CALL // 2] * 3, [2, 1]),
        ([1, CHARS_PER_CALL * 2, 1], [1, 1, 1]),
    ],
)
def test_texts_are_parted_by_number_and_length(lengths: list[int], parts: list[int]) -> None:
    texts = [str(number).ljust(length, "x")[:length] for number, length in enumerate(lengths)]
    batches = list(batches_of(texts))
    assert [len(batch) for batch in batches] == parts
    assert [text for batch in batches for text in batch] == texts


async def test_a_call_is_priced_and_has_its_purpose(services: Services, server: HttpServer) -> None:
    server.play("/v1/embeddings", vectors(2, usage={"prompt_tokens": 1_000_000}))
    embedded = await (await services.embedding.open(NAME)).run(["x", "y"])
    (attempt,) = embedded.record.attempts
    assert attempt.purpose is Purpose.EMBED
    assert attempt.outcome is Outcome.COMPLETED
    assert attempt.price is not None
    assert embedded.record.cost_nanos == attempt.price.input_nanos > 0


async def test_what_nobody_counts_is_estimated(services: Services, server: HttpServer) -> None:
    server.play("/v1/embeddings", vectors(1))
    embedded = await (await services.embedding.open(NAME)).run(["x" * 36])
    assert embedded.record.usage == Usage(input=10, output=0, estimated=True)


async def test_fault_39_a_budget_holds_for_calls_that_are_no_chat(services: Services, server: HttpServer) -> None:
    server.play("/v1/embeddings", vectors(1, usage={"prompt_tokens": 1_000_000}))
    paid = await (await services.embedding.open(NAME)).run(["x"])
    assert paid.record.cost_nanos
    limit_nanos = paid.record.cost_nanos + 1
    await services.ledger.set(Scope.EVERYTHING, "", Period.DAY, limit_nanos, action=Action.BLOCK)
    refused = await (await services.embedding.open(NAME)).run(["many words " * 1000])
    assert refused.record.failure is not None
    assert refused.record.failure.kind is FailureKind.BUDGET
    assert [skip.reason for skip in refused.record.skipped] == [SkipReason.BUDGET]
    assert len(server.received) == 1
    (view,) = await services.ledger.spent_view()
    assert (view.spent_nanos, view.reserved_nanos) == (paid.record.cost_nanos, 0)


async def test_what_is_reserved_for_a_call_is_given_back(services: Services, server: HttpServer) -> None:
    await services.ledger.set(Scope.EVERYTHING, "", Period.DAY, NANOS, action=Action.BLOCK)
    server.play("/v1/embeddings", vectors(TEXTS_PER_CALL, usage={"prompt_tokens": 1}))
    server.play("/v1/embeddings", LIMITED_BRIEFLY)
    embedded = await (await services.embedding.open(NAME)).run(["x"] * (TEXTS_PER_CALL + 1))
    assert len(embedded.record.attempts) >= 2
    (view,) = await services.ledger.spent_view()
    assert view.spent_nanos == embedded.record.attempts[0].cost_nanos
    assert view.reserved_nanos == 0


async def test_the_person_is_told_at_a_share_of_a_budget(services: Services, server: HttpServer) -> None:
    await services.ledger.set(Scope.EVERYTHING, "", Period.DAY, NANOS // 1000, warn_share=1)
    server.play("/v1/embeddings", vectors(1, usage={"prompt_tokens": 1_000}))
    embedded = await (await services.embedding.open(NAME)).run(["x"])
    assert [each.source for each in embedded.record.warnings] == ["You have spent {spent} of {limit} today."]


async def test_a_stop_before_the_call_calls_nobody(services: Services, server: HttpServer) -> None:
    run = await services.embedding.open(NAME)
    run.stop()
    embedded = await run.run(["x"])
    assert (embedded.vectors, embedded.record.finish) == ([], Finish.CANCELLED)
    assert not server.received


async def test_a_stop_ends_a_wait(services: Services, server: HttpServer) -> None:
    server.play("/v1/embeddings", LIMITED)
    run = await services.embedding.open(NAME)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        task = group.create_task(run.run(["x"]))
        await server.until_received(1)
        run.stop()
    assert task.result().record.finish is Finish.CANCELLED
    assert len(server.received) == 1


async def test_what_cannot_be_opened(services: Services) -> None:
    with pytest.raises(UnknownName):
        await services.embedding.open(DeploymentName("nobody", "m"))
    with pytest.raises(UserError, match="Simulator cannot write down recordings"):
        await services.transcription.open(DeploymentName("sim", "sim-fast"))
