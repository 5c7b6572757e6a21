"""Keeps the picture of the shown chain up to date while its page is seen."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from PySide6.QtCore import QObject

from switchyard.core.chain import Chain
from switchyard.core.errors import DataDirError
from switchyard.services.app import Services
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chains.live import learn_prices, read_live
from switchyard.ui.pages.chains.picture import ChainPicture
from switchyard.ui.pages.chains.picture_words import Known

_AT_MOST_EVERY_S = 1.0
_LOOK_EVERY_S = 5.0  # parks end by themselves, and another process may set one


class PictureWatch(QObject):
    """Shows each chain at once with what is known already, and then with what is known now."""

    def __init__(self, picture: ChainPicture, services: Services, scope: TaskScope) -> None:
        super().__init__(picture)
        self._picture = picture
        self._services = services
        self._scope = scope
        self._chain: Chain | None = None
        self._known: Known = {}
        self._known_prices = False
        self._news = asyncio.Event()
        services.health.changed.connect(lambda _none: self._news.set())
        services.figures.changed.connect(lambda _name: self._news.set())

    def enter(self) -> None:
        """The page is seen now."""
        self._scope.start(self._watch(), name="picture", group="picture")

    def leave(self) -> None:
        """The page is not seen any more: nothing is looked up for it."""
        self._scope.cancel("picture")

    def show_chain(self, chain: Chain) -> None:
        """Show a chain, or what has become of it."""
        if chain != self._chain:
            self._chain = chain
            self._picture.show_chain(chain, self._known)
            self._known_prices = False
        self._scope.start(self._look(), name="look", group="look")

    async def _watch(self) -> None:
        while True:
            self._news.clear()
            with suppress(DataDirError):  # the next look may do
                await self._look()
            await asyncio.sleep(_AT_MOST_EVERY_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._news.wait()

    async def _look(self) -> None:
        chain = self._chain
        if chain is None:
            return
        if not self._known_prices:
            await learn_prices(self._services, chain)
            self._known_prices = chain == self._chain
        known = await read_live(self._services, chain)
        if chain == self._chain:
            self._known = known
            self._picture.show_chain(chain, known)
