"""Keeps what is unsent, conversation by conversation: a moment after typing, on switching, and at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from switchyard.core.content import StoredFile
from switchyard.core.draft import Draft
from switchyard.core.errors import UserError
from switchyard.core.message import ConversationId
from switchyard.services.conversations import Conversations

_PAUSE_S = 0.4
_RETRY_S = 5.0

Place = ConversationId | None


class Drafts:
    """`None` is the new chat. `keep` runs as long as the page does, and writes what is left when it is cancelled."""

    def __init__(
        self, conversations: Conversations, on_error: Callable[[UserError], None], on_written: Callable[[], None]
    ) -> None:
        self._conversations = conversations
        self._on_error = on_error
        self._on_written = on_written
        self._failed: UserError | None = None
        self._drafts: dict[Place, Draft] = {}
        self._written: dict[Place, Draft] = {}
        self._noted = asyncio.Event()

    def note(self, place: Place, draft: Draft) -> None:
        """Remember what stands in the composer; a blank text is no draft."""
        self._drafts[place] = draft if draft.text.strip() else replace(draft, text="")
        self._noted.set()

    def put_off(self) -> None:
        """Write nothing for a moment: what is being sent is kept by that, and does not wait behind its own draft."""
        self._noted.set()

    def forget(self, place: Place) -> None:
        """It was sent, and whoever kept it has removed the draft."""
        self._drafts[place] = self._written[place] = Draft()

    async def erase(self, place: Place, files: Sequence[StoredFile]) -> None:
        """Keep nothing of it, and leave no byte of what was kept, nor of its files."""
        self._drafts[place] = Draft()
        try:
            await self._conversations.erase_draft(place, files)
        except UserError as error:
            self._on_error(error)
        else:
            self._written[place] = Draft()

    async def read(self, place: Place) -> Draft:
        """Return the draft, written yet or not."""
        if place not in self._drafts:
            self._written[place] = await self._conversations.draft(place)
        return self._drafts.setdefault(place, self._written.get(place, Draft()))

    async def keep(self) -> None:
        """Write drafts a moment after they stopped changing, until cancelled; then write what is left."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_RETRY_S if self._failed is not None else None):
                        await self._noted.wait()
                self._noted.clear()
                await asyncio.sleep(_PAUSE_S)
                if not self._noted.is_set():
                    await self.write()
        finally:
            await self.write()

    async def write(self) -> None:
        """Write what is not written yet; what cannot be written is said once, and tried again after a while."""
        before, self._failed = self._failed, None
        try:
            for place in tuple(self._drafts):
                draft = self._drafts[place]  # as it is by now: writing others took its time
                if draft != self._written.get(place):
                    await self._conversations.keep_draft(place, draft)
                    self._written[place] = draft
                    self._on_written()
        except UserError as error:
            self._failed = error
            if type(error) is not type(before):
                self._on_error(error)
