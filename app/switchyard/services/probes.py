"""Looks, while the window is seen, whether what failed works again, where looking costs nothing.

Local and free deployments alone: a paid one is tried by the next message that has nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from switchyard.core.catalog import Deployment, Endpoint
from switchyard.core.chain import DeploymentName, Limits, parse_deployment
from switchyard.core.content import Parameters
from switchyard.core.deadlines import LOADING_S
from switchyard.core.errors import DataDirError, UserError
from switchyard.core.events import ModelNamed, UsageReported
from switchyard.core.message import ChatMessage, Role
from switchyard.core.needs import estimate_message
from switchyard.core.route import AttemptRecord, Purpose
from switchyard.core.scopes import Scopes
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.usage import Usage
from switchyard.providers.base import Call, Provider
from switchyard.services.accounts import Accounts
from switchyard.services.health import HealthService
from switchyard.services.side_calls import Answered, SideCall, SideCalls

EVERY_S = 60.0
_ONE_CALL = Limits(deadline_s=LOADING_S, calls=1)
_SHORTEST = Parameters(max_output=1)
_WORDS = (ChatMessage(Role.USER, "Hi"),)
_TOKENS = sum(map(estimate_message, _WORDS))


class Probes:
    """Probes what may be probed; with `offline` only local deployments are called."""

    def __init__(
        self,
        accounts: Accounts,
        health: HealthService,
        calls: SideCalls,
        *,
        offline: bool,
    ) -> None:
        self._accounts = accounts
        self._health = health
        self._calls = calls
        self._offline = offline

    async def watch(
        self, is_seen: Callable[[], bool], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """Make a round each minute, as long as the window is seen then."""
        while True:
            await sleep(EVERY_S)
            if is_seen():
                await self.run()

    async def run(self) -> None:
        """Probe each deployment whose breaker waits for that; nothing is called where none does."""
        names = [name for one in self._health.waiting_for_probe() if (name := parse_deployment(one)) is not None]
        if not names:
            return
        try:
            resolved = [one for one in await self._accounts.resolve(names) if one is not None]
            ready = await self._health.ready(resolved)
        except DataDirError:
            return
        for one, scopes in zip(resolved, ready, strict=True):
            deployment = one.deployment
            if self._may_be_probed(deployment) and deployment.name in self._health.waiting_for_probe():
                await self._probe(DeploymentName(deployment.account, deployment.model), scopes)

    def _may_be_probed(self, deployment: Deployment) -> bool:
        if deployment.simulated or not deployment.has_key:
            return False
        return deployment.local or (costs_nothing(deployment) and not self._offline)

    async def _probe(self, name: DeploymentName, scopes: Scopes) -> None:
        """Make one call; what becomes of it counts as that of any other call does."""
        try:
            call = await self._calls.open(name, Purpose.PROBE, _cannot, object, limits=_ONE_CALL)
        except UserError:  # its account is gone by now
            return
        flight = self._health.begin(scopes, _TOKENS)
        ended: AttemptRecord | None = None
        try:
            ended = await _made(call)
        except DataDirError:  # nothing can be kept, so that nothing was sent
            pass
        finally:
            if ended is None:
                self._health.cancel(flight, sent=False)
        if ended is not None:
            await self._health.end(flight, ended.failure, None)


def costs_nothing(deployment: Deployment) -> bool:
    """Whether a call is known to be free, since it runs on this computer or its provider asks nothing for it."""
    price = deployment.price
    return deployment.free or (price is not None and price.input_nanos == price.output_nanos == 0)


async def _made(call: SideCall) -> AttemptRecord | None:
    """Make the call and return it; None where it was not made."""

    async def work(endpoint: Endpoint, model: str) -> Answered[None]:
        return await _answer(call.provider, endpoint, model)

    try:
        await call.ask(work, prompt_tokens=_TOKENS)
    finally:
        record = await call.close()
    return record.attempts[-1] if record.attempts else None


async def _answer(provider: Provider, endpoint: Endpoint, model: str) -> Answered[None]:
    """Have a model say one token; whatever it says, it works."""
    usage: Usage | None = None
    served: str | None = None
    async with provider.stream(Call(endpoint, model, _WORDS, stream=False, parameters=_SHORTEST)) as batches:
        async for batch in batches:
            for event in batch:
                if isinstance(event, UsageReported):
                    usage = event.usage
                elif isinstance(event, ModelNamed):
                    served = event.model
    return Answered(None, usage, served)


def _cannot(provider: str) -> Sentence:
    return sentence("{provider} cannot be probed.", provider=provider)
