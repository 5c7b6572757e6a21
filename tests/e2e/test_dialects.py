"""`ask` in every dialect: the object of a reply with calls, sources and thoughts, and what goes back with the next."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from tests.e2e.command_line import Ended, run
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services

KEY = "sk-test-0123456789abcdef"
ENV = {"SWITCHYARD_KEY_A": KEY, "SWITCHYARD_KEY_B": KEY}
SOURCE = {"url": "https://example.org/a", "title": "A"}
TOOLS = '[{"name": "look", "description": "Look.", "parameters": {"type": "object", "properties": {"at": {}}}}]'


def events(*values: Any) -> str:
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values)


@dataclass(frozen=True)
class Voice:
    """How a dialect says a thought, words, a source and (`called`) a call; `model` is one that thinks."""

    provider: str
    path: str
    model: str
    thought: tuple[Any, ...]
    called: tuple[Any, ...]
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    lines: bool = False

    def script(self, values: tuple[Any, ...]) -> Script:
        kind = "application/x-ndjson" if self.lines else "text/event-stream"
        body = "".join(json.dumps(value) + "\n" for value in values) if self.lines else events(*values)
        return Script(body, headers={"content-type": kind})


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"model": "m-2026", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


DETAIL = {"type": "reasoning.text", "text": "Well.", "signature": "c2ln", "index": 0}
COUNTS = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 20}}
CITED: dict[str, Any] = {"annotations": [{"type": "url_citation", "url_citation": SOURCE}]}
CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at":"Rome"}'}}
OPENROUTER = (chunk(reasoning="Well.", reasoning_details=[DETAIL]), chunk(content="It is", **CITED))

BLOCKS: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "Well.", "signature": "c2ln"},
    {"type": "redacted_thinking", "data": "eHh4"},
    {"type": "server_tool_use", "id": "st1", "name": "web_search", "input": {"query": "q"}},
    {"type": "web_search_tool_result", "tool_use_id": "st1", "content": [{"type": "web_search_result", **SOURCE}]},
    {
        "type": "text",
        "text": "It is",
        "citations": [
            {"type": "web_search_result_location", **SOURCE, "cited_text": "said", "encrypted_index": "ZWk="},
        ],
    },
]


def blocks(*given: dict[str, Any], stop: str) -> tuple[Any, ...]:
    usage = {"input_tokens": 11, "output_tokens": 1}
    told: list[Any] = [{"type": "message_start", "message": {"model": "m-2026", "usage": usage}}]
    for index, block in enumerate(given):
        told += [
            {"type": "content_block_start", "index": index, "content_block": block},
            {"type": "content_block_stop", "index": index},
        ]
    end = {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 20}}
    return (*told, end, {"type": "message_stop"})


USE = {"type": "tool_use", "id": "c1", "name": "look", "input": {"at": "Rome"}}
ITEMS: list[dict[str, Any]] = [
    {
        "type": "reasoning",
        "id": "rs1",
        "encrypted_content": "c2VhbGVk",
        "summary": [{"type": "summary_text", "text": "Well."}],
    },
    {
        "type": "message",
        "id": "m1",
        "role": "assistant",
        "content": [
            {"type": "output_text", "text": "It is", "annotations": [{"type": "url_citation", **SOURCE}]},
        ],
    },
]
ASKED = {"type": "function_call", "id": "fc1", "call_id": "c1", "name": "look", "arguments": '{"at":"Rome"}'}


def response(*items: dict[str, Any]) -> tuple[Any, ...]:
    done = [{"type": "response.output_item.done", "output_index": i, "item": item} for i, item in enumerate(items)]
    usage = {"input_tokens": 11, "output_tokens": 20}
    body = {"model": "m-2026", "status": "completed", "output": list(items), "usage": usage}
    return (*done, {"type": "response.completed", "response": body})


PARTS: list[dict[str, Any]] = [{"text": "Well.", "thought": True}, {"text": "It is", "thoughtSignature": "c2ln"}]
FUNCTION = {"functionCall": {"id": "c1", "name": "look", "args": {"at": "Rome"}}, "thoughtSignature": "c2k="}
GROUNDS = {"groundingChunks": [{"web": {"uri": SOURCE["url"], "title": SOURCE["title"]}}]}


def candidate(*parts: dict[str, Any]) -> tuple[Any, ...]:
    ends = {"content": {"parts": list(parts)}, "finishReason": "STOP", "groundingMetadata": GROUNDS}
    counts = {"promptTokenCount": 11, "candidatesTokenCount": 15, "thoughtsTokenCount": 5}
    return ({"candidates": [ends], "usageMetadata": counts, "modelVersion": "m-2026"},)


def line(done: bool = False, **message: Any) -> dict[str, Any]:
    ends = {"done_reason": "stop", "prompt_eval_count": 11, "eval_count": 20} if done else {}
    return {"model": "m-2026", "message": {"role": "assistant", "content": "", **message}, "done": done, **ends}


AZURE = "/openai/v1"
VOICES = {
    "openrouter": Voice(
        "openrouter", "/v1/chat/completions", "deepseek/deepseek-r1",
        (*OPENROUTER, chunk("stop"), COUNTS),
        (*OPENROUTER, chunk(tool_calls=[CALL]), chunk("tool_calls"), COUNTS),
    ),
    "azure": Voice(
        "azure", f"{AZURE}/chat/completions", "mine",
        (chunk(reasoning_content="Well."), chunk(content="It is", **CITED), chunk("stop"), COUNTS),
        (
            chunk(reasoning_content="Well."), chunk(content="It is", **CITED), chunk(tool_calls=[CALL]),
            chunk("tool_calls"), COUNTS,
        ),
    ),
    "anthropic": Voice(
        "anthropic", "/v1/messages", "claude-sonnet-4-5",
        blocks(*BLOCKS, stop="end_turn"), blocks(*BLOCKS, USE, stop="tool_use"),
    ),
    "responses": Voice(
        "openai", "/v1/responses", "gpt-5", response(*ITEMS), response(*ITEMS, ASKED), {"api": "responses"}
    ),
    "azure-responses": Voice(
        "azure", f"{AZURE}/responses", "mine", response(*ITEMS), response(*ITEMS, ASKED), {"api": "responses"}
    ),
    "gemini": Voice(
        "gemini", "/v1beta/models/*", "gemini-3-pro-preview", candidate(*PARTS), candidate(*PARTS, FUNCTION)
    ),
    "ollama": Voice(
        "ollama", "/api/chat", "qwen3",
        (line(thinking="Well."), line(content="It is"), line(done=True)),
        (
            line(thinking="Well."), line(content="It is"),
            line(tool_calls=[{"id": "c1", "function": {"name": "look", "arguments": {"at": "Rome"}}}]), line(done=True),
        ),
        lines=True,
    ),
}  # fmt: skip


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


async def account(server: HttpServer, voice: Voice, name: str = "a") -> str:
    """Add an account at the server; return the name of its model."""
    base = server.url("" if voice.provider in ("azure", "ollama") else voice.path.rsplit("/v1", 1)[0] or "")
    base = f"{base}/v1beta" if voice.provider == "gemini" else base
    async with open_services(environment=os.environ) as services:
        await services.accounts.add(voice.provider, name, base_url=base, settings=dict(voice.settings))
    return f"{name}/{voice.model}"


def asked(server: HttpServer) -> list[Any]:
    """Return the bodies of the calls, without questions about models."""
    return [each.json() for each in server.received if each.method == "POST" and not each.path.endswith("/show")]


def check_said(ended: Ended, name: str, finish: str) -> dict[str, Any]:
    assert ended.code == 0, ended.err
    answer = ended.json
    assert (answer["text"], answer["reasoning"], answer["finish"]) == ("It is", "Well.", finish)
    cited = [(each["url"], each["title"]) for each in answer["citations"]]
    assert cited == ([] if name == "ollama" else [(SOURCE["url"], SOURCE["title"])])
    assert (answer["usage"]["input"], answer["usage"]["output"]) == (11, 20)
    (attempt,) = answer["route"]["attempts"]
    assert (attempt["usage"], attempt["served_model"]) == (answer["usage"], "m-2026")
    assert answer["warnings"] == []
    return answer


@pytest.mark.parametrize("name", VOICES)
async def test_a_reply_with_everything(name: str, server: HttpServer, tmp_path: Path) -> None:
    voice = VOICES[name]
    (tmp_path / "tools.json").write_text(TOOLS)
    model = await account(server, voice)
    server.play(voice.path, voice.script(voice.called))
    ended = await run("ask", "Hi", "--model", model, "--tools", str(tmp_path / "tools.json"), "--json", env=ENV)
    answer = check_said(ended, name, "tool_calls")
    assert answer["tool_calls"] == [{"id": "c1", "name": "look", "arguments": {"at": "Rome"}}]
    assert "look" in json.dumps(asked(server)[0]["tools"])


def kept(name: str, body: dict[str, Any]) -> Any:
    """Return what a second request says of the first reply."""
    if name == "gemini":
        return body["contents"][1]
    if "input" in body:
        return body["input"][1:-1]
    return body["messages"][1]


BACK: dict[str, Any] = {
    "openrouter": {"role": "assistant", "content": "It is", "reasoning_details": [DETAIL]},
    "azure": {"role": "assistant", "content": "It is"},
    "anthropic": {"role": "assistant", "content": BLOCKS},
    "responses": ITEMS,
    "azure-responses": ITEMS,
    "gemini": {"role": "model", "parts": PARTS},
    "ollama": {"role": "assistant", "content": "It is"},
}


@pytest.mark.parametrize("name", VOICES)
async def test_what_is_wanted_back_goes_back_unchanged(name: str, server: HttpServer, tmp_path: Path) -> None:
    voice = VOICES[name]
    (tmp_path / "a.txt").write_text("Blue is a colour.")
    model = await account(server, voice)
    server.play(voice.path, voice.script(voice.thought))
    first = await run("ask", "Hi", "--model", model, "--file", str(tmp_path / "a.txt"), "--json", env=ENV)
    answer = check_said(first, name, "stop")
    second = await run("ask", "And?", "--continue", answer["conversation"], "--model", model, "--json", env=ENV)
    check_said(second, name, "stop")
    bodies = asked(server)
    assert len(bodies) == 2
    assert kept(name, bodies[1]) == BACK[name]
    assert all("Blue is a colour." in json.dumps(body) for body in bodies)
    assert KEY not in json.dumps(bodies)


@pytest.mark.parametrize("name", ["openrouter", "anthropic", "responses", "gemini"])
async def test_what_one_provider_wrote_for_itself_goes_to_no_other(name: str, server: HttpServer) -> None:
    voice, other = VOICES[name], VOICES["azure"]
    server.play(voice.path, voice.script(voice.thought))
    server.play(other.path, other.script(other.thought))
    first = await run("ask", "Hi", "--model", await account(server, voice), "--json", env=ENV)
    model = await account(server, other, "b")
    args = ("ask", "And?", "--continue", check_said(first, name, "stop")["conversation"], "--model", model, "--json")
    check_said(await run(*args, env=ENV), "azure", "stop")
    assert kept("azure", asked(server)[-1]) == {"role": "assistant", "content": "It is"}


async def test_a_pause_without_a_word_goes_on_with_the_next(server: HttpServer) -> None:
    voice, other = VOICES["anthropic"], VOICES["azure"]
    model, else_where = await account(server, voice), await account(server, other, "b")
    server.play(voice.path, voice.script(blocks(*BLOCKS[2:4], stop="pause_turn")), voice.script(voice.thought))
    server.play(other.path, other.script(other.thought))
    first = await run("ask", "Hi", "--model", model, "--json", env=ENV)
    answer = first.json
    assert (first.code, answer["finish"], answer["text"], answer["usage"]["output"]) == (0, "pause", "", 20)
    assert answer["warnings"] == ["The model paused before it was done. Send another message, and it goes on."]
    args = ("ask", "Go on.", "--continue", answer["conversation"], "--json", "--model")
    check_said(await run(*args, model, env=ENV), "anthropic", "stop")
    assert kept("anthropic", asked(server)[-1]) == {"role": "assistant", "content": BLOCKS[2:4]}
    check_said(await run(*args, else_where, env=ENV), "azure", "stop")
    assert [each["role"] for each in asked(server)[-1]["messages"]] == ["user", "user", "assistant", "user"]
