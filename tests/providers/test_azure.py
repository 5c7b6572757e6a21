"""Azure's addresses, its two kinds of paths, and its habits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed, Finish
from switchyard.core.failures import FailureKind
from switchyard.providers.addresses import is_own_host, normalise_base_url
from switchyard.providers.base import Provider
from switchyard.providers.declared.azure import locate

ROOT = "https://mine.openai.azure.com"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("base", "version", "path"),
    [
        (ROOT, None, "/openai/v1/chat/completions"),
        (ROOT, "v1", "/openai/v1/chat/completions"),
        (f"{ROOT}/openai", None, "/v1/chat/completions"),
        (f"{ROOT}/openai/v1", None, "/chat/completions"),
        (ROOT, "2024-10-21", "/openai/deployments/my%20gpt%2F4/chat/completions?api-version=2024-10-21"),
        (f"{ROOT}/openai", "2024-10-21", "/deployments/my%20gpt%2F4/chat/completions?api-version=2024-10-21"),
        (f"{ROOT}/openai/deployments/other", "2024-10-21", "/chat/completions?api-version=2024-10-21"),
        (f"{ROOT}/openai/deployments/other?api-version=2024-02-01", "2024-10-21", "/chat/completions"),
        (f"{ROOT}/openai/deployments/other?api-version=2024-02-01", None, "/chat/completions"),
        ("https://mine.services.ai.azure.com/models", "2024-05-01", "/chat/completions?api-version=2024-05-01"),
    ],
)
def test_where_a_deployment_is_asked(base: str, version: str | None, path: str) -> None:
    settings = {"api_version": version} if version else {}
    assert locate(Endpoint("a", "azure", base, settings=settings), "my gpt/4", "/chat/completions") == path


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (f"{ROOT}/", ROOT),
        (f"{ROOT}/openai/v1/", f"{ROOT}/openai/v1"),
        (f"{ROOT}/openai/v1/chat/completions", f"{ROOT}/openai/v1"),
        (
            f"{ROOT}/openai/deployments/mine/chat/completions?api-version=2024-02-01",
            f"{ROOT}/openai/deployments/mine?api-version=2024-02-01",
        ),
    ],
)
def test_addresses_are_kept_as_roots(text: str, url: str) -> None:
    assert normalise_base_url("azure", text) == url


@pytest.mark.parametrize(
    ("url", "own"),
    [
        (ROOT, True),
        ("https://mine.services.ai.azure.com", True),
        ("https://mine.cognitiveservices.azure.com/openai/v1", True),
        ("https://openai.azure.com.evil.example", False),
        ("https://evilopenai.azure.com", False),
        ("http://mine.openai.azure.com", False),
    ],
)
def test_the_usual_key_goes_to_resources_alone(url: str, own: bool) -> None:
    assert is_own_host("azure", url) is own


async def test_a_deployment_by_its_date(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/openai/deployments/mine/chat/completions", fakes.transcript("openai-chat.sse"))
    told = await ask("azure", server.url(), model="mine", settings={"api_version": "2024-10-21"})
    assert told.failure is None
    assert server.paths() == ["/openai/deployments/mine/chat/completions?api-version=2024-10-21"]
    assert server.received[-1].headers["api-key"]
    assert "authorization" not in server.received[-1].headers


async def test_a_token_of_entra_is_a_bearer_s(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/openai/v1/chat/completions", fakes.transcript("openai-chat.sse"))
    await ask("azure", server.url(), key="eyJhbGciOi.eyJhdWQi.c2lnbmF0dXJl")
    headers = server.received[-1].headers
    assert headers["authorization"] == "Bearer eyJhbGciOi.eyJhdWQi.c2lnbmF0dXJl"
    assert "api-key" not in headers


async def test_what_the_filter_says_is_no_text(server: Any, fakes: Any, ask: Any) -> None:
    events = (
        {"choices": [], "model": "", "prompt_filter_results": [{"prompt_index": 0}]},
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}], "model": "gpt-x-2026"},
        {"choices": [{"index": 0, "delta": {"content": "Hi"}, "content_filter_results": {}}], "model": "gpt-x-2026"},
        {"choices": [{"index": 0, "content_filter_offsets": {"start_offset": 1}, "content_filter_results": {}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None},
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}},
    )
    server.play("/openai/v1/chat/completions", fakes.Script(fakes.sse(*events)))
    told = await ask("azure", server.url())
    assert (told.failure, told.text, told.model, told.finish) == (None, "Hi", "gpt-x-2026", Finish.STOP)
    assert (told.usage.input, told.usage.output) == (3, 1)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (401, {"code": "401", "message": "Access denied"}, FailureKind.AUTH),
        (404, {"code": "DeploymentNotFound", "message": "No such deployment"}, FailureKind.MODEL_GONE),
        (429, {"code": "RateLimitReached", "message": "Slow down"}, FailureKind.RATE_LIMIT),
        (
            400,
            {
                "code": "content_filter",
                "message": "Filtered",
                "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}},
            },
            FailureKind.REFUSED_INPUT,
        ),
    ],
)
async def test_errors(server: Any, fakes: Any, ask: Any, status: int, error: dict[str, Any], kind: FailureKind) -> None:
    server.play("/openai/v1/chat/completions", fakes.Script(json.dumps({"error": error}), status, JSON))
    assert (await ask("azure", server.url())).failure.kind is kind


async def test_lists(server: Any, fakes: Any, providers: dict[str, Provider]) -> None:
    newer = Endpoint("a", "azure", server.url(), key="k")
    dated = Endpoint("a", "azure", server.url(), key="k", settings={"api_version": "2024-10-21"})
    rows = fakes.Script('{"data":[{"id":"gpt-4o"}]}')
    server.play("/openai/v1/models", rows)
    assert [model.name for model in await providers["azure"].list_models(newer)] == ["gpt-4o"]
    assert await providers["azure"].list_models(dated) == []  # no list there is no failure
    server.play("/openai/models", rows)
    assert await providers["azure"].list_models(dated) == []
    assert server.paths()[-1] == "/openai/models?api-version=2024-10-21"
    pasted = Endpoint("a", "azure", server.url("/openai/deployments/mine?api-version=2024-02-01"), key="k")
    assert await providers["azure"].list_models(pasted) == []
    server.play("/openai/models", fakes.Script('{"error":{"code":"401","message":"Access denied"}}', 401, JSON))
    with pytest.raises(CallFailed) as caught:
        await providers["azure"].list_models(dated)
    assert caught.value.failure.kind is FailureKind.AUTH
