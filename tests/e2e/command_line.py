"""The command line as a process, and what the servers that it calls may answer."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
from tests.fakes import new_database
from tests.fakes.http_server import HttpServer, Script, sse
from tests.fakes.warm_parent import WarmParent

from switchyard.bootstrap import open_services

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "ask.json").read_text(encoding="utf-8"))
JSON = {"content-type": "application/json"}
STREAM = {"content-type": "text/event-stream"}

warm_parent = WarmParent()


def chunk(**delta: Any) -> dict[str, Any]:
    """A piece of a streamed reply."""
    return {"id": "c1", "model": "m-2026", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def finish(reason: str) -> dict[str, Any]:
    """The last piece of a streamed reply."""
    return {"id": "c1", "model": "m-2026", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


USAGE = {"id": "c1", "choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 20}}
GOOD = Script(sse(chunk(role="assistant", content="w0"), chunk(content=" w1"), finish("stop"), USAGE), headers=STREAM)
WHOLE = Script(
    json.dumps(
        {
            "model": "m-2026",
            "choices": [{"message": {"role": "assistant", "content": "w0 w1"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 20},
        }
    ),
    headers=JSON,
    chunked=False,
)


def refused(status: int, code: str = "x", **headers: str) -> Script:
    """An answer that is an error, as a provider words it."""
    body = json.dumps({"error": {"message": f"stub {status}", "type": code, "code": code}})
    return Script(body, status, JSON | {k.replace("_", "-"): v for k, v in headers.items()}, chunked=False)


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What it printed, which keeps to the schema."""
        value = json.loads(self.out)
        jsonschema.validate(value, SCHEMA)
        assert isinstance(value, dict)
        return value


async def start(*args: str, env: dict[str, str] | None = None) -> asyncio.subprocess.Process:
    """Start a command."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "switchyard", *args,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=os.environ | (env or {}),
    )  # fmt: skip


async def run(*args: str, stdin: str = "", env: dict[str, str] | None = None) -> Ended:
    """Run a command to its end, which is no traceback."""
    environment = os.environ | (env or {})
    async with asyncio.timeout(60):
        if warm_parent.can_run(environment):
            code, out, err = await warm_parent.run(args, stdin.encode(), environment)
        else:
            process = await start(*args, env=env)
            out, err = await process.communicate(stdin.encode())
            assert process.returncode is not None
            code = process.returncode
    assert "Traceback" not in err.decode()
    return Ended(code, out.decode(), err.decode())


async def chain(server: HttpServer, *names: str, step: str = "", head: str = "") -> None:
    """Add an account per name, each at its own path of the server, and a chain of them as the default."""
    steps = "".join(f"  - use: {name}/m\n{step}" for name in names)
    new_database.lay(Path(os.environ["SWITCHYARD_DATA_DIR"]))
    async with open_services(environment=os.environ) as services:
        for name in names:
            await services.accounts.add("openai-compatible", name, base_url=server.url(f"/{name}/v1"))
        await services.chains.import_text(f"switchyard-chain: 1\nname: Everyday\n{head}steps:\n{steps}")
        await services.chains.set_default("Everyday")


def play(server: HttpServer, name: str, *scripts: Script) -> None:
    """Set what the account of that name answers."""
    server.play(f"/{name}/v1/chat/completions", *scripts)
