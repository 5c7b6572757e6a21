"""The two routers behind one face: deployments at a scripted server, and what a caller sees of each message."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.fakes.desk import COMPATIBLE, Desk, Dialect
from tests.fakes.http_server import HttpServer, Script

from switchyard.bootstrap import open_services
from switchyard.core.content import PLAIN, Parameters, Tool
from switchyard.core.errors import UserError
from switchyard.core.events import Finish

PATIENCE_S = 30.0
UNWRITABLE = Parameters(tools=(Tool("t", "", {"type": object()}),))


@dataclass(frozen=True)
class Seen:
    """What a caller saw of a message. `asked`: the router wants the person to decide."""

    text: str
    finishes: tuple[str, ...]
    error: str | None
    asked: bool
    seconds: float

    def is_answer(self, *texts: str) -> bool:
        """Whether it is one of these texts, whole, ended once, and without an error."""
        return self.error is None and not self.asked and self.finishes == ("stop",) and self.text in texts


@dataclass(frozen=True)
class Limits:
    """The times that both routers are given: for a first token and between two, and for all of a message."""

    idle_s: float | None = None
    total_s: float | None = None


NO_LIMITS = Limits()


class Router(Protocol):
    """A router under test."""

    async def set_up(self, deployments: Mapping[str, Dialect], server: HttpServer, limits: Limits) -> None:
        """Forget everything, and go along these deployments in order."""
        ...

    async def ask(self, *, stream: bool, unwritable: bool) -> Seen:
        """Send a message; `unwritable` gives it a parameter that is no JSON."""
        ...


class Rig:
    """A router with a server of its own."""

    def __init__(self, router: Router, server: HttpServer) -> None:
        self._router = router
        self._server = server
        self._dialects: dict[str, Dialect] = {}

    async def set_up(self, *names: str, limits: Limits = NO_LIMITS, first: Dialect = COMPATIBLE) -> None:
        """Begin anew with these deployments; they speak as OpenAI does, unless the `first` does otherwise."""
        self._server.received.clear()
        self._dialects = dict.fromkeys(names, COMPATIBLE) | {names[0]: first}
        await self._router.set_up(self._dialects, self._server, limits)

    def play(self, name: str, *scripts: Script) -> None:
        """Set what the calls of a deployment are answered with."""
        self._server.play(self._path(name), *scripts)

    def calls(self, *names: str) -> tuple[int, ...]:
        """Return how often each deployment was called."""
        paths = self._server.paths()
        return tuple(paths.count(self._path(name)) for name in names)

    async def ask(self, stream: bool, *, unwritable: bool = False) -> Seen:
        """Send a message."""
        return await self._router.ask(stream=stream, unwritable=unwritable)

    def _path(self, name: str) -> str:
        return f"/{name}{self._dialects[name].path}"


class Switchyard:
    """Ours, with its database and all, as the command line has it."""

    def __init__(self) -> None:
        self._open = AsyncExitStack()
        self._desk: Desk | None = None

    async def set_up(self, deployments: Mapping[str, Dialect], server: HttpServer, limits: Limits) -> None:
        """Open a new data directory with an account for each deployment, and a chain of them."""
        await self.close()
        folder = self._open.enter_context(tempfile.TemporaryDirectory())
        keys = {f"SWITCHYARD_KEY_{name.upper()}": f"sk-{name}-0123456789" for name in deployments}
        services = await self._open.enter_async_context(open_services(data_dir=folder, environment=keys))
        self._desk = Desk(services, server)
        for name, dialect in deployments.items():
            await self._desk.account(name, dialect)
        idle = f"    idle_s: {limits.idle_s}\n    first_token_s: {limits.idle_s}\n" if limits.idle_s else ""
        more = {"limits": f"{{deadline_s: {limits.total_s}}}"} if limits.total_s else {}
        await self._desk.chain(*deployments, step=idle, **more)

    async def ask(self, *, stream: bool, unwritable: bool) -> Seen:
        """Send a message, as the window does."""
        assert self._desk is not None
        began = time.monotonic()
        parameters = UNWRITABLE if unwritable else PLAIN
        try:
            async with asyncio.timeout(PATIENCE_S):
                told = await self._desk.ask(stream=stream, parameters=parameters)
        except (UserError, TimeoutError) as error:
            return Seen("", (), type(error).__name__, False, time.monotonic() - began)
        failures = [one.failure for one in told.attempts[-1:]] + [told.record.failure]
        last = next((one.kind.value for one in failures if one is not None), None)
        error_told = last if told.finish in (Finish.ERROR, Finish.INCOMPLETE) else None
        finishes = (told.finish.value,) if told.finish is not None else ()
        asked = told.record.question is not None
        return Seen(told.text, finishes, error_told, asked, time.monotonic() - began)

    async def close(self) -> None:
        """Close the data directory that is open."""
        await self._open.aclose()


class LiteLLM:
    """LiteLLM's Router in a process of its own, since it has an environment of its own.

    Deployments are the first one's fallbacks; where `grouped`, members of one group with an order.
    """

    def __init__(self, process: asyncio.subprocess.Process, *, grouped: bool) -> None:
        self._process = process
        self._grouped = grouped
        self._first = ""

    @classmethod
    @asynccontextmanager
    async def running(cls, python: Path, *, grouped: bool) -> AsyncIterator[LiteLLM]:
        """Start it for as long as the context lasts."""
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        process = await asyncio.create_subprocess_exec(
            python, Path(__file__).with_name("peer_litellm.py"),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env=environment | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        )  # fmt: skip
        try:
            yield cls(process, grouped=grouped)
        finally:
            process.terminate()
            await process.wait()

    async def set_up(self, deployments: Mapping[str, Dialect], server: HttpServer, limits: Limits) -> None:
        """Have a new router made."""
        self._first = next(iter(deployments))
        rows = [
            {"name": name, "provider": dialect.provider, "url": server.url(f"/{name}")}
            for name, dialect in deployments.items()
        ]
        times = {"timeout": limits.total_s or limits.idle_s, "stream_timeout": limits.idle_s or limits.total_s}
        await self._tell({"deployments": rows, "grouped": self._grouped, **times})

    async def ask(self, *, stream: bool, unwritable: bool) -> Seen:
        """Send a message as a caller of the library does."""
        began = time.monotonic()
        request = {"first": self._first, "stream": stream, "unwritable": unwritable, "patience_s": PATIENCE_S}
        told = await self._tell(request)
        return Seen(told["text"], tuple(told["finishes"]), told["error"], False, time.monotonic() - began)

    async def _tell(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(request)}\n".encode())
        while line := await self._process.stdout.readline():
            if line.startswith(b"\x1e"):
                answer: Mapping[str, Any] = json.loads(line[1:])
                return answer
        raise RuntimeError("LiteLLM's process ended")
