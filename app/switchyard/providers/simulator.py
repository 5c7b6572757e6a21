"""The Simulator: a provider of make-believe models that needs no key and no network."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

from switchyard.core.catalog import Endpoint, Model
from switchyard.core.events import (
    CallFailed,
    Finish,
    Finished,
    ModelNamed,
    ProviderEvent,
    ReasoningDelta,
    ResponseStarted,
    TextDelta,
    UsageReported,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.simulator import MODELS, SimulatedModel, catalog, pieces_of, reply_to, schedule, usage_of
from switchyard.providers.base import Call

_EARLY_S = 0.05  # timers may ring this much before their time


class Simulator:
    """Plays the models of `core.simulator`; what they remember is remembered for as long as the process runs."""

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._replies: dict[str, int] = {}
        self._first_call: dict[str, float] = {}

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[AsyncIterator[Sequence[ProviderEvent]]]:
        """Open the call and iterate over its events."""
        model = MODELS.get(call.model)
        if model is None:
            raise CallFailed(
                Failure(
                    FailureKind.MODEL_GONE,
                    f"The Simulator has no model {call.model}.",
                    status=404,
                    code="model_not_found",
                )
            )
        call.on_sent()
        self._refuse_if_limited(model)
        async with aclosing(self._play(model, call)) as batches:
            yield batches

    async def list_models(self, endpoint: Endpoint) -> list[Model]:
        """Return the make-believe models."""
        return catalog()

    def _refuse_if_limited(self, model: SimulatedModel) -> None:
        if model.limited_s is None:
            return
        now = self._clock()
        left_s = self._first_call.setdefault(model.name, now) + model.limited_s - now
        if left_s > _EARLY_S:
            raise CallFailed(
                Failure(
                    FailureKind.RATE_LIMIT,
                    "The make-believe limit is reached.",
                    status=429,
                    code="rate_limit_exceeded",
                    retry_after_s=float(math.ceil(left_s - _EARLY_S)),
                )
            )

    async def _play(self, model: SimulatedModel, call: Call) -> AsyncGenerator[list[ProviderEvent], None]:
        number = self._replies[model.name] = self._replies.get(model.name, 0) + 1
        asked = "\x00".join(message.text for message in call.messages)
        rng = random.Random(f"{model.name}\x00{call.system or ''}\x00{asked}")
        reply = reply_to(model, call.messages, rng)
        deltas: list[ProviderEvent] = [ReasoningDelta(piece) for piece in pieces_of(reply.reasoning)]
        deltas += [TextDelta(piece) for piece in pieces_of(reply.text)]
        cut_at = len(deltas) // 2 if model.cuts_every_second and number % 2 == 0 else None
        head: list[ProviderEvent] = [ResponseStarted(f"sim-{number}"), ModelNamed(model.name)]
        tail: list[ProviderEvent] = [UsageReported(usage_of(call.messages, call.system, reply)), Finished(Finish.STOP)]
        if call.stream:
            yield head
        for n, delay_s in enumerate(schedule(model, len(deltas), rng)):
            if n == cut_at:
                raise CallFailed(Failure(FailureKind.CUT, "The make-believe connection broke off."))
            await self._sleep(delay_s)
            if call.stream:
                yield deltas[n : n + 1]
        yield tail if call.stream else head + deltas + tail
