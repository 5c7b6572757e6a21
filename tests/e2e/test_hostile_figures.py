"""`ask` against servers that count and write what no server should: the answer stays, and so does the history."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.e2e.command_line import JSON, chunk, finish, run
from tests.e2e.test_dialects import ENV, KEY, VOICES, account
from tests.fakes.http_server import HttpServer, Script, sse

from switchyard.bootstrap import open_services

HUGE: tuple[Any, ...] = (2**53 - 1, 2**70, 1e300, -1, "9" * 15, "9" * 400, "-1", 1.5, True, None, [], {})


@pytest.fixture
async def server(data_dir: Any) -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        yield running


def counted(value: Any) -> Any:
    """Put a value in the place of every count of tokens and every charge, whatever the dialect calls it."""
    if isinstance(value, dict):
        whole = {name: counted(one) for name, one in value.items()}
        return {**whole, "usage": {**whole["usage"], "cost": 7}} if "usage" in whole else whole
    if isinstance(value, list):
        return [counted(one) for one in value]
    return "COUNT" if isinstance(value, int) and not isinstance(value, bool) and value > 4 else value


@pytest.mark.parametrize("name", ["openrouter", "anthropic", "responses", "gemini", "ollama"])
async def test_counts_that_cannot_be_meant(name: str, server: HttpServer) -> None:
    voice = VOICES[name]
    model = await account(server, voice)
    said = json.dumps(counted(list(voice.thought)))
    told = [json.loads(said.replace('"COUNT"', json.dumps(each))) for each in HUGE]
    server.play(voice.path, *(voice.script(tuple(values)) for values in told))
    ended = await run("ask", "--jsonl", "--model", model, stdin="Hi\n" * len(HUGE), env=ENV)
    assert ended.code == 0
    for line in ended.out.splitlines():
        answer = json.loads(line)
        assert (answer["exit"], answer["text"]) == (0, "It is"), answer
        assert not [each for each in answer["warnings"] if "saved" in each]
    shown = json.loads((await run("history", "list", "--json")).out)
    assert [each["messages"] for each in shown["conversations"]] == [2] * len(HUGE)


@pytest.mark.parametrize("cost", [1e30, "1e999999", "1e4000", 10**11, "NaN", "-Infinity", -1, True, {}, "1e-400"])
async def test_charges_that_cannot_be_meant(cost: Any, server: HttpServer) -> None:
    voice = VOICES["openrouter"]
    usage = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 20, "cost": cost}}
    server.play(voice.path, Script(sse(chunk(content="It is"), finish("stop"), usage)))
    ended = await run("ask", "Hi", "--model", await account(server, voice), "--json", env=ENV)
    assert (ended.code, ended.json["text"], ended.json["warnings"]) == (0, "It is", [])


HALF = "\ud83d"


async def test_halves_of_characters_are_no_trouble(server: HttpServer) -> None:
    voice = VOICES["openrouter"]
    call = {"index": 0, "id": HALF, "function": {"name": "look", "arguments": '{"at": "\\ud83d"}'}}
    note = {"type": "url_citation", "url": f"https://example.org/{HALF}", "title": HALF}
    detail = {"type": "reasoning.text", "text": HALF, "index": 0}
    told = (
        {"model": f"m{HALF}", "choices": []}, chunk(reasoning=f"Well{HALF}", reasoning_details=[detail]),
        chunk(content=f"It {HALF}"), chunk(content="\ude00 is"), chunk(annotations=[note], tool_calls=[call]),
        finish("tool_calls"),
    )  # fmt: skip
    server.play(voice.path, Script(sse(*told)), Script(sse(*told)), Script(sse(*told)))
    model = await account(server, voice)
    ended = await run("ask", "Hi", "--model", model, "--json", env=ENV)
    assert (ended.code, ended.json["finish"], ended.json["warnings"]) == (0, "tool_calls", [])
    assert ended.json["text"].startswith("It ")
    args = ("ask", "And?", "--continue", ended.json["conversation"], "--model", model)
    assert (await run(*args, "--json", env=ENV)).code == 0
    assert (await run(*args, env=ENV)).out.startswith("It ")
    shown = json.loads((await run("history", "show", ended.json["conversation"], "--json")).out)
    assert len(shown["messages"]) == 6


WAIT_FOR_YEARS: dict[str, Any] = {"details": [{"retryDelay": "9" * 400 + "s"}]}
SHAPES: tuple[Any, ...] = (
    {"code": 2**70, "message": 2**70}, {"code": [], "message": {"a": HALF}}, {"code": HALF, "message": HALF},
    {"code": None, "type": {}, "message": None, "param": 7}, [], "", 7, [None], [[{"message": "x"}]],
    {"details": 7}, WAIT_FOR_YEARS, {"metadata": {"headers": {"retry-after": "1e9"}, "raw": [7]}},
)  # fmt: skip
BODIES = (*({"error": shape} for shape in SHAPES), {"detail": [{"loc": 7}]}, [{"error": {"code": 503}}], [], 7)


def check_failed(answer: dict[str, Any]) -> None:
    assert (answer["exit"], answer["warnings"]) == (3, [])


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_errors_of_any_shape_are_failures(status: int, server: HttpServer) -> None:
    voice = VOICES["openrouter"]
    server.play(voice.path, *(Script(json.dumps(body), status, JSON) for body in BODIES))
    model = await account(server, voice)
    ended = await run("ask", "--jsonl", "--model", model, stdin="Hi\n" * 4, env=ENV)
    assert ended.code == 3
    for line in ended.out.splitlines():
        check_failed(json.loads(line))


async def test_limits_of_any_shape_are_failures(server: HttpServer) -> None:
    """Each by another deployment: a limit is waited out where nobody else is left, and that takes its time."""
    voice = VOICES["openrouter"]
    limits = [Script(json.dumps(body), 429, JSON) for body in BODIES]
    names = [f"a{number}" for number in range(len(limits) + 1)]
    models = [await account(server, voice, name) for name in names]
    steps = "".join(f"  - use: {model}\n" for model in models)
    async with open_services(environment=os.environ) as services:
        await services.chains.import_text(
            f"switchyard-chain: 1\nname: Everyday\nlimits:\n  calls: {len(models)}\nsteps:\n{steps}"
        )
        await services.chains.set_default("Everyday")
    env = {f"SWITCHYARD_KEY_{name.upper()}": KEY for name in names}
    server.play(voice.path, *limits, Script(sse(chunk(content="It is"), finish("stop"))))
    ended = await run("ask", "Hi", "--json", env=env)
    assert (ended.code, ended.json["text"], ended.json["warnings"]) == (0, "It is", [])
    kinds = [(each["failure"] or {}).get("kind") for each in ended.json["route"]["attempts"]]
    assert kinds == ["RATE_LIMIT"] * len(limits) + [None]


async def test_nobody_waits_for_years(server: HttpServer) -> None:
    voice = VOICES["openrouter"]
    server.play(voice.path, Script(json.dumps({"error": WAIT_FOR_YEARS}), 429, JSON))
    model = await account(server, voice)
    ended = await run("ask", "--jsonl", "--model", model, stdin="Hi\n" * 4, env=ENV)
    assert ended.code == 3
    for line in ended.out.splitlines():
        check_failed(json.loads(line))


async def test_arguments_that_are_no_json(server: HttpServer) -> None:
    voice = VOICES["openrouter"]
    written = ['{"at":', "NaN", '{"a": NaN, "b": -Infinity}', "[" * 3000, "9" * 5000, "7", "", "null"]
    pieces = [
        {"index": i, "id": f"c{i}", "function": {"name": "look", "arguments": text}} for i, text in enumerate(written)
    ]
    server.play(voice.path, Script(sse(chunk(tool_calls=pieces), finish("tool_calls"))))
    ended = await run("ask", "Hi", "--model", await account(server, voice), "--json", env=ENV)
    assert ended.code == 0
    strict = json.loads(ended.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert [call["arguments"] for call in strict["tool_calls"]] == [*written[:5], 7, {}, {}]
