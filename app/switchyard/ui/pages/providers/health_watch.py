"""Follows how the accounts are while their page is seen, and lets the shown one be tried before its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from PySide6.QtCore import QObject

from switchyard.core.chain import DeploymentName
from switchyard.core.errors import DataDirError
from switchyard.core.health import HealthView
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.providers.health_line import HealthLine

_COUNT_EVERY_S = 1.0
_LOOK_EVERY_S = 5.0  # for what another process finds out; what this one does is told at once

Tell = Callable[[Mapping[str, Sequence[HealthView]]], None]


class HealthWatch(QObject):
    """`tell` hears what keeps accounts or some of their models from being called, by name, whenever that changes."""

    def __init__(self, line: HealthLine, services: Services, scope: TaskScope, tell: Tell) -> None:
        super().__init__(line)
        self._line = line
        self._services = services
        self._scope = scope
        self._tell = tell
        self._account = ""
        self._told: dict[str, Sequence[HealthView]] = {}
        self._news = asyncio.Event()
        services.health.changed.connect(lambda _none: self._news.set())
        line.try_now.clicked.connect(lambda: scope.start(self._try_now(), name="try now", group="try now"))

    def enter(self) -> None:
        """The page is seen now."""
        self._scope.start(self._watch(), name="health", group="health")

    def leave(self) -> None:
        """The page is not seen any more: nothing is looked up for it."""
        self._scope.cancel("health")

    def show_account(self, name: str) -> None:
        """Show how an account is."""
        if name != self._account:
            self._account = name
            self._line.show_troubles(())
        self._news.set()

    async def _watch(self) -> None:
        while True:
            self._news.clear()
            troubled = False
            with suppress(DataDirError):  # the next look may do
                troubled = await self._look()
            with suppress(TimeoutError):
                async with asyncio.timeout(_COUNT_EVERY_S if troubled else _LOOK_EVERY_S):
                    await self._news.wait()

    async def _look(self) -> bool:
        """Show what stands in the way now; whether anything does."""
        names = [DeploymentName(view.account.name, "") for view in await self._services.accounts.list()]
        troubles = await self._services.health.troubles(names)
        self._line.show_troubles(troubles.get(DeploymentName(self._account, ""), ()))
        told = {name.account: tuple(found) for name, found in troubles.items() if found}
        if told != self._told:
            self._told = {**told}
            self._tell(told)
        return any(troubles.values())

    async def _try_now(self) -> None:
        await self._services.health.try_now(self._account)
        self._news.set()
