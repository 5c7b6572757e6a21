"""What was measured of every deployment: read once from the history, then kept up with each call that ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from switchyard.core.catalog import Deployment
from switchyard.core.facts import Speed
from switchyard.core.route import AttemptRecord, Purpose
from switchyard.core.stats import Measured, Sample, Stats, prompt_size, sample_of
from switchyard.services.signal import Signal


class Samples(Protocol):
    """Reads what the history says of deployments."""

    async def load(self) -> list[Sample]:
        """Return the samples of the newest calls, the oldest first."""
        ...

    async def calls_since(self, at_ms: int) -> list[tuple[int, bool]]:
        """Return the calls of messages since then: when each was made, and whether beside another one."""
        ...


class Figures:
    """Owns what was measured. `now_ms` is the wall clock; `changed` names a deployment that was called."""

    def __init__(self, store: Samples, *, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._stats = Stats()
        self._early: list[Sample] | None = []  # what came before the history was read; None from then on
        self._loading = asyncio.Lock()
        self.changed: Signal[str] = Signal()

    async def load(self) -> None:
        """Read the history, unless that was done; raises `DataDirError`. Until then little seems to be measured."""
        async with self._loading:
            if self._early is None:
                return
            kept = await self._store.load()
            early, self._early = self._early, None
            known = set(kept)  # a call that ended meanwhile may have been read as well
            self._stats = Stats([*kept, *(sample for sample in early if sample not in known)])

    def add(self, attempt: AttemptRecord) -> None:
        """Take in a call that is over."""
        sample = sample_of(attempt) if attempt.purpose is Purpose.CHAT else None
        if sample is None:
            return
        self._stats.add(sample)
        if self._early is not None:
            self._early.append(sample)
        self.changed.emit(attempt.deployment)

    def measured(self, deployment: Deployment, prompt_tokens: int, reasoning: bool | None = None) -> Measured:
        """Return what is known of a deployment for a prompt of so many tokens. See `Stats.measured`."""
        return self._stats.measured(deployment, prompt_size(prompt_tokens), reasoning, self._now_ms())

    def measured_all(self, deployments: Iterable[Deployment], prompt_tokens: int) -> list[Measured]:
        """Return what is known of each of them for such a prompt."""
        return self._stats.measured_all(deployments, prompt_size(prompt_tokens), None, self._now_ms())

    async def calls_since(self, at_ms: int) -> list[tuple[int, bool]]:
        """Return the calls of messages since then, in order: when each was made, and whether beside another one."""
        return await self._store.calls_since(at_ms)

    async def speeds(self, deployments: Iterable[str]) -> dict[str, Speed]:
        """Return how fast these deployments were, as far as it was measured."""
        await self.load()
        found = ((name, self._stats.speed(name)) for name in deployments)
        return {name: speed for name, speed in found if speed is not None}
