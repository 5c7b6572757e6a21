"""`switchyard embed` and `switchyard transcribe` from outside: real processes, a real server, every field."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.command_line import JSON, Ended, refused, run, start
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services

SECRET = "a text that nobody keeps"


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        async with open_services(environment=os.environ) as services:
            await services.accounts.add("openai-compatible", "a", base_url=running.url("/v1"))
        yield running


def vectors(*rows: list[float], tokens: int = 8) -> Script:
    data = [{"index": place, "embedding": row} for place, row in enumerate(rows)]
    body = {"object": "list", "data": data, "model": "m-2026", "usage": {"prompt_tokens": tokens}}
    return Script(json.dumps(body), headers=JSON)


def rows(query: str) -> list[Any]:
    with sqlite3.connect(Path(os.environ["SWITCHYARD_DATA_DIR"]) / "switchyard.db") as database:
        return database.execute(query).fetchall()


async def attempts() -> list[Any]:
    return await asyncio.to_thread(
        rows, "SELECT purpose, n, state, failure_kind, input, output FROM attempt ORDER BY route, n"
    )


def objects(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.out.splitlines()]


# --- embed ------------------------------------------------------------------------------------------------------------


async def test_a_text_becomes_a_vector(server: HttpServer) -> None:
    server.play("/v1/embeddings", vectors([0.5, -1.25]))
    plain = await run("embed", "--model", "a/m", SECRET)
    assert (plain.code, plain.out, plain.err) == (0, "[0.5, -1.25]\n", "")
    ended = await run("embed", "--model", "a/m", "-", "--json", stdin=SECRET)
    assert ended.code == 0
    (told,) = objects(ended)
    assert list(told) == ["schema", "model", "usage", "cost", "warnings", "route", "vectors"]
    assert (told["schema"], told["model"], told["vectors"], told["cost"]) == (1, "m-2026", [[0.5, -1.25]], None)
    assert (told["usage"]["input"], told["usage"]["output"]) == (8, 0)
    (attempt,) = told["route"]["attempts"]
    assert (attempt["deployment"], attempt["outcome"], attempt["ttft_ms"]) == ("a/m", "completed", None)
    assert await attempts() == [("embed", 1, "completed", None, 8, 0)] * 2


async def test_no_word_is_kept(server: HttpServer) -> None:
    server.play("/v1/embeddings", Script(json.dumps({"error": {"message": SECRET}}), 400, JSON), vectors([1.0]))
    assert (await run("embed", "--model", "a/m", SECRET)).code == 3
    assert (await run("embed", "--model", "a/m", SECRET)).code == 0
    folder = Path(os.environ["SWITCHYARD_DATA_DIR"])
    kept = await asyncio.to_thread(lambda: [p.read_bytes() for p in folder.rglob("*") if p.is_file()])
    assert not any(SECRET.encode() in content for content in kept)
    assert await asyncio.to_thread(rows, "SELECT reply, pinned FROM route") == [(None, 1)] * 2


async def test_lines_go_out_together(server: HttpServer) -> None:
    server.play("/v1/embeddings", vectors([1.0], [2.0], [3.0]))
    lines = 'one\n{"text": "two"}\n\n{broken\n{"text": 7}\nthree\n'
    ended = await run("embed", "--model", "a/m", "--jsonl", stdin=lines)
    told = objects(ended)
    assert [(each["line"], each["exit"], each.get("vector")) for each in told] == [
        (1, 0, [1.0]), (2, 0, [2.0]), (3, 2, None), (4, 2, None), (5, 2, None), (6, 0, [3.0]),
    ]  # fmt: skip
    assert all(each["error"] for each in told if each["exit"])
    assert ended.code == 2
    assert len(server.received) == 1
    assert server.received[0].json()["input"] == ["one", "two", "three"]


async def test_many_lines_go_out_in_several_calls_of_one_route(server: HttpServer) -> None:
    server.play("/v1/embeddings", vectors(*[[1.0]] * 64), vectors(*[[2.0]] * 2), refused(400))
    ended = await run("embed", "--model", "a/m", "--jsonl", stdin="word\n" * 66)
    assert [each["vector"] for each in objects(ended)] == [[1.0]] * 64 + [[2.0]] * 2
    assert [row[:3] for row in await attempts()] == [("embed", 1, "completed"), ("embed", 2, "completed")]
    server.play("/v1/embeddings", vectors(*[[1.0]] * 64), refused(400))
    ended = await run("embed", "--model", "a/m", "--jsonl", stdin="word\n" * 66)
    assert [each["exit"] for each in objects(ended)] == [0] * 64 + [3] * 2
    assert ended.code == 3


@pytest.mark.parametrize(("status", "calls", "kind"), [(401, 1, "AUTH"), (500, 2, "SERVER"), (529, 3, "OVERLOADED")])
async def test_what_fails_is_planned_as_for_a_chat(server: HttpServer, status: int, calls: int, kind: str) -> None:
    server.play("/v1/embeddings", refused(status))
    ended = await run("embed", "--model", "a/m", "x", "--json")
    assert ended.code == 3
    (told,) = objects(ended)
    assert told["vectors"] == []
    assert [attempt["failure"]["kind"] for attempt in told["route"]["attempts"]] == [kind] * calls
    assert len(server.received) == calls
    assert [row[:4] for row in await attempts()] == [("embed", n + 1, "failed", kind) for n in range(calls)]


async def test_a_limit_is_waited_out(server: HttpServer) -> None:
    server.play("/v1/embeddings", refused(429, retry_after="1"), vectors([1.0]))
    ended = await run("embed", "--model", "a/m", "x")
    assert (ended.code, ended.out) == (0, "[1.0]\n")


async def test_a_signal_ends_it_in_order(server: HttpServer) -> None:
    server.play("/v1/embeddings", Script("{", headers=JSON, ending="stall"))
    process = await start("embed", "--model", "a/m", "x", "--json")
    await server.until_received(1)
    process.send_signal(signal.SIGINT)
    out, _ = await process.communicate()
    assert process.returncode == 130
    assert json.loads(out)["route"]["attempts"][0]["outcome"] == "cancelled"
    assert [row[2] for row in await attempts()] == ["cancelled"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["embed", "--model", "nobody/m", "x"],
        ["embed", "--model", "m", "x"],
        ["embed", "--model", "sim/sim-fast", "x"],
        ["embed", "--model", "a/m", " "],
        ["embed", "--model", "a/m", "x", "--jsonl"],
        ["embed", "x"],
        ["transcribe", "nowhere.mp3", "--model", "a/m"],
        ["transcribe", "nowhere.mp3", "--model", "sim/sim-fast"],
    ],
)
async def test_what_cannot_be_meant(server: HttpServer, arguments: list[str]) -> None:
    ended = await run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err
    assert not server.received


async def test_offline_and_without_a_key_nobody_is_called(server: HttpServer) -> None:
    ended = await run("embed", "--model", "a/m", "x", "--offline", "--json")
    assert ended.code == 3
    (told,) = objects(ended)
    assert told["route"]["skipped"] == [{"step": 1, "deployment": "a/m", "reason": "offline"}]
    assert told["route"]["attempts"] == []
    async with open_services(environment=os.environ) as services:
        await services.accounts.add("openai", "b", base_url=server.url("/v1"))
    ended = await run("embed", "--model", "b/m", "x")
    assert (ended.code, ended.out) == (3, "")
    assert "no key" in ended.err
    assert not server.received


# --- transcribe -------------------------------------------------------------------------------------------------------


async def test_a_recording_becomes_words(server: HttpServer, tmp_path: Path) -> None:
    file = tmp_path / "talk.mp3"
    await asyncio.to_thread(file.write_bytes, b"ID3 sound")
    usage = {"prompt_tokens": 4, "completion_tokens": 9, "prompt_audio_seconds": 12}
    body = json.dumps({"text": " Hello there. ", "language": "en", "usage": usage})
    server.play("/v1/audio/transcriptions", Script(body, headers=JSON))
    plain = await run("transcribe", str(file), "--model", "a/m")
    assert (plain.code, plain.out, plain.err) == (0, "Hello there.\n", "")
    assert b"ID3 sound" in server.received[0].body
    (told,) = objects(await run("transcribe", str(file), "--model", "a/m", "--json"))
    assert (told["text"], told["language"], told["seconds"]) == ("Hello there.", "en", 12.0)
    assert (told["schema"], told["model"], told["usage"]["output"]) == (1, "m", 9)
    assert await attempts() == [("transcribe", 1, "completed", None, 4, 9)] * 2


async def test_a_recording_that_nobody_takes(server: HttpServer, tmp_path: Path) -> None:
    file = tmp_path / "talk.xyz"
    await asyncio.to_thread(file.write_bytes, b"noise")
    server.play("/v1/audio/transcriptions", refused(400))
    ended = await run("transcribe", str(file), "--model", "a/m", "--json")
    assert ended.code == 3
    (told,) = objects(ended)
    assert (told["text"], told["language"], told["seconds"], told["usage"]) == ("", None, None, None)
    assert told["route"]["attempts"][0]["failure"]["kind"] == "BAD_REQUEST"
    await asyncio.to_thread(file.write_bytes, b"")
    assert (await run("transcribe", str(file), "--model", "a/m")).code == 2
