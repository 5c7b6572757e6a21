"""Keeps the rows of the list in step with what is stored: refresh, rename, delete, undo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject, Signal

from switchyard.core.message import Conversation, ConversationId
from switchyard.services.conversations import Conversations
from switchyard.services.tasks import TaskScope
from switchyard.ui.pages.chat.conversation_model import ConversationModel
from switchyard.ui.pages.page import Actions

_NEWEST = 50
_ALL = 1_000_000
_TITLE_LENGTH = 40


class Shelf(QObject):
    """Reads the whole list once, and then only its beginning, unless something further down changed."""

    refreshed = Signal()

    def __init__(
        self,
        model: ConversationModel,
        conversations: Conversations,
        scope: TaskScope,
        actions: Actions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._conversations = conversations
        self._scope = scope
        self._actions = actions
        self._changed: set[ConversationId] = set()
        self._deleted: dict[ConversationId, Callable[[], None]] = {}  # in order, with what brings each back
        self._restored: list[ConversationId] = []
        disconnect = conversations.changed.connect(self._on_changed)
        self.destroyed.connect(lambda: disconnect())

    async def load(self) -> None:
        """Read the whole list."""
        self._model.set_conversations(await self._conversations.list(_ALL))
        self.refreshed.emit()

    def rename(self, uid: ConversationId, title: str) -> None:
        """Give a conversation another title."""
        self._scope.start(self._conversations.rename(uid, title), name="rename")

    def delete(self, uid: ConversationId, then: Callable[[], Awaitable[None]], undone: Callable[[], None]) -> None:
        """Delete a conversation and offer to undo it; `undone` is called when that was done."""
        if uid == self.restored:
            self._restored.pop()
        else:
            self._restored.clear()  # something new is done, so nothing is to be done again
        conversation = self._model.find(uid)
        if conversation is not None:
            self._scope.start(self._delete(conversation, then, undone), name="delete")

    def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        if self._deleted:
            self._deleted[next(reversed(self._deleted))]()

    @property
    def restored(self) -> ConversationId | None:
        """Return what undoing brought back last, and nothing was deleted since."""
        return self._restored[-1] if self._restored else None

    async def _delete(
        self, conversation: Conversation, then: Callable[[], Awaitable[None]], undone: Callable[[], None]
    ) -> None:
        uid, title = conversation.uid, conversation.title
        short = title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH].rstrip()}…"

        def restore() -> None:
            if self._deleted.pop(uid, None) is not None:
                self._scope.start(self._restore(uid, short, undone), name="restore")

        await self._conversations.delete(uid)
        self._deleted[uid] = restore
        self._actions.toast(
            self.tr("Deleted “{title}”").format(title=short),
            id=f"deleted {uid}",
            action_text=self.tr("Undo"),
            on_action=restore,
        )
        await then()

    async def _restore(self, uid: ConversationId, title: str, undone: Callable[[], None]) -> None:
        """Bring a conversation back, and say so where undoing it was offered."""
        await self._conversations.restore(uid)
        self._restored.append(uid)
        self._actions.toast(self.tr("“{title}” is back.").format(title=title), level="ok", id=f"deleted {uid}")
        undone()

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
                self._changed -= changed
                self.refreshed.emit()
        finally:
            self._changed.clear()
