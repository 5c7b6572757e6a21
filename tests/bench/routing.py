"""The rows of the routing core: failover, many at once, a whole plan, and the core's import."""

from __future__ import annotations

import asyncio
import os
import pkgutil
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any

from tests.bench.measuring import PROMPT, REQUESTS, ROUNDS, Once, Silent, plain_request, quickest

import switchyard.core
from switchyard.core.catalog import Account, AccountId, Deployment, Model
from switchyard.core.catalog import Place as Where
from switchyard.core.chain import ORDERED, Chain, DeploymentName, Member, Step, plain_chain, step_to
from switchyard.core.events import Shown
from switchyard.core.facts import NOTHING, UNKEPT
from switchyard.core.health import Health
from switchyard.core.known import Known
from switchyard.core.message import ChatMessage, Role
from switchyard.core.moves import Candidate, Try
from switchyard.core.planner import Plan
from switchyard.core.rate_limits import Rates
from switchyard.core.scopes import Scope, ScopeKind, Scopes
from switchyard.core.stats import Measured, PromptSize, Sample, Stats, prompt_size
from switchyard.core.strategies import STRATEGIES
from switchyard.core.usage import Price
from switchyard.providers.client import Clients
from switchyard.providers.registry import build_providers
from switchyard.services.accounts import deployment_of, endpoint
from switchyard.services.route_request import RouteRequest
from switchyard.services.router import Router
from switchyard.storage.ids import now_ms

FAILOVER_LIMIT = 2.5
IN_FLIGHT, POOLS, IN_FLIGHT_REQUESTS, IN_FLIGHT_LIMIT = 50, 5, 300, 0.6
PLAN_LIMIT_US = 200
IMPORT_LIMIT_US = 100_000


def routed(router: Router, addresses: Mapping[str, str]) -> Once:
    """Send a message along a chain of one deployment for each account, nothing kept; tell when its text began."""
    accounts = [Account(AccountId(name), name, "openai-compatible", address) for name, address in addresses.items()]
    chain = plain_chain("bench", tuple(step_to(DeploymentName(account.name, "m")) for account in accounts))
    steps = chain.tracks[0].steps
    endpoints = {account.name: endpoint(account, None) for account in accounts}

    async def once() -> float:
        ready = [
            deployment_of(account, Model("m"), NOTHING, UNKEPT, has_key=True, at_ms=now_ms()) for account in accounts
        ]
        request = RouteRequest(
            uid="r",
            chain=chain,
            chain_name=chain.name,
            candidates=tuple(Candidate(n, *pair) for n, pair in enumerate(zip(steps, ready, strict=True), 1)),
            endpoints=endpoints,
            messages=(ChatMessage(Role.USER, PROMPT),),
        )
        first = 0.0
        async with router.route(request, Silent()) as run:
            async for batch in run:
                if not first and any(isinstance(event, Shown) for event in batch):
                    first = time.perf_counter()
        assert first, "no text came"
        return first

    return once


async def _first_ms(once: Once, requests: int = REQUESTS) -> float:
    """Return the median time to the first text."""
    taken = []
    for _ in range(requests):
        began = time.perf_counter()
        taken.append((await once() - began) * 1000)
    return statistics.median(taken)


@contextmanager
def _refusing() -> Iterator[str]:
    """Yield an address where a port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


async def _failover(plain: Once, ours: Mapping[str, Once]) -> list[dict[str, Any]]:
    """Compare the time to a fallback's first text with that of a plain request, in alternating rounds."""
    variants = {"plain": plain, **ours}
    for once in variants.values():
        await _first_ms(once, 3)
    rounds = [{name: await _first_ms(once) for name, once in variants.items()} for _ in range(ROUNDS)]
    return [
        {
            "what": f"first token of a fallback, from {name}",
            "plain_first_us": round(statistics.median(row["plain"] for row in rounds) * 1000),
            "ours_first_us": round(statistics.median(row[name] for row in rounds) * 1000),
            "first_token_ratio": round(statistics.median(row[name] / row["plain"] for row in rounds), 2),
            "limit": FAILOVER_LIMIT,
        }
        for name in ours
    ]


async def _throughput(pick: Callable[[int], Once]) -> float:
    """Return the requests of a second with as many in flight as there are workers; each has its own place."""
    left = iter(range(IN_FLIGHT_REQUESTS))

    async def work(worker: int) -> None:
        once = pick(worker)
        for _ in left:
            await once()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for worker in range(IN_FLIGHT):
            group.create_task(work(worker))
    return IN_FLIGHT_REQUESTS / (time.perf_counter() - began)


async def _in_flight(plain: Sequence[Once], ours: Sequence[Once]) -> dict[str, Any]:
    """Compare the throughput over the same number of clients: so many accounts are so many pools."""
    both = [lambda worker: plain[worker % len(plain)], lambda worker: ours[worker % len(ours)]]
    for pick in both:
        await _throughput(pick)
    rounds = [[await _throughput(pick) for pick in both] for _ in range(ROUNDS)]
    return {
        "what": f"{IN_FLIGHT} in flight over {len(ours)} clients",
        "plain_per_s": round(statistics.median(row[0] for row in rounds)),
        "ours_per_s": round(statistics.median(row[1] for row in rounds)),
        "throughput_ratio": round(statistics.median(row[1] / row[0] for row in rounds), 2),
        "at_least": IN_FLIGHT_LIMIT,
    }


async def routes(port: int) -> list[dict[str, Any]]:
    """Measure what a route takes where the first one fails, and where fifty run at once."""
    import httpx

    base = f"http://127.0.0.1:{port}"
    good = f"{base}/ok/v1"
    limits = httpx.Limits(max_connections=IN_FLIGHT // POOLS)
    async with AsyncExitStack() as stack:
        clients = Clients("bench")
        stack.push_async_callback(clients.close)
        router = Router(build_providers(clients), wall_ms=now_ms, jitter=random.random)
        plain = []
        for _ in range(POOLS):
            client = httpx.AsyncClient(timeout=30, trust_env=False, limits=limits)
            plain.append(plain_request(await stack.enter_async_context(client), f"{good}/chat/completions"))
        refusing = stack.enter_context(_refusing())
        faults = {
            "an immediate 500": routed(router, {"failing": f"{base}/500/v1", "good": good}),
            "a refused connection": routed(router, {"refusing": refusing, "good": good}),
        }
        ours = [routed(router, {f"pool{n}": good}) for n in range(POOLS)]
        return [*await _failover(plain[0], faults), await _in_flight(plain, ours)]


# --- planning ---------------------------------------------------------------------------------------------------------


def _candidates(chain: Chain) -> list[Candidate]:
    """Return the fifty deployments of a chain, of seven providers, all there and in good health."""
    found = []
    for index, step in enumerate(chain.tracks[0].steps, 1):
        for member in step.pool:
            account, model = member.to.account, member.to.model
            host = Scope(ScopeKind.HOST, f"https://{account}.example")
            deployment = Deployment(account, model, account, "P", Where.CLOUD, has_key=True, price=Price(1000, 4000))
            scopes = Scopes(
                key=Scope(ScopeKind.KEY, account),
                account=Scope(ScopeKind.ACCOUNT, account),
                model=Scope(ScopeKind.MODEL, f"{host.name} {model}"),
                host=host,
                provider=Scope(ScopeKind.PROVIDER, host.name),
                deployment=Scope(ScopeKind.DEPLOYMENT, str(member.to)),
            )
            found.append(Candidate(index, step, deployment, scopes=scopes, estimate_nanos=1_000_000))
    return found


def _known(deployments: Sequence[Deployment], draw: random.Random) -> tuple[Known, Stats]:
    """Return what a program knows that has called each of them now and then."""

    def measured(deployment: Deployment, tokens: int) -> Measured:
        return stats.measured(deployment, prompt_size(tokens), None, 0)

    stats = Stats(
        Sample(one.name, one.provider, at_ms, PromptSize.SMALL, False, draw.lognormvariate(6, 1), 60.0)
        for one in deployments
        for at_ms in range(draw.randrange(64))
    )

    def measured_all(deployments: Iterable[Deployment], tokens: int) -> list[Measured]:
        return stats.measured_all(deployments, prompt_size(tokens), None, 0)

    known = Known(Health(draw.random), Rates(), measured, now_ms=lambda: 0, rng=draw, measured_all=measured_all)
    return known, stats


def plans() -> list[dict[str, Any]]:
    """Plan the first call over 50 deployments: in one pool by each strategy, and as 50 steps."""
    members = tuple(Member(DeploymentName(f"a{n % 7}", f"model-{n}")) for n in range(50))
    chains = {
        f"in a pool, {pick}": plain_chain("bench", (Step(members, pick=pick),)) for pick in (ORDERED, *STRATEGIES)
    }
    chains["as 50 steps"] = plain_chain("bench", tuple(Step((member,)) for member in members))
    return [_planned(name, chain) for name, chain in chains.items()]


def _planned(name: str, chain: Chain) -> dict[str, Any]:
    draw = random.Random(50)
    candidates = _candidates(chain)
    pool = [candidate.deployment for candidate in candidates]
    known, stats = _known(pool, draw)
    taken: list[float] = []
    for turn in range(ROUNDS * REQUESTS):
        began = time.process_time()
        plan = Plan(
            chain, candidates, prompt_tokens=100, stream=True, pinned=False, now=0.0, jitter=draw.random, guard=known
        )
        move = plan.next(0.0)
        taken.append(time.process_time() - began)
        assert isinstance(move, Try)
        one = pool[turn % 50]
        stats.add(Sample(one.name, one.provider, turn, PromptSize.SMALL, False, draw.lognormvariate(6, 1), 60.0))
    return {"what": f"a plan over 50 deployments {name}", "ours_cpu_us": quickest(taken), "limit_us": PLAN_LIMIT_US}


# --- import -----------------------------------------------------------------------------------------------------------

CORE = """
import time
began = time.process_time()
{imports}
print(time.process_time() - began)
"""


def import_of_the_core() -> dict[str, Any]:
    """Import every module of the core in a fresh interpreter, and all of the standard library that they need."""
    modules = pkgutil.walk_packages(switchyard.core.__path__, "switchyard.core.")
    program = CORE.format(imports="\n".join(f"import {module.name}" for module in modules))
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:  # where it is installed, it was compiled before
        environment["PYTHONPYCACHEPREFIX"] = folder
        _, *outs = [
            subprocess.run(
                [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
            ).stdout
            for _ in range(1 + ROUNDS)
        ]
    return {
        "what": "import of the core",
        "ours_cpu_us": round(min(map(float, outs)) * 1_000_000),
        "limit_us": IMPORT_LIMIT_US,
    }
