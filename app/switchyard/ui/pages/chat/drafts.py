"""Keeps unsent words, conversation by conversation: a moment after typing, on switching, and at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from switchyard.core.errors import UserError
from switchyard.core.message import ConversationId
from switchyard.services.conversations import Conversations

_PAUSE_S = 0.4
_RETRY_S = 5.0

Place = ConversationId | None


class Drafts:
    """`None` is the new chat. `keep` runs as long as the page does, and writes what is left when it is cancelled.

    On disk, words that wait for a reply to end stand before what is in the composer: after a restart all are there.
    """

    def __init__(
        self, conversations: Conversations, on_error: Callable[[UserError], None], on_written: Callable[[], None]
    ) -> None:
        self._conversations = conversations
        self._on_error = on_error
        self._on_written = on_written
        self._failed: UserError | None = None
        self._texts: dict[Place, str] = {}
        self._waiting: dict[Place, Sequence[str]] = {}
        self._written: dict[Place, str] = {}
        self._noted = asyncio.Event()

    def note(self, place: Place, text: str) -> None:
        """Remember what stands in the composer; a blank text is no draft."""
        self._texts[place] = text if text.strip() else ""
        self._noted.set()

    def hold(self, place: Place, waiting: Sequence[str]) -> None:
        """Remember what waits to be sent."""
        self._waiting[place] = waiting
        self._noted.set()

    def put_before(self, place: Place, text: str) -> None:
        """Put words that come back before what was written since."""
        self.note(place, "\n".join(filter(None, (text, self._texts.get(place)))))

    def forget(self, place: Place) -> None:
        """The words were sent, and whoever kept them has removed the draft."""
        self._texts[place] = self._written[place] = ""

    async def read(self, place: Place) -> str:
        """Return the draft, written yet or not."""
        if place not in self._texts:
            self._written[place] = await self._conversations.draft(place)
        return self._texts.setdefault(place, self._written.get(place, ""))

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
            for place in {*self._texts, *self._waiting}:
                text = "\n".join(filter(None, (*self._waiting.get(place, ()), self._texts.get(place))))
                if text != self._written.get(place):
                    await self._conversations.keep_draft(place, text)
                    self._written[place] = text
                    self._on_written()
        except UserError as error:
            self._failed = error
            if type(error) is not type(before):
                self._on_error(error)
