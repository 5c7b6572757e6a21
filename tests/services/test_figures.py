"""What was measured, in the running program: read once, kept up by every call, and shown with the models."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.catalog import Deployment, Place
from switchyard.core.catalog_queries import Order, Query, select
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import DataDirError
from switchyard.core.facts import Speed
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.route import AttemptRecord, Outcome, Purpose, Reason
from switchyard.core.sentence import sentence
from switchyard.core.stats import Sample, sample_of
from switchyard.core.usage import Usage
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.services.figures import Figures

NOW_MS = 1_790_000_000_000
DEPLOYMENT = Deployment("a", "m", "p", "P", Place.CLOUD, has_key=True)
ANSWERED = AttemptRecord(
    1, 1, Reason.FIRST, "a/m", "a", "p", "m", NOW_MS, Outcome.COMPLETED,
    sent_ms=NOW_MS, ttft_ms=400, duration_ms=2400, usage=Usage(100, 100),
)  # fmt: skip


class History:
    """Holds samples; `open` lets whoever reads have them."""

    def __init__(self, *samples: Sample) -> None:
        self.samples = list(samples)
        self.reads = 0
        self.open = asyncio.Event()
        self.open.set()

    async def calls_since(self, at_ms: int) -> list[tuple[int, bool]]:
        return [(sample.at_ms, False) for sample in self.samples if sample.at_ms >= at_ms]

    async def load(self) -> list[Sample]:
        self.reads += 1
        await self.open.wait()
        return list(self.samples)


def kept(attempt: AttemptRecord) -> Sample:
    sample = sample_of(attempt)
    assert sample is not None
    return sample


async def test_the_history_is_read_once() -> None:
    history = History(*(kept(replace(ANSWERED, started_ms=NOW_MS + n, sent_ms=NOW_MS + n)) for n in range(9)))
    figures = Figures(history, now_ms=lambda: NOW_MS)
    assert figures.measured(DEPLOYMENT, 10).samples == 0
    await asyncio.gather(figures.load(), figures.load())
    assert await figures.speeds(["a/m", "a/n"]) == {"a/m": Speed(400, 50.0, 9)}
    assert history.reads == 1
    assert figures.measured(DEPLOYMENT, 10).ttft_p50_ms == 400
    assert figures.measured(DEPLOYMENT, 10, reasoning=False).samples == 9
    assert figures.measured(DEPLOYMENT, 9000, reasoning=False).samples == 0


async def test_a_call_that_ends_while_the_history_is_read_counts_once() -> None:
    history = History(kept(ANSWERED))
    history.open.clear()
    figures = Figures(history, now_ms=lambda: NOW_MS)
    reading = asyncio.gather(figures.load(), figures.load())
    await asyncio.sleep(0)
    figures.add(ANSWERED)
    figures.add(replace(ANSWERED, started_ms=NOW_MS + 1))
    assert figures.measured(DEPLOYMENT, 10).samples == 2
    history.open.set()
    await reading
    assert figures.measured(DEPLOYMENT, 10).samples == 2
    figures.add(replace(ANSWERED, started_ms=NOW_MS + 2))
    assert figures.measured(DEPLOYMENT, 10).samples == 3


async def test_a_history_that_cannot_be_read_is_asked_again() -> None:
    class Broken(History):
        async def load(self) -> list[Sample]:
            await super().load()
            if self.reads == 1:
                raise DataDirError(sentence("The database is damaged."))
            return self.samples

    figures = Figures(Broken(kept(ANSWERED)), now_ms=lambda: NOW_MS)
    with pytest.raises(DataDirError):
        await figures.load()
    figures.add(replace(ANSWERED, started_ms=NOW_MS + 1))
    await figures.load()
    assert figures.measured(DEPLOYMENT, 10).samples == 2


async def test_who_looks_hears_of_what_was_measured() -> None:
    figures = Figures(History(), now_ms=lambda: NOW_MS)
    heard: list[str] = []
    figures.changed.connect(heard.append)
    figures.add(ANSWERED)
    figures.add(replace(ANSWERED, outcome=Outcome.FAILED, failure=Failure(FailureKind.AUTH), ttft_ms=None))
    figures.add(replace(ANSWERED, purpose=Purpose.EMBED))
    assert heard == ["a/m"]


async def test_the_models_show_what_was_measured_before_this_start(tmp_path: Path) -> None:
    for _ in range(2):
        async with open_services(data_dir=str(tmp_path), environment={}) as services:
            prompt = Prompt("hello", Target(model=DeploymentName("sim", "sim-fast")))
            async with services.chat.open(prompt) as turn:
                async for _events in turn.run:
                    pass
    async with open_services(data_dir=str(tmp_path), environment={}) as services:
        entries = await services.catalog.entries()
        fast = next(entry for entry in entries if entry.deployment.name == "sim/sim-fast")
        assert fast.speed is not None
        assert fast.speed.samples == 2
        assert fast.speed.tokens_per_s is not None
        assert select(entries, Query(order=Order.FASTEST))[0] == fast
        assert services.figures.measured(fast.deployment, 10).samples == 2
