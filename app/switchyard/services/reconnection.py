"""Waits for the network to be back where a message found none, so that it can be sent again by itself, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName
from switchyard.services.accounts import Accounts
from switchyard.services.health import HealthService
from switchyard.services.signal import Signal

ASKS_EVERY_S = 5.0
GIVES_UP_S = 600.0  # what waited longer is sent when the person says so


class Reconnection:
    """Knocks where nobody could be reached, as long as somebody waits for it.

    `reaches` tells whether an address answers. `changed` tells whether anybody waits. With `offline` the person wants
    no network, and there is nothing to wait for.
    """

    def __init__(
        self,
        reaches: Callable[[Endpoint], Awaitable[bool]],
        accounts: Accounts,
        health: HealthService,
        *,
        offline: bool,
        every_s: float = ASKS_EVERY_S,
        gives_up_s: float = GIVES_UP_S,
    ) -> None:
        self._reaches = reaches
        self._accounts = accounts
        self._health = health
        self._offline = offline
        self._every_s = every_s
        self._gives_up_s = gives_up_s
        self._waiting = 0
        self.changed: Signal[bool] = Signal()

    async def back(self, names: Sequence[DeploymentName], given_up: asyncio.Event) -> bool:
        """Wait until one of these can be reached again; False where nobody was in time, or `given_up` was set."""
        if self._offline or not names:
            return False
        self._count(1)
        try:
            async with asyncio.timeout(self._gives_up_s):
                while not given_up.is_set():
                    if await self._is_anybody_reached(names):
                        return True
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._every_s):
                            await given_up.wait()
        except TimeoutError:
            return False
        finally:
            self._count(-1)
        return False

    async def _is_anybody_reached(self, names: Sequence[DeploymentName]) -> bool:
        """Knock at each address that is out there; the first that answers means that there is a network."""
        resolved = [one for one in await self._accounts.resolve(names) if one is not None]
        knocked: set[str] = set()
        for one, scopes in zip(resolved, await self._health.ready(resolved), strict=True):
            if scopes.local or scopes.host.name in knocked:
                continue
            knocked.add(scopes.host.name)
            reached = await self._reaches(one.endpoint)
            self._health.knocked(scopes, reached=reached)
            if reached:
                return True
        return False

    def _count(self, more: int) -> None:
        was, self._waiting = self._waiting > 0, self._waiting + more
        if was != (self._waiting > 0):
            self.changed.emit(self._waiting > 0)
