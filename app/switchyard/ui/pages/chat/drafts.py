"""Keeps unsent words, conversation by conversation: a moment after typing, on switching, and at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from switchyard.core.errors import UserError
from switchyard.core.message import ConversationId
from switchyard.services.conversations import Conversations

_PAUSE_S = 0.4

Place = ConversationId | None


class Drafts:
    """`None` is the new chat. `keep` runs as long as the page does, and writes what is left when it is cancelled."""

    def __init__(self, conversations: Conversations, on_error: Callable[[UserError], None]) -> None:
        self._conversations = conversations
        self._on_error = on_error
        self._unwritten: dict[Place, str] = {}
        self._written: dict[Place, str] = {}
        self._noted = asyncio.Event()

    def note(self, place: Place, text: str) -> None:
        """Remember what stands in the composer; a blank text is no draft."""
        text = text if text.strip() else ""
        if text != self._unwritten.get(place, self._written.get(place)):
            self._unwritten[place] = text
            self._noted.set()

    def forget(self, place: Place) -> None:
        """The words were sent, and whoever kept them has removed the draft."""
        self._unwritten.pop(place, None)
        self._written[place] = ""

    async def read(self, place: Place) -> str:
        """Return the draft, written yet or not."""
        if place in self._unwritten:
            return self._unwritten[place]
        text = await self._conversations.draft(place)
        return self._written.setdefault(place, text)

    async def keep(self) -> None:
        """Write drafts a moment after they stopped changing, until cancelled; then write what is left."""
        try:
            while True:
                await self._noted.wait()
                self._noted.clear()
                await asyncio.sleep(_PAUSE_S)
                if not self._noted.is_set():
                    await self.write()
        finally:
            await self.write()

    async def write(self) -> None:
        """Write what is not written yet; what cannot be written waits for the next change."""
        try:
            for place, text in tuple(self._unwritten.items()):
                await self._conversations.keep_draft(place, text)
                self._written[place] = text
                if self._unwritten.get(place) == text:
                    del self._unwritten[place]
        except UserError as error:
            self._on_error(error)
