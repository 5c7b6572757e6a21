"""`switchyard ollama` from outside: real processes and a real server that speaks as Ollama does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.e2e.command_line import JSON, run, start
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services

TAGS = {
    "models": [
        {
            "name": "qwen3:8b",
            "size": 5_225_388_164,
            "details": {"family": "qwen3", "parameter_size": "8.2B", "quantization_level": "Q4_K_M"},
        },
        {"name": "gpt-oss:120b-cloud", "size": 384, "remote_host": "https://ollama.com:443"},
        {"name": "bare:latest"},
    ]
}
PS = {
    "models": [
        {"name": "qwen3:8b", "size": 6_100_000_000, "size_vram": 0, "context_length": 8192,
         "expires_at": "2026-11-21T11:00:00Z"}
    ]
}  # fmt: skip
STREAM = {"content-type": "application/x-ndjson"}


def pulling(*done: int, total: int = 4000, last: dict[str, Any] | None = None, **how: Any) -> Script:
    said: list[dict[str, Any]] = [{"status": "pulling manifest"}]
    said += [{"status": "pulling a", "digest": "sha256:a", "total": total, "completed": each} for each in done]
    said += [{"status": "verifying sha256 digest"}, {"status": "success"}] if last is None else [last]
    return Script("".join(json.dumps(line) + "\n" for line in said), headers=STREAM, **how)


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with HttpServer.running() as running:
        running.play("/api/tags", Script(json.dumps(TAGS), headers=JSON))
        running.play("/api/ps", Script(json.dumps(PS), headers=JSON))
        running.play("/api/show", Script('{"capabilities":["completion"]}', headers=JSON))
        yield running


@pytest.fixture
async def account(server: HttpServer) -> str:
    async with open_services(environment=os.environ) as services:
        await services.accounts.add("ollama", "here", base_url=server.url())
    return "here"


async def test_list(server: HttpServer, account: str) -> None:
    ended = await run("ollama", "list", env={"TZ": "UTC"})
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "bare:latest\tsize unknown\t-",
        "gpt-oss:120b-cloud\tin the cloud",
        "qwen3:8b\t5.2 GB\t8.2B Q4_K_M\tloaded, 6.1 GB, until 2026-11-21 11:00",
    ]
    told = json.loads((await run("ollama", "list", "--json", "--account", account)).out)
    assert (told["schema"], told["account"], told["base_url"]) == (1, "here", server.url())
    assert told["models"][2] == {
        "name": "qwen3:8b",
        "size_bytes": 5_225_388_164,
        "parameters": "8.2B",
        "quantisation": "Q4_K_M",
        "family": "qwen3",
        "cloud": False,
        "loaded": {
            "memory_bytes": 6_100_000_000, "gpu_bytes": 0, "context": 8192, "until_ms": 1_795_258_800_000,
        },
    }  # fmt: skip
    assert [(row["cloud"], row["loaded"]) for row in told["models"][:2]] == [(False, None), (True, None)]


async def test_the_one_that_ollama_host_names_needs_no_account(server: HttpServer) -> None:
    server.play("/api/ps", Script("", 404))
    ended = await run("ollama", "list", "--json", env={"OLLAMA_HOST": server.url()})
    told = json.loads(ended.out)
    assert (ended.code, told["account"], len(told["models"])) == (0, None, 3)


async def test_pull_tells_each_tenth(server: HttpServer, account: str) -> None:
    server.play("/api/pull", pulling(0, 399, 400, 410, 2100, 2200, 4000))
    ended = await run("ollama", "pull", "qwen3:8b")
    assert (ended.code, ended.out) == (0, "qwen3:8b\n")
    assert ended.err.splitlines() == [
        "qwen3:8b: 0 %, 0 B of 4.0 kB",
        "qwen3:8b: 10 %, 400 B of 4.0 kB",
        "qwen3:8b: 52 %, 2.1 kB of 4.0 kB",
        "qwen3:8b: 100 %, 4.0 kB of 4.0 kB",
        "qwen3:8b: checking",
    ]
    models = json.loads((await run("models", "--json")).out)["models"]
    assert "here/qwen3:8b" in [row["deployment"] for row in models]


async def test_pull_goes_on_where_the_connection_broke(server: HttpServer, account: str) -> None:
    whole = pulling(1000, 2000, last={"status": "x"})
    server.play(
        "/api/pull", pulling(1000, 2000, last={"status": "x"}, cut_at=len(whole.raw), ending="reset"), pulling(4000)
    )
    ended = await run("ollama", "pull", "m", "--json")
    assert ended.code == 0
    assert "The connection broke. The pull goes on in a moment." in ended.err
    assert json.loads(ended.out) == {
        "schema": 1, "account": "here", "base_url": server.url(), "model": "m", "done": True,
        "done_bytes": 4000, "total_bytes": 4000, "failure": None,
    }  # fmt: skip


async def test_pull_changes_one_line_of_a_terminal(server: HttpServer, account: str) -> None:
    server.play("/api/pull", pulling(0, 1000, 4000))
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "switchyard", "ollama", "pull", "m",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=theirs,
        env=os.environ | {"COLUMNS": "20"},
    )  # fmt: skip
    out, _ = await process.communicate()
    os.close(theirs)
    told = os.read(ours, 65_536).decode()
    os.close(ours)
    assert (process.returncode, out) == (0, b"m\n")
    assert told.count("\n") == 1
    assert told.endswith("\n")
    shown = [line.rstrip() for line in told.rstrip().split("\r") if line]
    assert shown == [
        "m: starting",
        "m: 0 %, 0 B of 4.0",
        "m: 25 %, 1.0 kB of",
        "m: 100 %, 4.0 kB of",
        "m: checking",
        "m: done",
    ]


async def test_ctrl_c_keeps_what_came(server: HttpServer, account: str) -> None:
    server.play("/api/pull", pulling(1000, last={"status": "x"}, ending="stall"), pulling(4000))
    process = await start("ollama", "pull", "m", "--json")
    assert process.stderr is not None
    async with asyncio.timeout(30):
        assert b"25 %" in await process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
        await server.left.wait()
    assert process.returncode == 130
    assert b"What came is kept" in err
    told = json.loads(out)
    assert (told["done"], told["done_bytes"], told["total_bytes"], told["failure"]) == (False, 1000, 4000, None)
    assert (await run("ollama", "pull", "m")).code == 0


async def test_exit_codes_of_pull(server: HttpServer, account: str) -> None:
    server.play("/api/pull", pulling(last={"error": "pull model manifest: file does not exist"}))
    ended = await run("ollama", "pull", "nothing")
    assert (ended.code, ended.out) == (2, "")
    assert "here knows no model named nothing." in ended.err
    server.play("/api/pull", pulling(1000, last={"error": "write: no space left on device"}))
    ended = await run("ollama", "pull", "m", "--json")
    assert ended.code == 3
    assert json.loads(ended.out)["failure"]["message"] == "write: no space left on device"
    ended = await run("ollama", "pull", "m", "--offline")
    assert (ended.code, ended.err) == (3, "Offline: no model is fetched.\n")


async def test_rm(server: HttpServer, account: str) -> None:
    server.play("/api/delete", Script(""), Script(""), Script('{"error":"model \'m\' not found"}', 404, JSON))
    ended = await run("ollama", "rm", "m")
    assert (ended.code, ended.out, ended.err) == (0, "m\n", "")
    assert json.loads((await run("ollama", "rm", "m", "--json")).out)["model"] == "m"
    ended = await run("ollama", "rm", "m")
    assert (ended.code, ended.out) == (2, "")


async def test_which_one_must_be_certain(server: HttpServer, account: str) -> None:
    async with open_services(environment=os.environ) as services:
        await services.accounts.add("ollama", "there", base_url="http://127.0.0.1:1")
        await services.accounts.add("openai", "o")
    ended = await run("ollama", "list")
    assert (ended.code, ended.out) == (2, "")
    assert "--account NAME" in ended.err
    assert (await run("ollama", "list", "--account", "here")).code == 0
    assert (await run("ollama", "list", "--account", "o")).code == 2
    assert (await run("ollama", "list", "--account", "nobody")).code == 2
    ended = await run("ollama", "list", "--account", "there")
    assert ended.code == 3
    assert "there could not be reached." in ended.err
