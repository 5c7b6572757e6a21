"""What only Ollama's own API has, against its recorded traffic: calls, vectors, and what it shows of a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.content import Capability
from switchyard.providers.base import Embeds, Provider
from switchyard.providers.ollama_models import read_show
from switchyard.providers.ollama_store import OllamaStore


@pytest.fixture
def recorded(recordings: Path, server: Any, fakes: Any) -> Any:
    """Play the recordings of an API, each from the server's own path; return them."""

    def recorded(api: str) -> list[dict[str, Any]]:
        files = [*recordings.glob("ollama/*.json"), *recordings.glob("ollama-cloud/*.json")]
        found = [item for path in sorted(files) if (item := json.loads(path.read_text("utf-8")))["api"] == api]
        assert found
        for n, item in enumerate(found):
            answer = item["response"]
            server.play(
                f"/{n}{item['request']['path']}", fakes.Script(answer["body"], answer["status"], answer["headers"])
            )
        return found

    return recorded


async def test_calls_are_those_of_the_recordings(recorded: Any, server: Any, ask: Any) -> None:
    kept = 0
    for n, item in enumerate(recorded("ollama-chat")):
        told = await ask("ollama", server.url(f"/{n}"), stream=item["request"]["stream"], model=item["model"])
        expected = item["expect"].get("tool_calls", [])
        calls = [(call.id, call.name, json.loads(call.arguments)) for call in told.calls]
        assert calls == [(call["id"], call["name"], call["arguments"]) for call in expected]
        kept += told.opaque is not None
        assert (told.opaque is not None) is bool(expected)
    assert kept


async def test_vectors_are_those_of_the_recordings(recorded: Any, server: Any, providers: dict[str, Provider]) -> None:
    provider = providers["ollama"]
    assert isinstance(provider, Embeds)
    for n, item in enumerate(recorded("ollama-embed")):
        told = await provider.embed(Endpoint("a", "ollama", server.url(f"/{n}")), item["model"], ["Hello, world!"])
        expected = item["expect"]["embeddings"]
        assert [len(vector) for vector in told.vectors] == [expected["dimensions"]] * expected["count"]
        assert [list(vector[:3]) for vector in told.vectors] == expected["first_values"]
        assert (told.usage.input, told.usage.output) == (item["expect"]["usage"]["input"], 0)


def test_models_are_shown_as_in_the_recordings(recorded: Any) -> None:
    for item in recorded("ollama-show"):
        shown, expected = read_show(json.loads(item["response"]["body"])), item["expect"]["show"]
        assert shown.context == expected["context_length"]
        assert shown.capabilities == frozenset(expected["capabilities"])
        assert shown.family == expected["family"]


async def test_installed_models_are_those_of_the_recordings(recorded: Any, server: Any, clients: Any) -> None:
    for n, item in enumerate(recorded("ollama-tags")):
        models = await OllamaStore(clients).installed(Endpoint("a", "ollama", server.url(f"/{n}")))
        assert sorted(model.name for model in models) == sorted(item["expect"]["models"]["ids"])
        for model in models:
            assert model.cloud or (model.size_bytes and model.quantisation and model.parameters)


async def test_what_is_shown_is_listed(recorded: Any, server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    (item,) = recorded("ollama-show")
    server.play("/api/tags", fakes.Script('{"models":[{"model":"llava:latest"}]}'))
    server.play("/api/show", fakes.Script(item["response"]["body"]))
    (model,) = await providers["ollama"].list_models(Endpoint("a", "ollama", server.url()))
    assert model.capabilities[Capability.VISION]
    assert not model.capabilities[Capability.TOOLS]
