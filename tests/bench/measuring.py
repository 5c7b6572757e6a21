"""How the bench measures: the plain thing and ours in alternating rounds, and the median of what they come to."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from switchyard.core.route import AttemptRecord
from switchyard.services.recorder import RouteEnd

ROUNDS, REQUESTS, LONG_REQUESTS = 9, 60, 4
PROMPT = "word " * 40


class Sample(NamedTuple):
    """CPU and time to the first token of one request, in milliseconds."""

    cpu_ms: float
    first_ms: float


class Silent:
    """A recorder that keeps nothing: what the router alone costs."""

    async def begin(self, attempt: AttemptRecord | None) -> None:
        return None

    async def attempt_started(self, attempt: AttemptRecord) -> None:
        return None

    async def checkpoint(self, attempt: AttemptRecord, text: str, reasoning: str) -> None:
        return None

    async def attempt_ended(self, attempt: AttemptRecord, text: str, reasoning: str, *, counts: bool) -> None:
        return None

    async def ended(self, end: RouteEnd) -> None:
        return None


Once = Callable[[], Awaitable[float]]


async def measure(once: Once, requests: int) -> Sample:
    """Return the means of some requests in a row."""
    cpu, firsts = time.process_time(), []
    for _ in range(requests):
        began = time.perf_counter()
        firsts.append((await once() - began) * 1000)
    return Sample((time.process_time() - cpu) * 1000 / requests, statistics.mean(firsts))


@contextmanager
def as_others_find_it() -> Iterator[None]:
    """Let a plain request look for `sniffio`, as it does in other programs: ours spares its whole process that."""
    modules: dict[str, Any] = dict(sys.modules)
    sys.modules.pop("sniffio", None)
    try:
        yield
    finally:
        if "sniffio" in modules:
            sys.modules["sniffio"] = modules["sniffio"]


async def compare(
    name: str, plain: Once, ours: Once, *, requests: int, limit: float | None, per: int = 1
) -> dict[str, Any]:
    """Measure in alternating rounds; return the medians and their ratio."""
    rounds = []
    for warming in (True, *(False for _ in range(ROUNDS))):
        count = 3 if warming else requests
        with as_others_find_it():
            beside = await measure(plain, count)
        rounds.append((beside, await measure(ours, count)))
    rounds = rounds[1:]
    cpu_plain, cpu_ours = (statistics.median(r[i].cpu_ms for r in rounds) for i in (0, 1))
    first_plain, first_ours = (statistics.median(r[i].first_ms for r in rounds) for i in (0, 1))
    return {
        "what": name,
        "plain_cpu_us": round(cpu_plain * 1000 / per, 1),
        "ours_cpu_us": round(cpu_ours * 1000 / per, 1),
        "cpu_ratio": round(statistics.median(r[1].cpu_ms / r[0].cpu_ms for r in rounds), 2),
        "first_token_ratio": round(first_ours / first_plain, 2),
        "limit": limit,
    }


def plain_request(client: Any, url: str) -> Once:
    """What anyone would write: stream, split, decode, join."""

    async def once() -> float:
        first = 0.0
        said: list[str] = []
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": PROMPT}]}
        async with client.stream("POST", url, json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: ") and line != "data: [DONE]":
                    choices = json.loads(line[6:])["choices"]
                    if choices and (text := choices[0]["delta"].get("content")):
                        first = first or time.perf_counter()
                        said.append(text)
        "".join(said)
        return first

    return once


def quickest(taken: Sequence[float]) -> int:
    """Return the microseconds of so short a time: what else runs on a machine only ever makes it longer."""
    return round(min(map(statistics.median, batched(taken, REQUESTS))) * 1_000_000)


def batched(values: Sequence[float], size: int) -> Iterator[Sequence[float]]:
    """Yield the values in lots."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
