"""`make bench`: CPU, first token and memory as ratios to the plain thing, in alternating rounds of one run.

The plain thing is `httpx` reading the same stream and decoding the same JSON; for the recorder, the same between the
very statements of our two transactions, executed by plain sqlite3 on another file, in an executor with one thread as
anyone would whose loop must not stand still while a disk writes (a row without a limit tells what it is beside
transactions that do hold it up, which nothing with a window could afford); for the window, a bare PySide6 window.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, cast

from tests.bench import routing, search
from tests.bench.measuring import (
    LONG_REQUESTS,
    PROMPT,
    REQUESTS,
    ROUNDS,
    Once,
    Silent,
    compare,
    plain_request,
    quickest,
)

from switchyard.bootstrap import open_services
from switchyard.core.catalog import Account, AccountId, Deployment, Endpoint, Model, Place
from switchyard.core.catalog_queries import Entry, Order, Query, select
from switchyard.core.chain import DeploymentName, single
from switchyard.core.events import Shown, TextDelta
from switchyard.core.facts import NOTHING, UNKEPT
from switchyard.core.message import ChatMessage, Role
from switchyard.core.moves import Candidate
from switchyard.core.stats import PromptSize, Stats
from switchyard.core.stats import Sample as Measurement
from switchyard.core.strategies import STRATEGIES, Contender, View
from switchyard.core.usage import Price
from switchyard.providers.base import Call, Provider
from switchyard.providers.client import Clients
from switchyard.providers.registry import build_providers
from switchyard.services.accounts import deployment_of, endpoint
from switchyard.services.aims import Aims, Target
from switchyard.services.app import Services
from switchyard.services.attachments import Attachments
from switchyard.services.chat import Chat, Prompt
from switchyard.services.route_request import RouteRequest
from switchyard.services.router import Router
from switchyard.storage.blobs import Blobs
from switchyard.storage.chat_options import ChatOptionsStore
from switchyard.storage.database import Database
from switchyard.storage.ids import now_ms
from switchyard.storage.liveness import Liveness
from switchyard.storage.turns import Turns

# Who speaks each dialect, where it answers, and where the words of an event stand.
DELTAS: dict[str, tuple[str, str, Callable[[Any], str | None]]] = {
    "many": (
        "openai-compatible",
        "/v1/chat/completions",
        lambda v: v["choices"] and v["choices"][0]["delta"].get("content"),
    ),
    "responses": ("openai", "/v1/responses", lambda v: v["type"].endswith("output_text.delta") and v["delta"]),
    "anthropic": ("anthropic", "/v1/messages", lambda v: v["type"] == "content_block_delta" and v["delta"]["text"]),
    "gemini": (
        "gemini",
        "/v1beta/models/m:streamGenerateContent",
        lambda v: v["candidates"][0]["content"]["parts"][0]["text"],
    ),
    "ollama": ("ollama", "/api/chat", lambda v: v["message"]["content"]),
}
DELTA_LIMIT = 1.5


def plain_deltas(client: Any, url: str, find: Callable[[Any], str | None]) -> Once:
    """Stream a dialect's reply, split it at its lines, decode, and take the words."""

    async def once() -> float:
        first = 0.0
        said: list[str] = []
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": PROMPT}]}
        async with client.stream("POST", url, json=body) as response:
            async for line in response.aiter_lines():
                data = line[6:] if line.startswith("data: ") else line if line.startswith("{") else ""
                if data and data != "[DONE]" and (text := find(json.loads(data))):
                    first = first or time.perf_counter()
                    said.append(text)
        return first

    return once


def told_deltas(provider: Provider, call: Call) -> Once:
    """Take the words from the events that our provider makes of the same."""

    async def once() -> float:
        first = 0.0
        said: list[str] = []
        async with provider.stream(call) as batches:
            async for batch in batches:
                for event in batch:
                    if isinstance(event, TextDelta):
                        first = first or time.perf_counter()
                        said.append(event.text)
        assert len(said) == 2000
        return first

    return once


async def deltas(port: int) -> list[dict[str, Any]]:
    """Compare the way from bytes to events, dialect by dialect."""
    import httpx

    rows = []
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client, AsyncExitStack() as stack:
        clients = Clients("bench")
        stack.push_async_callback(clients.close)
        providers = build_providers(clients)
        for name, (provider, path, find) in DELTAS.items():
            host = f"http://127.0.0.1:{port}/{name}"
            base = f"{host}/{path.split('/')[1]}" if provider != "ollama" else host
            endpoint = Endpoint(
                "bench", provider, base, settings={"api": "responses" if name == "responses" else "chat"}
            )
            call = Call(endpoint, "m", (ChatMessage(Role.USER, PROMPT),), max_output=4096)
            rows.append(
                await compare(
                    f"a delta of {'openai-chat' if name == 'many' else name}",
                    plain_deltas(client, host + path, find),
                    told_deltas(providers[provider], call),
                    requests=LONG_REQUESTS,
                    limit=DELTA_LIMIT,
                    per=2000,
                )
            )
    return rows


def routed_request(router: Router, address: str) -> Once:
    """The same through the router, without a recorder."""
    name = DeploymentName("bench", "m")
    account = Account(AccountId("bench"), "bench", "openai-compatible", address)

    async def once() -> float:
        first = 0.0
        deployment = deployment_of(account, Model("m"), NOTHING, UNKEPT, has_key=True, at_ms=now_ms())
        chain = single(name)
        request = RouteRequest(
            uid="r",
            chain=chain,
            chain_name=None,
            candidates=(Candidate(1, chain.steps[0], deployment),),
            endpoints={"bench": endpoint(account, None)},
            messages=(ChatMessage(Role.USER, PROMPT),),
        )
        async with router.route(request, Silent()) as run:
            async for batch in run:
                for event in batch:
                    if isinstance(event, Shown):
                        first = first or time.perf_counter()
        return first

    return once


def kept_request(chat: Chat, target: Target) -> Once:
    """The whole of it: a prompt is kept, routed, and its reply kept."""

    async def once() -> float:
        first = 0.0
        async with chat.open(Prompt(PROMPT, target)) as turn:
            async for batch in turn.run:
                for event in batch:
                    if isinstance(event, Shown):
                        first = first or time.perf_counter()
        return first

    return once


Statements = Sequence[tuple[str, Sequence[Any]]]


class Witness:
    """Stands in the place of the database: runs the work at once, and remembers what every transaction executed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.transactions: list[Statements] = []

    async def write(self, work: Callable[[Any], Any]) -> Any:
        """Run `work` in a transaction, with this object in the place of the connection."""
        self.transactions.append([])
        self._connection.execute("BEGIN IMMEDIATE")
        result = work(self)
        self._connection.execute("COMMIT")
        return result

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Remember a statement, and execute it."""
        self.transactions[-1] = [*self.transactions[-1], (sql, values)]
        return self._connection.execute(sql, values)


def plain_and_kept(
    request: Once, connection: sqlite3.Connection, transactions: Iterator[Statements], thread: Executor | None
) -> Once:
    """The plain request between two transactions on plain sqlite3, in a thread or holding up the loop."""

    def transact() -> None:
        connection.execute("BEGIN IMMEDIATE")
        for sql, values in next(transactions):
            connection.execute(sql, values).fetchall()
        connection.execute("COMMIT")

    async def once() -> float:
        if thread is None:
            transact()
            first = await request()
            transact()
        else:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(thread, transact)
            first = await request()
            await loop.run_in_executor(thread, transact)
        return first

    return once


def copy_of(database: Path, copy: Path) -> sqlite3.Connection:
    """Return a connection to a copy of our database, with our pragmas."""
    connection = sqlite3.connect(copy, isolation_level=None, cached_statements=256, check_same_thread=False)
    with closing(sqlite3.connect(database)) as original:
        original.backup(connection)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


async def transactions_of(services: Services, router: Router, target: Target, folder: Path) -> list[Statements]:
    """Return what a row of kept requests executes: the very statements, with values that fit the copy they begin on."""
    with closing(copy_of(services.data_dir / "switchyard.db", folder / "witness.db")) as connection:
        witness = Witness(connection)
        turns = Turns(cast(Database, witness), Liveness(folder))
        aims = Aims(services.accounts, services.chains, now_ms=now_ms, offline=False)
        options = ChatOptionsStore(cast(Database, witness))  # asked of conversations that are there; these are all new
        chat = Chat(router, turns, aims, services.conversations, Attachments(Blobs(folder)), options, now_ms=now_ms)
        for _ in range(2 * (3 + ROUNDS * REQUESTS)):
            async with chat.open(Prompt(PROMPT, target)) as turn:
                async for _batch in turn.run:
                    pass
    return witness.transactions


BARE = """
import time, sys
began = time.process_time()
from PySide6.QtWidgets import QApplication, QListWidget, QMainWindow, QPlainTextEdit, QSplitter
app = QApplication([])
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.process_time(), flush=True)
        app.quit()
window = Window()
splitter = QSplitter()
splitter.addWidget(QListWidget())
splitter.addWidget(QPlainTextEdit())
window.setCentralWidget(splitter)
window.resize(1440, 900)
window.show()
app.exec()
"""


def start_of_the_window() -> dict[str, Any]:
    """Compare the CPU from process start to the first paint with a bare window's, and tell the idle memory."""
    plain, ours, memory = [], [], []
    for _ in range(ROUNDS):
        out = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True).stdout
        plain.append(float(out.split()[0]) * 1000)
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "out.json")
            subprocess.run(
                [sys.executable, "-c", "from switchyard.__main__ import main_gui; raise SystemExit(main_gui())",
                 "--data-dir", f"{folder}/data", "--self-test", str(report)],
                capture_output=True, check=True,
            )  # fmt: skip
            told = json.loads(report.read_text(encoding="utf-8"))
        ours.append(float(told["first_paint"]["cpu_ms"]))
        memory.append(float(told["interactive"]["rss_mb"]))
    return {
        "what": "start to first paint",
        "plain_cpu_us": round(statistics.median(plain) * 1000),
        "ours_cpu_us": round(statistics.median(ours) * 1000),
        "cpu_ratio": round(statistics.median(a / b for a, b in zip(ours, plain, strict=True)), 2),
        "limit": 2.5,
        "idle_memory_mb": round(statistics.median(memory), 1),
        "memory_limit_mb": 130,
    }


def catalog() -> dict[str, Any]:
    """Ask a catalog of 3,000 models for the cheapest with a word in their name; there is no plain thing beside it."""
    entries = [
        Entry(Deployment("a", f"maker/model-{n}", "a", "A", Place.CLOUD, has_key=True, context=n, price=Price(n, n, n)))
        for n in range(3000)
    ]
    taken: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        select(entries, Query(text="model-2", context=100, order=Order.CHEAPEST))
        taken.append(time.process_time() - began)
    return {
        "what": "a query of 3,000 models",
        "ours_cpu_us": round(statistics.median(taken) * 1_000_000),
        "limit_us": 16_000,
    }


def planning() -> list[dict[str, Any]]:
    """Put 50 deployments in order by each strategy, from their figures on, and after each turn one was measured.

    Each is told by the quickest of nine rounds.
    """
    draw = random.Random(50)
    pool = [
        Deployment(f"a{n % 7}", f"model-{n}", f"p{n % 7}", "P", Place.CLOUD, has_key=True, price=Price(n, n))
        for n in range(50)
    ]

    def measurement(one: Deployment, at_ms: int) -> Measurement:
        return Measurement(one.name, one.provider, at_ms, PromptSize.SMALL, False, draw.lognormvariate(6, 1), 60.0)

    stats = Stats(measurement(one, at_ms) for one in pool for at_ms in range(draw.randrange(64)))
    rows = []
    for id_, strategy in STRATEGIES.items():
        taken: list[float] = []
        for turn in range(ROUNDS * REQUESTS):
            began = time.process_time()
            figures = [stats.measured(one, PromptSize.SMALL, None, turn) for one in pool]
            contenders = [
                Contender(place, 1, one, measured, place % 3, place % 9 > 0, place, 1.0)
                for place, (one, measured) in enumerate(zip(pool, figures, strict=True))
            ]
            strategy.order(contenders, View(turn), draw)
            taken.append(time.process_time() - began)
            stats.add(measurement(pool[turn % 50], turn))
        rows.append(
            {
                "what": f"50 deployments in order: {id_}",
                "ours_cpu_us": quickest(taken),
                "limit_us": 200,
            }
        )
    return rows


IMPORTS = """
import time
began = time.process_time()
import httpx, httpcore, anyio._backends._asyncio
plain = time.process_time()
import switchyard.providers.registry, switchyard.providers.transport
import switchyard.providers.anthropic, switchyard.providers.gemini
import switchyard.providers.ollama, switchyard.providers.openai
print(plain - began, time.process_time() - plain)
"""


def import_of_the_providers() -> dict[str, Any]:
    """Import all that speaks with providers, after httpx that it stands on."""
    outs = [
        subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(ROUNDS)
    ]
    plain, ours = (statistics.median(float(out[i]) for out in outs) for i in (0, 1))
    return {
        "what": "import of the providers, over httpx",
        "plain_cpu_us": round(plain * 1_000_000),
        "ours_cpu_us": round(ours * 1_000_000),
        "limit_us": 150_000,
    }


async def requests(port: int, folder: Path) -> list[dict[str, Any]]:
    """Measure the routing."""
    import httpx

    base = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))
        clients = Clients("bench")
        stack.push_async_callback(clients.close)
        router = Router(build_providers(clients), wall_ms=lambda: time.time_ns() // 1_000_000, jitter=random.random)
        services = await stack.enter_async_context(open_services(data_dir=str(folder / "data"), environment={}))
        await services.accounts.add("openai-compatible", "bench", base_url=f"{base}/ok/v1")
        target = Target(model=DeploymentName("bench", "m"))
        transactions = await transactions_of(services, router, target, folder)
        connection = stack.enter_context(closing(copy_of(services.data_dir / "switchyard.db", folder / "plain.db")))
        thread = stack.enter_context(ThreadPoolExecutor(1))
        written = iter(transactions)
        ok, many = (plain_request(client, f"{base}/{name}/v1/chat/completions") for name in ("ok", "many"))
        return [
            await compare(
                "a request", ok, routed_request(router, f"{base}/ok/v1"), requests=REQUESTS, limit=1.3
            ),
            await compare(
                "a request that is kept",
                plain_and_kept(ok, connection, written, thread),
                kept_request(services.chat, target),
                requests=REQUESTS,
                limit=1.3,
            ),
            await compare(
                "a request that is kept, beside transactions that hold up the loop",
                plain_and_kept(ok, connection, written, None),
                kept_request(services.chat, target),
                requests=REQUESTS,
                limit=None,
            ),
            await compare(
                "a delta", many, routed_request(router, f"{base}/many/v1"),
                requests=LONG_REQUESTS, limit=1.5, per=2000,
            ),
        ]  # fmt: skip


def main() -> None:
    """Print one JSON line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", choices=("requests", "routing", "dialects", "window", "planning", "thread", "transcript", "search")
    )
    only = parser.parse_args().only
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("server.py"))], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory() as folder:
            rows = [*asyncio.run(requests(port, Path(folder))), catalog()] if only in (None, "requests") else []
        if only in (None, "requests"):
            rows.append(import_of_the_providers())
        if only in (None, "routing"):
            rows += [*asyncio.run(routing.routes(port)), routing.import_of_the_core()]
        if only in (None, "dialects"):
            rows += asyncio.run(deltas(port))
        if only in (None, "planning"):
            rows += [*planning(), *routing.plans()]
        if only in (None, "window"):
            rows.append(start_of_the_window())
        if only in (None, "search"):
            rows += search.rows()
        if only in (None, "transcript"):
            from tests.bench import transcript  # Qt is loaded for these alone

            rows += transcript.replies()
        if only in (None, "thread"):
            from tests.bench import thread  # Qt is loaded for these alone

            rows += thread.rows()
    finally:
        server.terminate()
        server.wait()
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
