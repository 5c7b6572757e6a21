"""The command line talking to servers that know nothing of us: `ask` and `models`, streaming and not.

Part of `make conformance`. aimock speaks as seven providers, llama.cpp runs a real model, the LiteLLM proxy stands
between us and others. What cannot be brought here is skipped with a sentence.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.servers import MASTER_KEY
from tests.e2e.command_line import Ended, run

from switchyard.bootstrap import open_services

pytestmark = [pytest.mark.timeout(1800)]

# What aimock speaks: where it does so, and with which settings.
VOICES: dict[str, tuple[str, str, dict[str, str]]] = {
    "chat": ("openai", "/v1", {"api": "chat"}),
    "responses": ("openai", "/v1", {"api": "responses"}),
    "anthropic": ("anthropic", "/v1", {}),
    "gemini": ("gemini", "/v1beta", {}),
    "azure-dated": ("azure", "", {"api_version": "2024-10-21"}),
    "azure": ("azure", "", {"api_version": "v1"}),
    "ollama": ("ollama", "", {}),
    "mistral": ("mistral", "/v1", {}),
    "compatible": ("openai-compatible", "/v1", {}),
}
MODELS = {"anthropic": "claude-sonnet-4-5", "gemini": "gemini-2.5-flash"}
REASONING = ("chat", "responses", "anthropic", "gemini", "ollama", "compatible")
GREETING = "Hello from the mock, 世界."
TOOLS = [
    {"name": "get_weather", "description": "Tells the weather.", "parameters": {"type": "object", "properties": {}}},
    {"name": "get_time"},
]


async def add(name: str, provider: str, base_url: str, settings: dict[str, str], key: str = "sk-x") -> dict[str, str]:
    """Add an account; returns the environment that holds its key."""
    async with open_services(environment=os.environ) as services:
        await services.accounts.add(provider, name, base_url=base_url, settings=settings)
    return {f"SWITCHYARD_KEY_{name.upper().replace('-', '_')}": key}


async def ask(aimock: str, voice: str, *words: str) -> Ended:
    """Ask aimock as one of the providers that it speaks for."""
    provider, path, settings = VOICES[voice]
    key = await add(voice, provider, aimock + path, settings)
    return await run("ask", "--json", "--model", f"{voice}/{MODELS.get(voice, 'gpt-4o')}", *words, env=key)


def attempt_of(ended: Ended) -> dict[str, Any]:
    """Return the last attempt of a route: what can be tried again was."""
    attempt = ended.json["route"]["attempts"][-1]
    assert isinstance(attempt, dict)
    return attempt


# --- aimock -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [(), ("--no-stream",)], ids=["stream", "whole"])
@pytest.mark.parametrize("voice", VOICES)
async def test_words(aimock: str, voice: str, how: tuple[str, ...]) -> None:
    ended = await ask(aimock, voice, *how, "--system", "Be brief.", "greet me")
    assert (ended.code, ended.json["text"], ended.json["finish"]) == (0, GREETING, "stop")
    assert ended.json["usage"] is not None


@pytest.mark.parametrize("voice", VOICES)
async def test_words_that_come_slowly(aimock: str, voice: str) -> None:
    ended = await ask(aimock, voice, "say it slowly")
    assert (ended.code, ended.json["text"]) == (0, "Slowly, but all of it comes.")


@pytest.mark.parametrize("how", [(), ("--no-stream",)], ids=["stream", "whole"])
@pytest.mark.parametrize("voice", VOICES)
async def test_calls(aimock: str, voice: str, how: tuple[str, ...], tmp_path: Path) -> None:
    tools = tmp_path / "tools.json"
    tools.write_text(json.dumps(TOOLS), "utf-8")
    ended = await ask(aimock, voice, *how, "--tools", str(tools), "how is the weather")
    calls = [(call["name"], call["arguments"]) for call in ended.json["tool_calls"]]
    assert calls == [("get_weather", {"city": "Oslo"}), ("get_time", {})]
    assert (ended.code, ended.json["finish"]) == (0, "tool_calls")


@pytest.mark.parametrize("how", [(), ("--no-stream",)], ids=["stream", "whole"])
@pytest.mark.parametrize("voice", REASONING)
async def test_reasoning(aimock: str, voice: str, how: tuple[str, ...]) -> None:
    ended = await ask(aimock, voice, *how, "--effort", "low", "think about it")
    assert (ended.code, ended.json["text"], ended.json["reasoning"]) == (0, "Four.", "Two and two.")


@pytest.mark.parametrize("voice", VOICES)
async def test_image(aimock: str, voice: str, tmp_path: Path) -> None:
    dot = tmp_path / "dot.png"
    dot.write_bytes(png())
    ended = await ask(aimock, voice, "--image", str(dot), "what is in the picture")
    assert (ended.code, ended.json["text"]) == (0, "A dot.")


@pytest.mark.parametrize(
    ("prompt", "kind", "status"), [("not too often", "RATE_LIMIT", 429), ("do not overload it", "OVERLOADED", 529)]
)
@pytest.mark.parametrize("voice", VOICES)
async def test_error(aimock: str, voice: str, prompt: str, kind: str, status: int) -> None:
    ended = await ask(aimock, voice, "--no-stream", prompt)
    failure = ended.json["route"]["attempts"][0]["failure"]
    assert (ended.code, ended.json["text"]) == (3, "")
    assert (failure["kind"], failure["status"]) == (kind, status)
    assert failure["message"] in ("Rate limited", "Overloaded")


@pytest.mark.parametrize("prompt", ["now break off", "now vanish"])
@pytest.mark.parametrize("voice", VOICES)
async def test_broken_stream_keeps_what_came(aimock: str, voice: str, prompt: str) -> None:
    ended = await ask(aimock, voice, prompt)
    assert ended.code == 3
    assert attempt_of(ended)["failure"]["kind"] == "CUT"
    assert "This is said to its half, and then".startswith(ended.json["text"][:34])
    if voice not in ("responses", "anthropic"):  # whose first events hold no words
        assert ended.json["text"]


@pytest.mark.parametrize("voice", VOICES)
async def test_garbled_answer_is_no_reply(aimock: str, voice: str) -> None:
    ended = await ask(aimock, voice, "garble it")
    assert ended.code == 3
    assert attempt_of(ended)["failure"]["kind"] in ("BAD_EVENT", "CUT")


@pytest.mark.parametrize("voice", ["chat", "anthropic", "compatible", "ollama"])
async def test_list_of_models(aimock: str, voice: str) -> None:
    provider, path, settings = VOICES[voice]
    key = await add(voice, provider, aimock + path, settings)
    listed = await run("models", "--refresh", "--json", env=key)
    rows = json.loads(listed.out)["models"]
    assert listed.code == 0
    assert {f"{voice}/gpt-4o", f"{voice}/claude-3-5-sonnet-20241022"} <= {row["deployment"] for row in rows}


@pytest.mark.parametrize("voice", ["chat", "compatible"])
async def test_vectors(aimock: str, voice: str) -> None:
    provider, path, settings = VOICES[voice]
    key = await add(voice, provider, aimock + path, settings)
    ended = await run("embed", "--json", "--model", f"{voice}/text-embedding-3-small", "one two", env=key)
    (vector,) = json.loads(ended.out)["vectors"]
    assert ended.code == 0
    assert len(vector) > 1
    assert all(isinstance(number, float) for number in vector)


def png() -> bytes:
    """Return an image of one dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (1).to_bytes(4, "big") * 2 + bytes((8, 2, 0, 0, 0))
    rows = zlib.compress(b"\x00" + base64.b16decode("CC5500"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# --- llama.cpp --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [(), ("--no-stream",)], ids=["stream", "whole"])
async def test_real_model(llama_cpp: str, how: tuple[str, ...]) -> None:
    key = await add("llama", "openai-compatible", llama_cpp, {})
    told = ["--max-output", "24", "--temperature", "0.5", "--seed", "7", "What comes from the yard?"]
    ended = await run("ask", "--json", "--model", "llama/tiny", *how, *told, env=key)
    assert ended.code == 0
    assert ended.json["text"].strip()
    assert ended.json["finish"] in ("stop", "length")
    usage = ended.json["usage"]
    assert usage["estimated"] or usage["output"] <= 24  # it counts whole replies alone


async def test_real_model_writes_json(llama_cpp: str, tmp_path: Path) -> None:
    key = await add("llama", "openai-compatible", llama_cpp, {})
    schema = tmp_path / "any.json"
    schema.write_text("{}", "utf-8")
    told = ["--schema", str(schema), "--max-output", "200", "--temperature", "0", "A number, as JSON."]
    ended = await run("ask", "--json", "--model", "llama/tiny", *told, env=key)
    assert ended.code == 0
    assert ended.json["text"].lstrip().startswith("{")


async def test_real_model_is_told_a_schema_in_words(llama_cpp: str, tmp_path: Path) -> None:
    key = await add("llama", "openai-compatible", llama_cpp, {})
    schema = tmp_path / "number.json"
    schema.write_text('{"type": "object", "properties": {"number": {"type": "integer"}}}', "utf-8")
    told = ["--schema", str(schema), "--max-output", "100", "--temperature", "0", "A number."]
    ended = await run("ask", "--json", "--model", "llama/tiny", *told, env=key)
    assert ended.code == 0
    assert ended.json["text"].lstrip().startswith("{")
    assert any("json_schema" in warning for warning in ended.json["warnings"])


async def test_prompt_longer_than_the_real_window(llama_cpp: str) -> None:
    key = await add("llama", "openai-compatible", llama_cpp, {})
    told = ["--json", "--no-stream", "--model", "llama/tiny", "-"]
    ended = await run("ask", *told, stdin="river stone light " * 400, env=key)
    assert ended.code == 3
    assert attempt_of(ended)["failure"]["kind"] == "CONTEXT"


async def test_list_of_the_real_server(llama_cpp: str) -> None:
    key = await add("llama", "openai-compatible", llama_cpp, {})
    listed = await run("models", "--refresh", "--json", env=key)
    names = [row["deployment"] for row in json.loads(listed.out)["models"]]
    assert [name for name in names if not name.startswith("sim/")] == ["llama/tiny"]


# --- the LiteLLM proxy ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [(), ("--no-stream",)], ids=["stream", "whole"])
@pytest.mark.parametrize(("model", "text"), [("mock-ok", "Hello from the proxy."), ("through", GREETING)])
async def test_proxy(litellm: str, model: str, text: str, how: tuple[str, ...]) -> None:
    key = await add("proxy", "openai-compatible", litellm, {}, MASTER_KEY)
    ended = await run("ask", "--json", "--model", f"proxy/{model}", *how, "greet me", env=key)
    assert (ended.code, ended.json["text"], ended.json["finish"]) == (0, text, "stop")


async def test_proxy_that_is_limited(litellm: str) -> None:
    key = await add("proxy", "openai-compatible", litellm, {}, MASTER_KEY)
    ended = await run("ask", "--json", "--model", "proxy/mock-limited", "greet me", env=key)
    assert ended.code == 3
    assert attempt_of(ended)["failure"]["kind"] == "RATE_LIMIT"


async def test_list_of_the_proxy(litellm: str) -> None:
    key = await add("proxy", "openai-compatible", litellm, {}, MASTER_KEY)
    listed = await run("models", "--refresh", "--json", env=key)
    names = {row["deployment"] for row in json.loads(listed.out)["models"]}
    assert {"proxy/mock-ok", "proxy/mock-limited", "proxy/through"} <= names
