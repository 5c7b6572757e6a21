"""Searches everything that was said, and keeps the index of it up while nothing else is to be done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from switchyard.core.errors import DataDirError
from switchyard.core.filing import WorkspaceId
from switchyard.core.message import ConversationId, MessageId
from switchyard.core.search import Found, terms
from switchyard.services.conversations import Conversations
from switchyard.services.signal import Signal
from switchyard.storage.branches import Branches
from switchyard.storage.search import SearchIndex

HITS = 24  # somewhat more than a list shows at once: a snippet is cut only for what is likely to be seen
_SETTLES_S = 0.5  # after a change: what the change itself has to write and read comes first
_REST_S = 0.02  # between two slices of much that is to be taken in


class Search:
    """`keep_up` runs as long as the window does. `filled` tells that everything said so far can be found now."""

    def __init__(
        self,
        index: SearchIndex,
        branches: Branches,
        conversations: Conversations,
        *,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._index = index
        self._branches = branches
        self._sleep = sleep
        self._changed = asyncio.Event()
        self.filled: Signal[None] = Signal()
        conversations.changed.connect(self._on_changed)

    async def find(
        self, text: str, *, limit: int = HITS, best: bool = False, workspace: WorkspaceId | None = None
    ) -> Found:
        """Return messages in which every word of a text stands: the newest, or the best of the newest.

        They are of all chats, but for those in the bin, or of one workspace. What is not in the index yet is taken in
        soon: another program may have written it.
        """
        found = await self._index.find(terms(text), limit, best=best, workspace=workspace)
        if not found.whole:
            self._changed.set()
        return found

    async def reveal(self, message: MessageId) -> None:
        """Show the branch on which a message stands that was found."""
        await self._branches.show(message)

    async def keep_up(self) -> None:
        """Take in what is said, and what was said before there was an index, until cancelled.

        Where the disk takes nothing it is tried again at the next change: somebody else says so.
        """
        while True:
            self._changed.clear()
            await self._sleep(_SETTLES_S)
            try:
                await self._take_in()
            except DataDirError:
                pass
            else:
                self.filled.emit(None)
            await self._changed.wait()

    async def _take_in(self) -> None:
        more = True
        while more:
            more = await self._index.fill()
            while await self._index.merge():
                await self._sleep(_REST_S)
            if more:
                await self._sleep(_REST_S)

    def _on_changed(self, _uid: ConversationId) -> None:
        self._changed.set()
