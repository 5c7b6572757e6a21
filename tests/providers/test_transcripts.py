"""Calls and sources in every dialect, from transcripts of the repository: a clone alone tests each of them.

Words, reasoning and counts of the plain ones are held in test_contract.
"""

from __future__ import annotations

import json

import pytest
from tests.conformance.in_process import HOST, Played
from tests.conformance.mutations import SPEAKERS, TRANSCRIPTS, TYPES
from tests.providers.conftest import make_call

from switchyard.core.catalog import Endpoint
from switchyard.core.events import Finish
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Call
from switchyard.providers.registry import build_providers

WITH_TOOLS = {path.stem: (path.suffix, path.read_bytes()) for path in sorted(TRANSCRIPTS.glob("*-tools.*"))}


def test_every_dialect_has_one() -> None:
    assert {name.removesuffix("-tools") for name in WITH_TOOLS} == set(SPEAKERS)


@pytest.mark.parametrize("piece_bytes", [None, 1, 7])
@pytest.mark.parametrize("name", WITH_TOOLS)
async def test_calls_and_sources(name: str, piece_bytes: int | None) -> None:
    dialect, (suffix, body) = name.removesuffix("-tools"), WITH_TOOLS[name]
    clients = Played()
    clients.headers = {"content-type": TYPES[suffix]}
    step = piece_bytes or len(body)
    clients.pieces = [body[at : at + step] for at in range(0, len(body), step)]
    settings = {"api": "responses" if dialect == "openai-responses" else "chat"}
    endpoint = Endpoint("here", SPEAKERS[dialect], HOST, settings=settings)
    provider = build_providers(clients)[SPEAKERS[dialect]]
    told = await make_call(provider, Call(endpoint, "m", (ChatMessage(Role.USER, "Hi"),), max_output=100))
    assert told.failure is None
    assert (told.text, told.finish, told.model) == ("Let me look.", Finish.TOOL_CALLS, "model-1-2026")
    calls = [(call.name, json.loads(call.arguments or "{}")) for call in told.calls]
    assert calls == [("get_weather", {"city": "Tromsø"}), ("get_time", {})]
    if dialect != "ollama":  # which gives calls no ids, and names no sources
        assert [call.id for call in told.calls] == ["call_a1", "call_b2"]
        assert [(source.url, source.title) for source in told.citations] == [("https://example.com/oslo", "Oslo")]
    assert told.usage is not None
    assert (told.usage.input, told.usage.output) == (20, 15)
    assert told.warnings == []
