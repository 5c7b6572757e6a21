"""Waits for the network in one conversation, until it is back or the person wants something else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from switchyard.core.chain import parse_deployment
from switchyard.core.connectivity import out_of_reach
from switchyard.core.message import Message, MessageState
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chat.desk import Desk


class NetworkWait(QObject):
    """`said` carries what is told of the wait, and nothing once it is over."""

    said = Signal(str, bool)
    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._over: asyncio.Event | None = None
        self._instead: Prompt | None = None

    @property
    def waits(self) -> bool:
        """Whether the network is being waited for."""
        return self._over is not None

    def lacks(self, reply: Message | None) -> bool:
        """Whether a reply failed for want of a network, which may come back."""
        if reply is None or reply.route is None or reply.state is not MessageState.FAILED:
            return False
        return bool(out_of_reach(reply.route)) and not self._desk.services.offline

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

    async def back(self, deployments: Sequence[str]) -> bool | Prompt:
        """Wait until one of these can be reached; return whether one can, or what is to be asked in place of that."""
        names = [name for name in map(parse_deployment, deployments) if name is not None]
        self._over = asyncio.Event()
        self.changed.emit()
        self.said.emit(self.tr("No network. What waits is sent when it is back. Esc stops the wait."), False)
        try:
            back = await self._desk.services.reconnection.back(names, self._over)
        finally:
            self._over = None
        self.said.emit("", False)
        self.changed.emit()
        instead, self._instead = self._instead, None
        return instead or back
