"""Searches chats as the person types, and opens what was found where it was said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtCore import QObject

from switchyard.core.filing import WorkspaceId
from switchyard.core.message import Conversation, ConversationId, MessageId
from switchyard.core.search import holds
from switchyard.services.search import HITS
from switchyard.ui.pages.chat.arrangement import Shown
from switchyard.ui.pages.chat.attention import Attention
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.parts import Parts
from switchyard.ui.pages.chat.session import Session
from switchyard.ui.pages.chat.sessions import Sessions

_TITLES = 8
_AT_ONCE = 1000  # titles, before the window may do something else
_TYPING_S = 0.04


class Finding(QObject):
    """`show` shows a conversation."""

    def __init__(
        self,
        desk: Desk,
        sessions: Sessions,
        parts: Parts,
        show: Callable[[ConversationId | None, Attention], Awaitable[None]],
    ) -> None:
        super().__init__(parts.page)
        self._desk = desk
        self._sessions = sessions
        self._parts = parts
        self._show = show
        self._limit = HITS
        self._pane = parts.list.search
        self._pane.wanted.connect(self._on_wanted)
        self._pane.left.connect(self._on_left)
        parts.list.wishes.viewed.connect(lambda _view: self._pane.end())
        sessions.sent.connect(self._on_sent)
        self._pane.model.more_wanted.connect(self._on_more_wanted)
        self._pane.view.opened.connect(self._on_opened)
        disconnect = desk.services.search.filled.connect(lambda _nothing: self._look_again())
        self.destroyed.connect(lambda: disconnect())

    # --- inside ---

    def _on_wanted(self) -> None:
        self._limit = HITS
        self._pane.offer_scope(self._desk.contents.view.shown is Shown.WORKSPACE)
        self._parts.list.show_search(bool(self._pane.text))
        self._look_again()

    def _on_more_wanted(self) -> None:
        self._limit += HITS
        self._look_again()

    def _on_left(self) -> None:
        self._parts.list.show_search(False)
        self._parts.column.composer.setFocus()

    def _on_sent(self, session: Session, written_in: ConversationId | None) -> None:
        """A new chat has begun: it is to be seen in the list."""
        if written_in is None and not session.temporary:
            self._pane.end()

    def _look_again(self) -> None:
        if self._pane.text:
            self._desk.scope.start(self._look(), name="search", group="search")
        else:
            self._desk.scope.cancel("search")

    async def _look(self) -> None:
        await asyncio.sleep(_TYPING_S)
        text = self._pane.field.text()
        workspace = WorkspaceId(self._desk.contents.view.of) if self._pane.here else None
        titles = await self._titles(text, workspace)
        find = self._desk.services.search.find
        found = await find(text, limit=self._limit, best=self._pane.best, workspace=workspace)
        self._pane.show_found(titles, found)

    async def _titles(self, text: str, workspace: WorkspaceId | None) -> list[Conversation]:
        found: list[Conversation] = []
        every: Sequence[Conversation] = self._parts.model.conversations
        for start in range(0, len(every), _AT_ONCE):
            found += [
                each
                for each in every[start : start + _AT_ONCE]
                if workspace in {None, each.filing.place.workspace} and holds(each.title, text)
            ]
            if len(found) >= _TITLES:
                break
            await asyncio.sleep(0)
        return found[:_TITLES]

    def _on_opened(self, conversation: str, message: str, words: str) -> None:
        opening = self._open(ConversationId(conversation), MessageId(message), words, Attention())
        self._desk.scope.start(opening, name="open", group="open")

    async def _open(self, conversation: ConversationId, message: MessageId, words: str, attention: Attention) -> None:
        """Show a chat at a message, with the words that were looked for marked in it."""
        await self._show(conversation, attention)
        session = self._sessions.shown
        if not message or session.uid != conversation:
            return
        if session.message(message) is None:
            if session.busy:  # another branch would come between what is shown and what is answered
                words = self.tr("A reply is coming in. Stop it first, or wait for its end.")
                self._desk.actions.toast(words, id="busy")
                return
            await self._desk.services.search.reveal(message)
            await session.load()
        line = attention.elsewhere
        if session.view.show_message(message) and words:
            session.view.find_bar.open_with(words)
        if line is not None:
            line.setFocus()
