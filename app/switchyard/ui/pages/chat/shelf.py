"""Keeps the rows of the list in step with what is stored."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from switchyard.core.message import ConversationId
from switchyard.services.conversations import Conversations
from switchyard.services.library import Library
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.conversation_model import ConversationModel

_NEWEST = 50
_ALL = 1_000_000


class Shelf(QObject):
    """Reads the whole list once, and then only its beginning, unless something further down changed."""

    refreshed = Signal()

    def __init__(
        self,
        model: ConversationModel,
        conversations: Conversations,
        library: Library,
        scope: TaskScope,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._conversations = conversations
        self._library = library
        self._scope = scope
        self._changed: set[ConversationId] = set()
        following = [
            conversations.changed.connect(self._on_changed),
            library.changed.connect(self._on_shelves_changed),
        ]
        self.destroyed.connect(lambda: [disconnect() for disconnect in following])

    async def load(self) -> None:
        """Read the whole list, and what it is kept in."""
        self._model.set_shelves(await self._library.shelves())
        self._model.set_conversations(await self._conversations.list(_ALL))
        self.refreshed.emit()

    async def open_bin(self) -> None:
        """Read what was deleted."""
        self._model.set_binned(await self._library.bin.list())

    async def _read_shelves(self) -> None:
        self._model.set_shelves(await self._library.shelves())
        self.refreshed.emit()

    def _on_shelves_changed(self, _nothing: None) -> None:
        self._scope.start(self._read_shelves(), name="shelves", group="shelves")

    def _on_changed(self, uid: ConversationId) -> None:
        idle = not self._changed
        self._changed.add(uid)
        if idle:
            self._scope.start(self._refresh(), name="refresh")

    async def _refresh(self) -> None:
        """Read until nothing has changed since; several changes at once are read once."""
        try:
            while self._changed:
                changed = set(self._changed)
                newest = await self._conversations.list(_NEWEST)
                if changed <= {each.uid for each in newest}:
                    self._model.put(newest)
                else:
                    self._model.set_conversations(await self._conversations.list(_ALL))
                if self._model.contents.shows_bin:
                    await self.open_bin()
                self._changed -= changed
                self.refreshed.emit()
        finally:
            self._changed.clear()
