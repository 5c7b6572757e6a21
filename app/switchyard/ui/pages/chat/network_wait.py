"""Holds a message that found no network until that is back, and sends it again once by itself."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, Signal

from switchyard.core.chain import parse_deployment
from switchyard.core.connectivity import out_of_reach
from switchyard.core.message import ConversationId, Message, MessageId
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chat.desk import Desk


class NetworkWait(QObject):
    """The wait of one conversation. `said` carries what is told of it, and nothing once it is over."""

    said = Signal(str, bool)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._over: asyncio.Event | None = None
        self._instead: Prompt | None = None
        self._resent: set[MessageId | None] = set()

    @property
    def waits(self) -> bool:
        """Whether the network is being waited for."""
        return self._over is not None

    def stop(self) -> bool:
        """Wait no longer; return whether there was a wait."""
        if self._over is None:
            return False
        self._over.set()
        return True

    def ask_now(self, prompt: Prompt) -> bool:
        """Ask this and wait no longer, as the person wants it; False where there is no wait."""
        self._instead = prompt if self._over is not None else None
        return self.stop()

    async def once_back(
        self, prompt: Prompt, conversation: ConversationId | None, reply: Message | None
    ) -> Prompt | None:
        """Return what is to be asked when a reply failed for want of a network; None where it is not to be asked again.

        A message is sent again by itself once: the next time the person decides.
        """
        if conversation is None or reply is None or reply.route is None or reply.parent in self._resent:
            return None
        names = [parse_deployment(name) for name in out_of_reach(reply.route)]
        if not names or self._desk.services.offline:
            return None
        self._over = asyncio.Event()
        self.said.emit(self.tr("No network. This is sent again when it is back. Esc stops the wait."), False)
        try:
            out_there = [name for name in names if name is not None]
            back = await self._desk.services.reconnection.back(out_there, self._over)
        finally:
            self._over = None
        self.said.emit("", False)
        if self._instead is not None:
            instead, self._instead = self._instead, None
            return instead
        if not back:
            return None
        self._resent.add(reply.parent)
        return prompt._replace(text="", conversation=conversation, retry_of=reply.parent, draft=None, uploads=())
