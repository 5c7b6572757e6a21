"""Keeps what a new chat says of its signals in step with what is known of those that would answer."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from PySide6.QtCore import QEvent, QObject

from switchyard.core.chain import DeploymentName, parse_deployment
from switchyard.core.errors import DataDirError
from switchyard.services.accounts import SIMULATOR
from switchyard.ui.pages.chat.choosing import Choosing
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.empty import Around
from switchyard.ui.pages.chat.sessions import Sessions
from switchyard.ui.pages.chat.signal_line import Signals
from switchyard.ui.pages.page import PageName

_COUNT_EVERY_S = 1.0
_LOOK_EVERY_S = 5.0  # for what another process finds out; what this one does is told at once
_LOOK_BESIDE_EVERY_S = 60.0  # while the person works in another window: coming back is a look, too
_GROUP = "signals"


class Signalling(QObject):
    """Looks while a new chat is seen, and leaves it at that."""

    def __init__(self, desk: Desk, sessions: Sessions, around: Around, choosing: Choosing) -> None:
        super().__init__(around)
        self._desk = desk
        self._sessions = sessions
        self._around = around
        self._line = around.signals
        self._shown: Signals | None = None
        self._news = asyncio.Event()
        disconnect = desk.services.health.changed.connect(lambda _nothing: self._news.set())
        self.destroyed.connect(lambda: disconnect())
        sessions.shown_changed.connect(self._news.set)
        choosing.changed.connect(self._news.set)
        self._line.clicked.connect(self._on_clicked)
        around.installEventFilter(self)
        if around.isVisible():
            self._begin()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look while there is anything to see."""
        if event.type() is QEvent.Type.Show:
            self._begin()
        elif event.type() is QEvent.Type.Hide:
            self._desk.scope.cancel(_GROUP)
        elif event.type() is QEvent.Type.ActivationChange and self._around.isActiveWindow():
            self._news.set()
        return False

    def _begin(self) -> None:
        if not self._desk.scope.running(_GROUP):
            self._desk.scope.start(self._watch(), name="signals", group=_GROUP)

    async def _watch(self) -> None:
        while True:
            self._news.clear()
            with suppress(DataDirError):  # the next look may do
                self._shown = await self._look()
                self._line.say(self._shown, round(time.time() * 1000), self._desk.words.locale)
            troubled = self._shown is not None and bool(self._shown.shut)
            pace_s = _COUNT_EVERY_S if troubled else _LOOK_EVERY_S
            with suppress(TimeoutError):
                async with asyncio.timeout(pace_s if self._around.isActiveWindow() else _LOOK_BESIDE_EVERY_S):
                    await self._news.wait()

    async def _look(self) -> Signals | None:
        """Return how the signals stand of those that the shown chat's target would ask."""
        shown, targets, services = self._sessions.shown, self._desk.targets, self._desk.services
        target = shown.target
        if target is None:
            return None
        every = [name for each in targets.deployments(target) if (name := parse_deployment(each)) is not None]
        names = [name for name in every if not targets.bars(name)]
        views = await services.accounts.list()
        near = {view.account.name for view in views if view.local}
        asked = [name for name in names if name.account in near or not shown.options.value.local_only]
        if not asked or all(name.account == SIMULATOR.name for name in asked):
            return None
        return Signals(
            asked,
            await services.health.troubles(asked),
            frozenset(view.account.name for view in views if view.lacks_key),
            offline=services.health.offline and not any(name.account in near for name in asked),
        )

    def _on_clicked(self) -> None:
        """Show the account that is not called, else the first of those that would be."""
        names: list[DeploymentName] = [*self._shown.shut, *self._shown.asked] if self._shown is not None else []
        self._desk.actions.open_page(PageName.PROVIDERS, names[0].account if names else None)
