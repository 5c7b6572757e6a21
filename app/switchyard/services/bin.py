"""The bin: what was deleted can come back from it, or go for good."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from switchyard.core.errors import DataDirError
from switchyard.core.message import Conversation, ConversationId
from switchyard.services.conversations import Conversations
from switchyard.storage.erasure import Erasure

_EVERYTHING = 1_000_000
_SETTLES_S = 2.0  # after the start: what was left undone before is in no hurry
_REST_S = 0.02  # between two steps, for whatever else is to be written


class Bin:
    """`keep_up` runs as long as the window does."""

    def __init__(
        self, erasure: Erasure, conversations: Conversations, *, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._erasure = erasure
        self._conversations = conversations
        self._sleep = sleep
        self._condemned = asyncio.Event()

    async def list(self) -> Sequence[Conversation]:
        """Return what was deleted, the last first."""
        return await self._conversations.list_deleted(_EVERYTHING)

    async def erase(self, uids: Iterable[ConversationId]) -> None:
        """Delete for good what is in the bin: it cannot come back from now on, and its words leave the disk soon."""
        condemned = await self._erasure.condemn(uids)
        self._condemned.set()
        for uid in condemned:
            self._conversations.changed.emit(uid)

    async def keep_up(self) -> None:
        """Take out what was deleted for good, also by a program that ended meanwhile, and stray files, until cancelled.

        Where the disk takes nothing it is tried again the next time: somebody else says so.
        """
        await self._sleep(_SETTLES_S)
        await self._tolerate(self._erasure.sweep())
        while True:
            self._condemned.clear()
            await self._tolerate(self._take_out())
            await self._condemned.wait()

    async def _take_out(self) -> None:
        while await self._erasure.step():
            await self._sleep(_REST_S)

    async def _tolerate(self, work: Awaitable[None]) -> None:
        try:
            await work
        except DataDirError:
            return
