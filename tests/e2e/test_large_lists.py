"""`models`, `accounts test`, `embed` and `transcribe` against servers whose lists are empty, long or none at all."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.e2e.command_line import JSON, run
from tests.e2e.test_dialects import ENV, VOICES, account
from tests.fakes.http_server import HttpServer, Script

LISTS = {
    "openrouter": ("/v1/models", lambda names: {"data": [{"id": name, "context_length": "8192"} for name in names]}),
    "azure": ("/openai/v1/models", lambda names: {"data": [{"id": name} for name in names]}),
    "anthropic": ("/v1/models", lambda names: {"data": [{"id": name} for name in names], "has_more": False}),
    "gemini": (
        "/v1beta/models",
        lambda names: {
            "models": [{"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]} for name in names]
        },
    ),
    "ollama": ("/api/tags", lambda names: {"models": [{"name": name, "model": name} for name in names]}),
}

NUMBERS: list[Any] = [2**70, -1, 1e300, "9" * 400, True, [], {}, None, "many"]


@pytest.fixture
async def server(data_dir: Any) -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def models() -> list[dict[str, Any]]:
    ended = await run("models", "--refresh", "--json", env=ENV)
    assert ended.code == 0, ended.err
    return [row for row in json.loads(ended.out)["models"] if not row["simulated"]]


@pytest.mark.parametrize("name", LISTS)
async def test_none_and_three_thousand(name: str, server: HttpServer) -> None:
    path, listed = LISTS[name]
    await account(server, VOICES[name])
    server.play(path, Script(json.dumps(listed([])), headers=JSON))
    assert await models() == []
    names = [f"model-{number}" for number in range(3000)]
    server.play(path, Script(json.dumps(listed(names)), headers=JSON))
    rows = await models()
    assert [row["model"] for row in rows] == names
    assert {row["context"] for row in rows} == ({8192} if name == "openrouter" else {None})


async def test_windows_and_prices_that_cannot_be_meant(server: HttpServer) -> None:
    await account(server, VOICES["openrouter"])
    rows = [
        {
            "id": f"m{place}", "context_length": each, "pricing": {"prompt": each, "completion": each},
            "top_provider": {"max_completion_tokens": each}, "architecture": each, "supported_parameters": each,
        }
        for place, each in enumerate(NUMBERS)
    ]  # fmt: skip
    server.play("/v1/models", Script(json.dumps({"data": [*rows, 7, None, [], "x"]}), headers=JSON))
    found = await models()
    assert [row["model"] for row in found] == [row["id"] for row in rows]
    assert {(row["context"], row["max_output"], row["price_in"]) for row in found} == {(None, None, None)}


@pytest.mark.parametrize("name", ["openrouter", "ollama"])
@pytest.mark.parametrize(
    "answer",
    [
        Script("<html>Log in</html>", headers={"content-type": "text/html"}),
        Script('{"data": [{"id": "m"', headers=JSON),
        Script("", 302, {"location": "http://127.0.0.1:9/models"}),
        Script('{"error": {"message": "no", "code": 2e99}}', 500, JSON),
        Script(drop=True),
    ],
    ids=["page", "broken", "redirect", "error", "closed"],
)
async def test_what_is_no_list_is_said(name: str, answer: Script, server: HttpServer) -> None:
    path, _ = LISTS[name]
    await account(server, VOICES[name])
    server.play(path, answer)
    server.play("/api/version", answer)
    ended = await run("accounts", "test", "a", env=ENV)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err
    assert ENV["SWITCHYARD_KEY_A"] not in ended.err


@pytest.mark.parametrize("command", ["embed", "transcribe"])
@pytest.mark.parametrize("body", ['{"data": [', "", '{"data": [{"embedding": [NaN, 1e999]}]}'])
async def test_what_is_no_vector_and_no_words_is_said(
    command: str, body: str, server: HttpServer, tmp_path: Any
) -> None:
    voice = VOICES["responses"]
    await account(server, voice)
    for path in ("/v1/embeddings", "/v1/audio/transcriptions"):
        server.play(path, Script(body, headers=JSON))
    (tmp_path / "a.mp3").write_bytes(b"ID3")
    what = "Hi" if command == "embed" else str(tmp_path / "a.mp3")
    ended = await run(command, what, "--model", "a/m", "--json", env=ENV)
    assert ended.code == 3
    assert json.loads(ended.out)["route"]["attempts"][0]["failure"]["kind"] in ("BAD_EVENT", "EMPTY")
