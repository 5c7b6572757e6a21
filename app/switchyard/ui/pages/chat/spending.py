"""Keeps what the list says of today's spend in step with the ledger."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject

from switchyard.services.ledger import Ledger
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.list_foot import ListFoot
from switchyard.ui.pages.chat.shelf import Shelf

_PAUSE_S = 0.25  # between two looks: many calls at once are added up once


class Spending(QObject):
    """Looks when a call was settled or a budget set, and when the list is read: another day may have begun."""

    def __init__(self, ledger: Ledger, scope: TaskScope, foot: ListFoot, shelf: Shelf) -> None:
        super().__init__(foot)
        self._ledger = ledger
        self._scope = scope
        self._foot = foot
        self._wanted = False
        disconnect = ledger.changed.connect(lambda _nothing: self.look())
        self.destroyed.connect(lambda: disconnect())
        shelf.refreshed.connect(self.look)

    def look(self) -> None:
        """Read what was spent, unless that is about to be done."""
        if not self._wanted:
            self._wanted = True
            self._scope.start(self._look(), name="spent today")

    async def _look(self) -> None:
        try:
            await asyncio.sleep(_PAUSE_S)
        finally:
            self._wanted = False
        self._foot.show_today(await self._ledger.today())
